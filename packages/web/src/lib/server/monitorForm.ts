/** The monitor form, both ways: what it shows at first, and what it said as the API wants to hear it. */
import { defaults, type Monitor } from "@v-insight/domain/model/Monitor"
import type { Kind } from "#lib/settings/fields.ts"
import { emptyValues, type FormValues, saidIn, settingsOf, valuesOf } from "#lib/settings/values.ts"
import { completed } from "#lib/try/draft.ts"
import { list, text, trimmed } from "./forms.ts"

const numbers = ["intervalSeconds", "timeoutSeconds", "confirmations", "recoveryChecks"] as const

export const emptyForm = (kind: Kind, url: string): FormValues => ({
  type: kind.type,
  name: "",
  tags: "",
  regions: "",
  quorum: "",
  degradedAfterMs: "",
  ...Object.fromEntries(numbers.map((name) => [name, String(defaults[name])])),
  ...emptyValues(kind.fields),
  ...(kind.fields.some(({ name }) => name === "url") ? { "settings.url": url } : {})
})

export const filledForm = (kind: Kind, monitor: Monitor): FormValues => ({
  type: monitor.type,
  name: monitor.name,
  tags: monitor.tags.join(", "),
  regions: monitor.regions.join(", "),
  quorum: monitor.quorum === null ? "" : String(monitor.quorum),
  degradedAfterMs: monitor.degradedAfterMs === null ? "" : String(monitor.degradedAfterMs),
  ...parentsAsValues(monitor.parentIds),
  ...(monitor.inverted ? { inverted: "true" } : {}),
  ...Object.fromEntries(numbers.map((name) => [name, String(monitor[name])])),
  ...valuesOf(kind.fields, monitor.settings)
})

/** Boxes that are ticked, as a form says them: each has a name of its own. */
const parentsAsValues = (ids: ReadonlyArray<string>): FormValues =>
  Object.fromEntries(ids.map((id) => [`parent.${id}`, "true"]))

/** As it was typed, to be shown again. Secrets never are. */
export const typedForm = (kind: Kind, form: FormData): FormValues => {
  const secrets = new Set(kind.fields.filter(({ isSecret }) => isSecret).map(({ name }) => `settings.${name}`))
  return Object.fromEntries(Object.entries(saidIn(form)).filter(([name]) => !secrets.has(name)))
}

const specOf = (kind: Kind, form: FormData) => ({
  type: kind.type,
  settings: completed(kind.type, settingsOf(kind.fields, saidIn(form)))
})

export const monitorOf = (kind: Kind, form: FormData) => ({
  ...specOf(kind, form),
  ...(trimmed(form, "name") === "" ? {} : { name: trimmed(form, "name") }),
  ...Object.fromEntries(numbersOf(form)),
  inverted: form.has("inverted"),
  tags: list(form, "tags"),
  regions: list(form, "regions"),
  quorum: trimmed(form, "quorum") === "" ? null : Number(text(form, "quorum")),
  degradedAfterMs: trimmed(form, "degradedAfterMs") === "" ? null : Number(text(form, "degradedAfterMs")),
  parentIds: parentsIn(form)
})

export const parentsIn = (form: FormData): ReadonlyArray<string> =>
  [...form.keys()].filter((name) => name.startsWith("parent.")).map((name) => name.slice("parent.".length))

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

export const tryOf = (kind: Kind, form: FormData) => ({
  ...specOf(kind, form),
  ...(trimmed(form, "timeoutSeconds") === "" ? {} : { timeoutSeconds: Number(text(form, "timeoutSeconds")) })
})
