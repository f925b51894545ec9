/** The monitors and tags that a form offers to pick from. */
import type { RequestEvent } from "@sveltejs/kit"
import { ask } from "./api.ts"

/** More than these do not fit into a list to pick from. */
const offered = 200

export const monitorChoices = async (event: Pick<RequestEvent, "fetch" | "locals" | "request" | "url">) => {
  const { items } = await ask(event, (api) => api.monitors.list({ query: { perPage: offered } }))
  return {
    monitors: items.map(({ id, name }) => ({ id, name })),
    tags: [...new Set(items.flatMap(({ tags }) => tags))].sort()
  }
}
