/** The folded parts of a form: which fields go together whatever the kind, and what stands in them in few words. */
import { issueAt, type Problem } from "#lib/api/problem.ts"
import { isAssertions, isPem, type SettingsField } from "./fields.ts"
import { type FormValues, root, rowCount } from "./values.ts"

export interface Fold {
  readonly title: string
  readonly fields: ReadonlyArray<SettingsField>
}

/** By what a field is about, as its name tells. The first that fits has it. */
const groups: ReadonlyArray<readonly [title: string, has: (field: SettingsField) => boolean]> = [
  ["Assertions", isAssertions],
  ["TLS", (field) => isPem(field) || /tls|certificate|serverName|trust/i.test(field.name)],
  ["Variables", ({ name }) => name === "variables"],
  ["Authentication", ({ isSecret, name }) => isSecret || /^(auth|user(name)?|login|bearer|credentials)/i.test(name)],
  ["Expectations", ({ name }) => /^(expect|match|warn|degraded|followRedirects)/i.test(name)]
]
const rest = "Request"
const order = ["Variables", rest, "Authentication", "TLS", "Expectations", "Assertions"]

/** What every monitor of the kind is asked. A kind that insists on nothing is asked all that is its own. */
export const askedOf = (fields: ReadonlyArray<SettingsField>): ReadonlyArray<SettingsField> => {
  const required = fields.filter(({ isRequired, kind }) => isRequired && kind !== "yes-no")
  return required.length > 0 ? required : fields.filter((field) => titleOf(field) === rest)
}

const titleOf = (field: SettingsField): string => groups.find(([, has]) => has(field))?.[0] ?? rest

export const foldsOf = (fields: ReadonlyArray<SettingsField>): ReadonlyArray<Fold> =>
  order
    .map((title) => ({ title, fields: fields.filter((field) => titleOf(field) === title) }))
    .filter(({ fields }) => fields.length > 0)

/** How much evidence it takes: the same for every kind. */
export const confirmationFields = [
  { name: "timeoutSeconds", label: "Time-out, seconds", min: 1, max: 60 },
  { name: "confirmations", label: "Further tries", help: "After the first failing one.", min: 0, max: 10 },
  { name: "recoveryChecks", label: "Good checks to recover", min: 1, max: 10 },
  {
    name: "degradedAfterMs",
    label: "Degraded when slower than, ms",
    help: "Left empty: never.",
    min: 1,
    max: 120_000
  }
] as const

/** Folds with something at fault are open. */
export const openFolds = (folds: ReadonlyArray<Fold>, problem: Problem | undefined): ReadonlySet<string> => {
  const isAtFault = (path: string) => issueAt(problem, path) !== undefined
  return new Set([
    ...folds.filter(({ fields }) => fields.some(({ name }) => isAtFault(`settings.${name}`))).map(({ title }) => title),
    ...(["inverted", ...confirmationFields.map(({ name }) => name)].some(isAtFault) ? ["Confirmation"] : []),
    ...(["regions", "quorum"].some(isAtFault) ? ["Regions"] : []),
    ...(isAtFault("parentIds") ? ["Depends on"] : []),
    ...(isAtFault("tags") ? ["Tags"] : [])
  ])
}

/** What stands in a fold: `POST, with headers`. */
export const briefOf = (
  fields: ReadonlyArray<SettingsField>,
  values: FormValues,
  { path = root, secretsSet = [] }: { readonly path?: string; readonly secretsSet?: ReadonlyArray<string> } = {}
): string =>
  fields
    .flatMap((field, index) =>
      // What is as usual needs no words, except what comes first.
      (index > 0 || field.kind === "yes-no") && field.fields.length === 0 && isUsual(field, values, path)
        ? []
        : said(field, values, path, secretsSet)
    )
    .join(", ") || "none"

const isUsual = ({ defaultText, isSecret, name }: SettingsField, values: FormValues, within: string): boolean =>
  !isSecret && (values[`${within}.${name}`] ?? "").replace("on", "true") === defaultText

/** Longer texts are not repeated in a head. */
const shortText = 40

/** Within a sentence: `CA certificate`, `port`. */
const called = ({ title }: SettingsField): string => (/^[A-Z]{2}/.test(title) ? title : title.toLowerCase())

const said = (
  field: SettingsField,
  values: FormValues,
  within: string,
  secretsSet: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const path = `${within}.${field.name}`
  const text = values[path] ?? ""
  const title = field.title.toLowerCase()
  const named = [`with ${called(field)}`]
  if (field.kind === "yes-no") return [text === "true" || text === "on" ? title : `${title}: no`]
  if (field.kind === "rows") {
    const count = rowCount(values, path)
    return count === 0 ? [] : [`${count} ${count === 1 ? title.replace(/s$/, "") : title}`]
  }
  if (field.isSecret) return text !== "" || secretsSet.includes(field.name) ? named : []
  if (field.kind === "group")
    return Object.keys(values).some((name) => name.startsWith(`${path}.`) && values[name] !== "") ? named : []
  if (text === "") return []
  if (field.kind === "pairs" || field.kind === "list" || field.kind === "long" || text.length > shortText) return named
  // A word that says nothing without its title.
  return [field.kind === "number" || text === "any" ? `${called(field)} ${text}` : text]
}
