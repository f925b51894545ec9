/** The people of the workspace, and whom an escalation can tell. */
import type { RequestEvent } from "@sveltejs/kit"
import type { Choice } from "#lib/escalation/policy.ts"
import { ask } from "./api.ts"
import { everything } from "./everything.ts"

type Event = Pick<RequestEvent, "fetch" | "locals" | "request" | "url">

/** At a time. */
const perPage = 200

export const members = (event: Event) =>
  everything((page) => ask(event, (api) => api.members.list({ query: { page, perPage } })))

export const targets = async (event: Event): Promise<ReadonlyArray<Choice>> => {
  const [schedules, people, channels] = await Promise.all([
    everything((page) => ask(event, (api) => api.onCallSchedules.list({ query: { page, perPage } }))),
    members(event),
    everything((page) => ask(event, (api) => api.alertChannels.list({ query: { page, perPage } })))
  ])
  return [
    ...schedules.map(({ id, name }): Choice => ({
      value: `schedule:${id}`,
      label: name,
      group: "Whoever is on call in"
    })),
    ...people.map(({ email, userId }): Choice => ({ value: `user:${userId}`, label: email, group: "People" })),
    ...channels.map(({ enabled, id, name }): Choice => ({
      value: `channel:${id}`,
      label: enabled ? name : `${name} (off)`,
      group: "Channels"
    }))
  ]
}
