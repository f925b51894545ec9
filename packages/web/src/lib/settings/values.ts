/** What stands in a form, as text by path, and the way from settings to it and back. */
import { comparesNumbers, expects, propertyOf } from "#lib/assertions/words.ts"
import { isAssertions, type SettingsField } from "./fields.ts"

/** `settings.assertions.0.source`: what its field says. A row also has an entry of its own, so that it counts when empty. */
export type FormValues = Readonly<Record<string, string>>

/** Under this everything stands. */
export const root = "settings"

/** More rows than any setting has. */
const mostRows = 50

/** A stored setting as one field writes it. */
export const textOf = (value: unknown): string => {
  if (value === null || value === undefined || value === false) return ""
  if (Array.isArray(value)) return value.join(", ")
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, text]) => `${name}: ${text}`)
      .join("\n")
  return typeof value === "string" ? value : JSON.stringify(value)
}

export const rowCount = (values: FormValues, path: string): number => {
  let count = 0
  while (count < mostRows && `${path}.${count}` in values) count++
  return count
}

/** Settings as they stand in the form. Secrets are never among them. */
export const valuesOf = (
  fields: ReadonlyArray<SettingsField>,
  settings: Readonly<Record<string, unknown>>,
  path: string = root
): FormValues =>
  Object.assign(
    {},
    ...fields.map((field) => {
      const at = `${path}.${field.name}`
      const value = settings[field.name]
      if (field.isSecret) return {}
      if (field.kind === "group") return valuesOf(field.fields, isRecord(value) ? value : {}, at)
      if (field.kind === "rows")
        return Object.assign(
          {},
          ...(Array.isArray(value) ? value : []).map((row, index) => rowOf(field, row, at, index))
        )
      return { [at]: field.kind === "list" && Array.isArray(value) ? value.join("\n") : textOf(value) }
    })
  )

const rowOf = (field: SettingsField, row: unknown, path: string, index: number): FormValues => ({
  [`${path}.${index}`]: "",
  ...valuesOf(field.fields, isRecord(row) ? row : {}, `${path}.${index}`)
})

/** A form in which nothing was said yet. Rows that must be there are. */
export const emptyValues = (fields: ReadonlyArray<SettingsField>, path: string = root): FormValues =>
  Object.assign(
    {},
    ...fields.map((field) => {
      const at = `${path}.${field.name}`
      if (field.isSecret) return {}
      if (field.kind === "group") return emptyValues(field.fields, at)
      if (field.kind === "rows") return field.isRequired ? emptyRow(field, at, 0) : {}
      return { [at]: field.defaultText }
    })
  )

export const emptyRow = (field: SettingsField, path: string, index: number): FormValues => ({
  [`${path}.${index}`]: "",
  ...emptyValues(field.fields, `${path}.${index}`)
})

/** What the form says as settings; what was left empty is left out, and takes its default. */
export const settingsOf = (
  fields: ReadonlyArray<SettingsField>,
  values: FormValues,
  path: string = root
): Record<string, unknown> => {
  const settings: Record<string, unknown> = {}
  for (const field of fields) {
    const value = settingOf(field, values, `${path}.${field.name}`)
    if (value !== undefined) settings[field.name] = value
    // Left out, a secret is kept; null takes it away.
    else if (field.isSecret && (values[`remove.${field.name}`] ?? "") !== "") settings[field.name] = null
  }
  return settings
}

const settingOf = (field: SettingsField, values: FormValues, at: string): unknown => {
  const text = values[at] ?? ""
  const trimmed = text.trim()
  switch (field.kind) {
    case "yes-no":
      return text === "on" || text === "true"
    case "pairs":
      return field.isSecret && text.trim() === "" ? undefined : pairsOf(text)
    case "long":
      return text === "" ? undefined : text
    case "list":
      return linesOf(text).map((line) => (field.isNumeric ? numberOf(line) : line))
    case "group": {
      const within = settingsOf(field.fields, values, at)
      const isSaid = Object.values(within).some((value) => value !== false)
      return isSaid || field.isRequired ? within : undefined
    }
    case "rows":
      return Array.from({ length: rowCount(values, at) }, (_, index) => {
        const row = settingsOf(field.fields, values, `${at}.${index}`)
        return isAssertions(field) ? assertionOf(row) : row
      })
    case "number":
      return trimmed === "" ? undefined : numberOf(trimmed)
    case "choice":
      return trimmed === "" ? undefined : field.isNumeric ? numberOf(trimmed) : trimmed
    case "text":
      return trimmed === "" ? undefined : field.isSecret ? text : trimmed
  }
}

/** What is no number stays text, which the API then refuses with a sentence. */
const numberOf = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text)

/** What does not belong to its source or operator is left out. */
const assertionOf = ({ property, expected, ...row }: Record<string, unknown>): Record<string, unknown> => {
  const [source, operator] = [String(row.source), String(row.operator)]
  const said = comparesNumbers(source, operator) && typeof expected === "string" ? numberOf(expected) : expected
  return {
    ...row,
    ...(property !== undefined && propertyOf(source) !== undefined ? { property } : {}),
    ...(said !== undefined && expects(operator) ? { expected: said } : {})
  }
}

const linesOf = (text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)

/** One `Name: value` a line. A line without a colon becomes a name, which the API then refuses with a sentence. */
const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    linesOf(text).map((line) => {
      const colon = line.indexOf(":")
      return colon < 0 ? [line, ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
    })
  )

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Everything that a form said. Files are not expected anywhere. */
export const saidIn = (form: FormData): FormValues =>
  Object.fromEntries([...form].filter((entry): entry is [string, string] => typeof entry[1] === "string"))
