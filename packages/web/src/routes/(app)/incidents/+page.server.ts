/** All incidents, what needs somebody first; filters are in the address. */
import { AlertTrigger } from "@v-insight/domain/model/AlertRule"
import { IncidentGroupId, IncidentStatus } from "@v-insight/domain/model/Incident"
import { MonitorId } from "@v-insight/domain/model/Monitor"
import { Severity } from "@v-insight/domain/model/Severity"
import { Schema } from "effect"
import { ask } from "#lib/server/api.ts"
import type { PageServerLoad } from "./$types"

const perPage = 50

export const load: PageServerLoad = async (event) => {
  event.depends("vinsight:live")
  const { searchParams } = event.url
  const [status, trigger, severity, monitorId, groupId] = ["status", "trigger", "severity", "monitor", "group"].map(
    (name) => searchParams.get(name)
  )
  const page = Math.min(100_000, Math.max(1, Math.trunc(Number(searchParams.get("page"))) || 1))
  const filter = {
    ...(Schema.is(IncidentStatus)(status) ? { status } : {}),
    ...(Schema.is(AlertTrigger)(trigger) ? { trigger } : {}),
    ...(Schema.is(Severity)(severity) ? { severity } : {}),
    ...(Schema.is(MonitorId)(monitorId) ? { monitorId } : {}),
    ...(Schema.is(IncidentGroupId)(groupId) ? { groupId } : {})
  }
  const [list, open, acknowledged] = await Promise.all([
    ask(event, (api) => api.incidents.list({ query: { ...filter, sort: "urgent", page, perPage } })),
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
