/** Where workers check from, by name; the default one first. A form works without knowing. */
import type { RequestEvent } from "@sveltejs/kit"
import { attempt } from "./api.ts"

export const regionNames = async (event: RequestEvent): Promise<ReadonlyArray<string>> => {
  const answer = await attempt(event, (api) => api.regions.list())
  return answer.ok ? answer.value.map(({ name }) => name) : []
}
