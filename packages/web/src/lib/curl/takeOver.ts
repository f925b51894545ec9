/** What a curl command said, as values of the form. */
import type { SettingsField } from "#lib/settings/fields.ts"
import { emptyValues, type FormValues, root, valuesOf } from "#lib/settings/values.ts"
import type { Pasted } from "./request.ts"

/** Enough to fetch the parser for. */
export const looksLikeCurl = (text: string): boolean => /^\s*(?:\$\s+)?curl(?:\.exe)?\s/.test(text)

/** Another request than before: of the settings only assertions stay. */
export const takenOver = (fields: ReadonlyArray<SettingsField>, values: FormValues, pasted: Pasted): FormValues => {
  const { settings, timeoutSeconds } = pasted
  if (settings === undefined) return values
  const said = fields.filter(({ name }) => Object.hasOwn(settings, name))
  const plain = fields.filter(({ kind }) => kind !== "rows")
  return {
    ...values,
    ...emptyValues(plain),
    ...valuesOf(said, { ...settings }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds: String(timeoutSeconds) })
  }
}

/** Secrets that it carried, for the browser only: a server never sends one back. */
export const secretsIn = (fields: ReadonlyArray<SettingsField>, { settings }: Pasted): FormValues =>
  Object.fromEntries(
    Object.entries(settings ?? {})
      .filter(([name]) => fields.some((field) => field.name === name && field.isSecret))
      .map(([name, text]) => [`${root}.${name}`, String(text)])
  )
