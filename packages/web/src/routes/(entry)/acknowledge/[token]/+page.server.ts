/**
 * Where the link in a message leads: what it is about, and one button. Opening it changes nothing, since mail scanners and
 * chats open every link. Nobody has to be signed in.
 */
import { fail } from "@sveltejs/kit"
import { attempt } from "#lib/server/api.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  event.setHeaders({ "x-robots-tag": "noindex" })
  const asked = await attempt(event, (api) => api.acknowledge.about({ params: event.params }))
  return asked.ok
    ? { title: asked.value.title, incident: asked.value, problem: null }
    : { title: "Acknowledge", incident: null, problem: asked.problem }
}

export const actions: Actions = {
  default: async (event) => {
    const answer = await attempt(event, (api) => api.acknowledge.acknowledge({ params: event.params }))
    if (!answer.ok) return fail(answer.problem.status, { problem: answer.problem })
  }
}
