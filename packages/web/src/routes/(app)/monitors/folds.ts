/** The folded parts of the monitor form: which fields go together, and what stands in them in few words. */
import type { Problem } from "#lib/api/problem.ts"
import { issueAt } from "#lib/api/problem.ts"
import type { SettingsField } from "#lib/settings/fields.ts"

export interface Fold {
  readonly title: string
  readonly fields: ReadonlyArray<SettingsField>
  readonly brief: (at: (name: string) => string) => string
}

/** What is sent; every other setting is about what comes back. */
const sent = new Set(["method", "headers", "body"])

export const foldsOf = (fields: ReadonlyArray<SettingsField>): ReadonlyArray<Fold> =>
  [
    { title: "Request", fields: fields.filter(({ name }) => sent.has(name)) },
    { title: "Expectations", fields: fields.filter(({ name }) => !sent.has(name)) }
  ]
    .filter(({ fields }) => fields.length > 0)
    .map((fold) => ({ ...fold, brief: (at) => brief(fold.fields, at) }))

/** How much evidence it takes: the same for every kind. */
export const confirmationFields = [
  { name: "timeoutSeconds", label: "Patience, seconds", min: 1, max: 60 },
  { name: "confirmations", label: "Further tries", help: "After the first failing one.", min: 0, max: 10 },
  { name: "recoveryChecks", label: "Good checks to recover", min: 1, max: 10 }
] as const

/** Folds with something at fault are open. */
export const openFolds = (folds: ReadonlyArray<Fold>, problem: Problem | undefined): ReadonlySet<string> => {
  const isAtFault = (path: string) => issueAt(problem, path) !== undefined
  return new Set([
    ...folds.filter(({ fields }) => fields.some(({ name }) => isAtFault(`settings.${name}`))).map(({ title }) => title),
    ...(confirmationFields.some(({ name }) => isAtFault(name)) ? ["Confirmation"] : []),
    ...(isAtFault("tags") ? ["Tags"] : [])
  ])
}

const brief = (fields: ReadonlyArray<SettingsField>, at: (name: string) => string): string =>
  fields
    .flatMap(({ name, kind, title }) => {
      const text = at(`settings.${name}`)
      if (kind === "yes-no") return text === "true" ? [title.toLowerCase()] : []
      if (kind === "pairs" || kind === "long") return text === "" ? [] : [`with ${title.toLowerCase()}`]
      return text === "" ? [] : [text]
    })
    .join(", ")
