/** The channel form of any kind, both ways. */
import type { AlertChannel } from "@v-insight/domain/model/AlertChannel"
import { mannersIn, mannersOf } from "#lib/alerts/manners.ts"
import type { Kind } from "#lib/settings/fields.ts"
import { emptyValues, type FormValues, saidIn, settingsOf, valuesOf } from "#lib/settings/values.ts"
import { completed } from "#lib/try/draft.ts"
import { trimmed } from "./forms.ts"

export const emptyChannel = (kind: Kind): FormValues => ({ type: kind.type, name: "", ...emptyValues(kind.fields) })

export const filledChannel = (kind: Kind, channel: AlertChannel): FormValues => ({
  type: channel.type,
  name: channel.name,
  ...(channel.enabled ? { enabled: "true" } : {}),
  ...valuesOf(kind.fields, channel.settings)
})

/** As it was typed, to be shown again. Secrets never are. */
export const typedChannel = (kind: Kind, form: FormData): FormValues => {
  const secrets = new Set(kind.fields.filter(({ isSecret }) => isSecret).map(({ name }) => `settings.${name}`))
  return Object.fromEntries(Object.entries(saidIn(form)).filter(([name]) => !secrets.has(name)))
}

/** Left without a name it is named after its address. */
export const channelOf = (kind: Kind, form: FormData) => {
  const settings = completed(kind.type, settingsOf(kind.fields, saidIn(form)))
  const url = typeof settings.url === "string" && URL.canParse(settings.url) ? new URL(settings.url).host : ""
  const to = typeof settings.to === "string" ? settings.to : ""
  return {
    type: kind.type,
    name: trimmed(form, "name") || url || to || kind.label,
    settings,
    // A form that does not ask for them changes nothing of them.
    ...(form.has("storm.messages") ? mannersOf(mannersIn(form)) : {})
  }
}
