/** A kind's settings as form fields: what a generic form shows, and how it is read back. */
export interface SettingsField {
  readonly name: string
  readonly kind: "text" | "long" | "number" | "choice" | "yes-no" | "pairs"
  readonly title: string
  readonly help: string | null
  readonly isRequired: boolean
  readonly options: ReadonlyArray<string>
  /** As the form writes it. */
  readonly defaultText: string
}

export interface Kind {
  readonly type: string
  readonly fields: ReadonlyArray<SettingsField>
}

/** A stored value as the form writes it. */
export const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return ""
  if (Array.isArray(value)) return value.join(", ")
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, text]) => `${name}: ${text}`)
      .join("\n")
  return typeof value === "string" ? value : JSON.stringify(value)
}

/** What the form said as settings; what was left empty is left out, and takes its default. */
export const settingsOf = (
  fields: ReadonlyArray<SettingsField>,
  textAt: (name: string) => string
): Record<string, unknown> => {
  const settings: Record<string, unknown> = {}
  for (const { name, kind } of fields) {
    const text = textAt(name)
    if (kind === "yes-no") settings[name] = text === "on" || text === "true"
    else if (kind === "pairs") settings[name] = pairsOf(text)
    else if (kind === "long") {
      if (text !== "") settings[name] = text
    } else if (text.trim() !== "") settings[name] = kind === "number" ? Number(text) : text.trim()
  }
  return settings
}

/** One `Name: value` a line. A line without a colon becomes a name, which the API then refuses with a sentence. */
const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => {
        const colon = line.indexOf(":")
        return colon < 0 ? [line.trim(), ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
      })
  )
