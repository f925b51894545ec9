/** A kind's settings as form fields: what a generic form is made of. The server derives them from the contract. */
export interface SettingsField {
  readonly name: string
  /** `pairs`: one `Name: value` a line; `list`: one a line; `group`: settings within a setting; `rows`: any number of such. */
  readonly kind: "text" | "long" | "number" | "choice" | "yes-no" | "pairs" | "list" | "group" | "rows"
  readonly title: string
  readonly help: string | null
  readonly isRequired: boolean
  /** Written once, never read back. */
  readonly isSecret: boolean
  /** What is chosen from; an empty one is no choice at all. */
  readonly options: ReadonlyArray<string>
  /** Whether what is chosen or listed are numbers. */
  readonly isNumeric: boolean
  readonly minimum: number | null
  readonly maximum: number | null
  /** As the form writes it. */
  readonly defaultText: string
  /** Of a group, or of each row. */
  readonly fields: ReadonlyArray<SettingsField>
}

export interface Kind {
  readonly type: string
  readonly label: string
  readonly description: string
  readonly fields: ReadonlyArray<SettingsField>
}

/** Rows that are assertions have a form of their own. */
export const isAssertions = ({ kind, fields }: SettingsField): boolean =>
  kind === "rows" && ["source", "operator"].every((wanted) => fields.some(({ name }) => name === wanted))

/** Certificates and keys are pasted as they are. */
export const isPem = ({ title, help }: SettingsField): boolean => /\bPEM\b/.test(`${title} ${help ?? ""}`)

/** The unit that a name ends with, unless it is said anyway. */
export const unitOf = ({ help, name, title }: SettingsField): string | null => {
  const unit = /(?:Ms|Seconds|Minutes|Days|Bytes)$/.exec(name)?.[0]
  if (unit === undefined) return null
  const word = units[unit]!
  return new RegExp(`\\b${word}\\b`, "i").test(`${title} ${help ?? ""}`) ? null : word
}
const units: Readonly<Record<string, string>> = {
  Ms: "ms",
  Seconds: "seconds",
  Minutes: "minutes",
  Days: "days",
  Bytes: "bytes"
}

/** The field at a path of names and numbers, such as `settings.steps.0.assertions`. */
export const fieldAt = (fields: ReadonlyArray<SettingsField>, path: string): SettingsField | undefined => {
  const names = path.split(".").slice(1)
  let found: SettingsField | undefined
  let within = fields
  for (const name of names.filter((name) => !/^\d+$/.test(name))) {
    found = within.find((field) => field.name === name)
    within = found?.fields ?? []
  }
  return found
}
