/** The people of the workspace, and whom an escalation can tell. */
import type { RequestEvent } from "@sveltejs/kit"
import type { Choice } from "#lib/escalation/policy.ts"
import { ask } from "./api.ts"

type Event = Pick<RequestEvent, "fetch" | "locals" | "request" | "url">

/** More than these do not fit into a list to pick from. */
const offered = 200

export const members = async (event: Event) =>
  (await ask(event, (api) => api.members.list({ query: { perPage: offered } }))).items

export const targets = async (event: Event): Promise<ReadonlyArray<Choice>> => {
  const [schedules, people, channels] = await Promise.all([
    ask(event, (api) => api.onCallSchedules.list({ query: { perPage: offered } })),
    members(event),
    ask(event, (api) => api.alertChannels.list({ query: { perPage: offered } }))
  ])
  return [
    ...schedules.items.map(({ id, name }): Choice => ({
      value: `schedule:${id}`,
      label: name,
      group: "Whoever is on call in"
    })),
    ...people.map(({ email, userId }): Choice => ({ value: `user:${userId}`, label: email, group: "People" })),
    ...channels.items.map(({ enabled, id, name }): Choice => ({
      value: `channel:${id}`,
      label: enabled ? name : `${name} (off)`,
      group: "Channels"
    }))
  ]
}
