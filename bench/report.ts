/** Figures beside their limits. */

export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** What it is held against, or undefined for information. */
  readonly limit?: number
  /** "at most" unless told: more is better where it says "at least". */
  readonly direction?: "at most" | "at least"
  readonly note?: string
}

const digits = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3)

/** Prints a table; answers whether every figure is within its limit. */
export const report = (title: string, figures: ReadonlyArray<Figure>): boolean => {
  console.log(`\n${title}`)
  let isWithin = true
  const width = Math.max(...figures.map(({ what }) => what.length))
  for (const { what, value, unit, limit, direction = "at most", note } of figures) {
    const isGood = limit === undefined || (direction === "at most" ? value <= limit : value >= limit)
    isWithin &&= isGood
    const held = limit === undefined ? "" : `  ${direction} ${digits(limit)}  ${isGood ? "reached" : "MISSED"}`
    console.log(
      `  ${what.padEnd(width)}  ${digits(value).padStart(7)} ${unit}${held}${note === undefined ? "" : `  (${note})`}`
    )
  }
  return isWithin
}
