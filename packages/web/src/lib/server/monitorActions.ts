/** What the forms of new and of present monitors do beside saving. Everything works without JS. */
import type { RequestEvent } from "@sveltejs/kit"
import { TryInput } from "@v-insight/domain/api/Checks"
import { Effect } from "effect"
import { changed, changeOf } from "#lib/settings/change.ts"
import { attempt } from "./api.ts"
import { refuse, text } from "./forms.ts"
import { kindOf, monitorKinds } from "./kinds.ts"
import { tryOf, typedForm } from "./monitorForm.ts"
import { read } from "./payload.ts"

type Event = Pick<RequestEvent, "fetch" | "locals" | "request" | "url">

/** Asks once. Of a monitor that exists, secrets that are not typed anew are its own. */
export const test = async (event: Event, monitorId?: string) => {
  const form = await event.request.formData()
  const kind = kindOf(monitorKinds, text(form, "type"))
  const said = { ...tryOf(kind, form), ...(monitorId === undefined ? {} : { monitorId }) }
  const tried = await attempt(event, (api) =>
    Effect.flatMap(read(TryInput, said), (payload) => api.checks.try({ payload }))
  )
  const values = typedForm(kind, form)
  return tried.ok ? { outcome: tried.value, values } : refuse(event, tried.problem, values)
}

/** Rows come and go; nothing is saved. */
export const change = async (event: Event) => {
  const form = await event.request.formData()
  const kind = kindOf(monitorKinds, text(form, "type"))
  return { values: changed(kind.fields, typedForm(kind, form), changeOf(text(form, "change"))) }
}
