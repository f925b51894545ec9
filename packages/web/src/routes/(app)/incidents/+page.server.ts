/** All incidents, newest first. */
import { IncidentStatus } from "@v-insight/domain/model/Incident"
import { MonitorId } from "@v-insight/domain/model/Monitor"
import { Schema } from "effect"
import { ask } from "#lib/server/api.ts"
import type { PageServerLoad } from "./$types"

const perPage = 50

export const load: PageServerLoad = async (event) => {
  event.depends("vinsight:live")
  const { searchParams } = event.url
  const status = searchParams.get("status")
  const page = Math.min(100_000, Math.max(1, Math.trunc(Number(searchParams.get("page"))) || 1))
  const monitorId = searchParams.get("monitor")
  const filter = {
    ...(Schema.is(IncidentStatus)(status) ? { status } : {}),
    ...(Schema.is(MonitorId)(monitorId) ? { monitorId } : {})
  }
  const [list, open, acknowledged] = await Promise.all([
    ask(event, (api) => api.incidents.list({ query: { ...filter, page, perPage } })),
    ask(event, (api) => api.incidents.list({ query: { status: "open", perPage: 1 } })),
    ask(event, (api) => api.incidents.list({ query: { status: "acknowledged", perPage: 1 } }))
  ])
  return {
    title: "Incidents",
    incidents: list.items,
    meta: list.meta,
    filter,
    counts: { open: open.meta.total, acknowledged: acknowledged.meta.total }
  }
}
