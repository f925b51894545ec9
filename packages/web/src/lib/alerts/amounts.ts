/** Spans that people type as a number and a unit, kept as seconds. */
export const units = [
  ["seconds", 1],
  ["minutes", 60],
  ["hours", 3600],
  ["days", 86_400]
] as const

export interface Amount {
  readonly amount: string
  readonly unit: string
}

/** In the largest unit that divides it. */
export const amountOf = (seconds: number): Amount => {
  const [unit, size] = units.findLast(([, size]) => seconds >= size && seconds % size === 0) ?? units[0]
  return { amount: String(seconds / size), unit }
}

/** What is no number stays text, which the API refuses with a sentence. */
export const secondsOf = ({ amount, unit }: Amount): number | string => {
  const size = units.find(([name]) => name === unit)?.[1] ?? 1
  const number = Number(amount)
  return amount.trim() === "" || !Number.isFinite(number) ? amount : Math.round(number * size)
}

/** The fields `delay.amount` and `delay.unit`. */
export const amountIn = (form: FormData, name: string): Amount => {
  const text = (field: string) => {
    const value = form.get(`${name}.${field}`)
    return typeof value === "string" ? value.trim() : ""
  }
  return { amount: text("amount"), unit: text("unit") }
}

/** `5 minutes`, `1 hour`. */
export const amountText = ({ amount, unit }: Amount): string =>
  `${amount === "" ? "…" : amount} ${amount === "1" ? unit.replace(/s$/, "") : unit}`
