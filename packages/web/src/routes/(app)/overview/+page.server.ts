/** The workspace at a glance: how it was, and where to look first. */
import { attempt } from "#lib/server/api.ts"
import type { PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  event.depends("vinsight:live")
  return { title: "Overview", dashboard: await attempt(event, (api) => api.dashboard.get()) }
}
