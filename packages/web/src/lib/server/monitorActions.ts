/** What the forms of new and of present monitors do beside saving. Everything works without JS. */
import type { RequestEvent } from "@sveltejs/kit"
import { TryInput } from "@v-insight/domain/api/Checks"
import { Effect } from "effect"
import { parseCurl } from "#lib/curl/parse.ts"
import { looksLikeCurl, secretsIn, takenOver } from "#lib/curl/takeOver.ts"
import { changed, changeOf } from "#lib/settings/change.ts"
import { attempt } from "./api.ts"
import { refuse, text } from "./forms.ts"
import { kindOf, monitorKinds } from "./kinds.ts"
import { isSeeking } from "./monitorChoices.ts"
import { parentsIn, tryOf, typedForm } from "./monitorForm.ts"
import { read } from "./payload.ts"

type Event = Pick<RequestEvent, "fetch" | "locals" | "request" | "url">

/** A command in place of a URL is taken over, and nothing else is done. */
export const pastedIn = (form: FormData) => {
  const command = text(form, "settings.url")
  return looksLikeCurl(command) ? paste(form, command) : undefined
}

const paste = (form: FormData, command: string) => {
  const kind = kindOf(monitorKinds, "http")
  const pasted = parseCurl(command)
  const hasSecrets = Object.keys(secretsIn(kind.fields, pasted)).length > 0
  return {
    values: takenOver(kind.fields, typedForm(kind, form), pasted),
    notes: [
      ...pasted.problems,
      ...(hasSecrets ? ["Type its password or token yourself: V-Insight never sends one back."] : [])
    ]
  }
}

export const curl = async (event: Event) => {
  const form = await event.request.formData()
  return paste(form, text(form, "curl"))
}

/** Asks once. Of a monitor that exists, secrets that are not typed anew are its own. */
export const test = async (event: Event, monitorId?: string) => {
  const form = await event.request.formData()
  const pasted = pastedIn(form)
  if (pasted !== undefined) return pasted
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
  const said = changeOf(text(form, "change"))
  return {
    values: changed(kind.fields, typedForm(kind, form), said),
    touched: said.path
  }
}

/** The same form with the monitors that were sought. */
export const find = async (event: Event) => {
  const form = await event.request.formData()
  seeks(event, form)
  return { values: typedForm(kindOf(monitorKinds, text(form, "type")), form) }
}

/** Whether other monitors to depend on are sought: then nothing is saved. */
export const seeks = (event: Event, form: FormData): boolean => isSeeking(event, form, parentsIn(form))
