/** What people do about an incident: form actions that work without JS. */
import type { Actions, RequestEvent } from "@sveltejs/kit"
import { IncidentPatch } from "@v-insight/domain/api/Incidents"
import { IncidentId, IncidentNote } from "@v-insight/domain/model/Incident"
import { Effect } from "effect"
import { type Answer, attempt } from "./api.ts"
import { setFlash } from "./flash.ts"
import { refuse, text, trimmed } from "./forms.ts"
import { incidentId } from "./ids.ts"
import { read } from "./payload.ts"

type Use = Parameters<typeof attempt>[1]
type Client = Parameters<Use>[0]

/** Asks for it, and says what was done. */
const told = async <A, E>(
  event: RequestEvent,
  message: string,
  use: (api: Client) => Effect.Effect<A, E>,
  values: Record<string, string> = {}
) => {
  const answer: Answer<A> = await attempt(event, use)
  if (!answer.ok) return refuse(event, answer.problem, values)
  setFlash(event.cookies, event.url, { message })
  return { done: true }
}

const idOf = (event: RequestEvent) => incidentId(event.params["id"] ?? "")

export const incidentActions = {
  acknowledge: (event) =>
    told(event, "Acknowledged: others see that you have it.", (api) =>
      api.incidents.acknowledge({ params: { id: idOf(event) } })
    ),
  resolve: (event) =>
    told(event, "Resolved. It opens again only after the monitor was up once.", (api) =>
      api.incidents.resolve({ params: { id: idOf(event) } })
    ),
  note: async (event) => {
    const note = text(await event.request.formData(), "note")
    return told(
      event,
      "Noted.",
      (api) =>
        Effect.flatMap(read(IncidentNote, note.trim()), (text) =>
          api.incidents.note({ params: { id: idOf(event) }, payload: { text } })
        ),
      { note }
    )
  },
  change: async (event) => {
    const form = await event.request.formData()
    const owner = trimmed(form, "ownerId")
    const said = { severity: text(form, "severity"), ownerId: owner === "" ? null : owner }
    return told(event, "Saved.", (api) =>
      Effect.flatMap(read(IncidentPatch, said), (payload) =>
        api.incidents.change({ params: { id: idOf(event) }, payload })
      )
    )
  },
  merge: async (event) => {
    const into = text(await event.request.formData(), "intoId")
    return told(event, "Merged: from now on it is told as part of this one.", (api) =>
      Effect.flatMap(read(IncidentId, into), (intoId) =>
        api.incidents.merge({ params: { id: idOf(event) }, payload: { intoId } })
      )
    )
  },
  unmerge: (event) =>
    told(event, "It is an incident of its own again.", (api) => api.incidents.unmerge({ params: { id: idOf(event) } }))
} satisfies Actions
