/** What a rule can be made of. */
import type { RequestEvent } from "@sveltejs/kit"
import type { Offered } from "#lib/alerts/ruleText.ts"
import { ask } from "./api.ts"

/** More than these do not fit into a list to pick from. */
const offered = 200

export const choices = async (event: Pick<RequestEvent, "fetch" | "locals" | "request" | "url">): Promise<Offered> => {
  const [channels, monitors, policies] = await Promise.all([
    ask(event, (api) => api.alertChannels.list({ query: { perPage: offered } })),
    ask(event, (api) => api.monitors.list({ query: { perPage: offered } })),
    ask(event, (api) => api.escalationPolicies.list({ query: { perPage: offered } }))
  ])
  return {
    channels: channels.items.map(({ id, name, enabled }) => ({ id, name, enabled })),
    monitors: monitors.items.map(({ id, name }) => ({ id, name })),
    policies: policies.items.map(({ id, name }) => ({ id, name })),
    tags: [...new Set(monitors.items.flatMap(({ tags }) => tags))].sort()
  }
}
