/** Rows that come and go while a form is filled in: the same in the browser and, without JS, on the server. */
import { fieldAt, type SettingsField } from "./fields.ts"
import { emptyRow, type FormValues, root, rowCount } from "./values.ts"

export type Change =
  /** Puts a row at the end; what `row` says stands in it. */
  | { readonly kind: "add"; readonly path: string; readonly row?: Readonly<Record<string, string>> }
  | { readonly kind: "remove"; readonly path: string; readonly index: number }
  /** What depends on what was chosen is shown anew. */
  | { readonly kind: "refresh"; readonly path: string }

export const changed = (fields: ReadonlyArray<SettingsField>, values: FormValues, change: Change): FormValues => {
  if (change.kind === "refresh") return values
  const field = fieldAt(fields, change.path)
  if (field?.kind !== "rows") return values
  const count = rowCount(values, change.path)
  if (change.kind === "remove") return removed(values, change.path, change.index, count)
  const at = `${change.path}.${count}`
  const said = Object.entries(change.row ?? {}).map(([name, text]) => [`${at}.${name}`, text])
  return { ...values, ...emptyRow(field, change.path, count), ...Object.fromEntries(said) }
}

/** Those behind it move up. */
const removed = (values: FormValues, path: string, index: number, count: number): FormValues =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, text]) => {
      if (!name.startsWith(`${path}.`)) return [[name, text]]
      const [place = "", ...rest] = name.slice(path.length + 1).split(".")
      const number = Number(place)
      if (number >= count || number < index) return [[name, text]]
      return number === index ? [] : [[[path, number - 1, ...rest].join("."), text]]
    })
  )

/** As a button carries it. */
export const changeText = (change: Change): string => JSON.stringify(change)

const nothing: Change = { kind: "refresh", path: root }

/** What a button carried; anything else changes nothing. */
export const changeOf = (text: string): Change => {
  try {
    const said = JSON.parse(text) as Partial<Record<string, unknown>>
    const { kind, path, index, row } = said
    if (typeof path !== "string" || !path.startsWith(`${root}.`)) return nothing
    if (kind === "remove" && typeof index === "number" && Number.isInteger(index)) return { kind, path, index }
    if (kind !== "add") return { kind: "refresh", path }
    return { kind, path, row: textsOf(row) }
  } catch {
    return nothing
  }
}

const textsOf = (row: unknown): Record<string, string> =>
  typeof row === "object" && row !== null
    ? Object.fromEntries(
        Object.entries(row)
          .filter((entry): entry is [string, string] => typeof entry[1] === "string")
          .slice(0, 10)
      )
    : {}
