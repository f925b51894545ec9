/** The monitor form, both ways: what it shows at first, and what it said as the API wants to hear it. */
import { defaults, type Monitor } from "@v-insight/domain/model/Monitor"
import { wholeUrl } from "#lib/try/draft.ts"
import { settingsOf, textOf } from "#lib/settings/fields.ts"
import { list, text, trimmed } from "./forms.ts"
import { kinds } from "./kinds.ts"

/** Everything as text, as it stands in the fields. */
export type FormValues = Readonly<Record<string, string>>

const numbers = ["intervalSeconds", "timeoutSeconds", "confirmations", "recoveryChecks"] as const

const kindOf = (type: string) => kinds.find((kind) => kind.type === type) ?? kinds[0]!

export const emptyForm = (url: string): FormValues => ({
  type: kinds[0]!.type,
  name: "",
  tags: "",
  ...Object.fromEntries(numbers.map((name) => [name, String(defaults[name])])),
  ...Object.fromEntries(kinds[0]!.fields.map(({ name, defaultText }) => [`settings.${name}`, defaultText])),
  "settings.url": url
})

export const filledForm = (monitor: Monitor): FormValues => ({
  type: monitor.type,
  name: monitor.name,
  tags: monitor.tags.join(", "),
  ...Object.fromEntries(numbers.map((name) => [name, String(monitor[name])])),
  ...Object.fromEntries(
    kindOf(monitor.type).fields.map(({ name }) => [`settings.${name}`, textOf(monitor.settings[name])])
  )
})

/** As it was typed, to be shown again. */
export const typedForm = (form: FormData): FormValues => {
  const { type, fields } = kindOf(text(form, "type"))
  return {
    type,
    name: text(form, "name"),
    tags: text(form, "tags"),
    ...Object.fromEntries(numbers.map((name) => [name, text(form, name)])),
    ...Object.fromEntries(
      fields.map(({ name, kind }) => [
        `settings.${name}`,
        kind === "yes-no" ? String(form.has(`settings.${name}`)) : text(form, `settings.${name}`)
      ])
    )
  }
}

const specOf = (form: FormData) => {
  const { type, fields } = kindOf(text(form, "type"))
  const settings = settingsOf(fields, (name) => text(form, `settings.${name}`))
  return { type, settings: typeof settings.url === "string" ? { ...settings, url: wholeUrl(settings.url) } : settings }
}

export const monitorOf = (form: FormData) => ({
  ...specOf(form),
  ...(trimmed(form, "name") === "" ? {} : { name: trimmed(form, "name") }),
  ...Object.fromEntries(numbersOf(form)),
  tags: list(form, "tags")
})

const numbersOf = (form: FormData): ReadonlyArray<readonly [string, number]> => {
  const said = numbers
    .filter((name) => trimmed(form, name) !== "")
    .map((name) => [name, Number(text(form, name))] as const)
  const interval = Number(trimmed(form, "intervalSeconds"))
  // Who shortens the interval below the usual patience has not thought of patience: the API finds one that fits.
  return said.filter(
    ([name, value]) => !(name === "timeoutSeconds" && value === defaults.timeoutSeconds && value > interval)
  )
}

export const tryOf = (form: FormData) => ({
  ...specOf(form),
  ...(trimmed(form, "timeoutSeconds") === "" ? {} : { timeoutSeconds: Number(text(form, "timeoutSeconds")) })
})
