/** One monitor: what it is doing, its newest checks, its incidents. */
import { fail, redirect } from "@sveltejs/kit"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import { pack } from "#lib/charts/points.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { monitorId } from "#lib/server/ids.ts"
import { kindOf, monitorKinds } from "#lib/server/kinds.ts"
import { isJob } from "#lib/words/check.ts"
import type { Actions, PageServerLoad } from "./$types"

/** What the API gives at once; charts say which span that is. */
const charted = 500
const listed = 25

export const load: PageServerLoad = async (event) => {
  event.depends("vinsight:live")
  const id = monitorId(event.params.id)
  const { searchParams } = event.url
  const cursor = searchParams.get("cursor")
  const query = { limit: listed, ...(cursor === null ? {} : { cursor: cursor.slice(0, 200) }) }
  const [monitor, series, stretch, incidents] = await Promise.all([
    ask(event, (api) => api.monitors.get({ params: { id } })),
    ask(event, (api) => api.monitors.checks({ params: { id }, query: { limit: charted } })),
    ask(event, (api) => api.monitors.checks({ params: { id }, query })),
    ask(event, (api) => api.incidents.list({ query: { monitorId: id, perPage: 5 } }))
  ])
  const kind = kindOf(monitorKinds, monitor.type)
  const [from, to] = (searchParams.get("at") ?? "").split("-").map(Number)
  const within = from !== undefined && to !== undefined && to > from ? { from, to } : undefined
  const chosen =
    within === undefined
      ? stretch.items
      : series.items.filter(
          ({ checkedAt }) => Date.parse(checkedAt) >= within.from && Date.parse(checkedAt) < within.to
        )
  return {
    title: monitor.name,
    monitor,
    kindLabel: kind.label,
    heartbeat: isJob(monitor.type) ? await heartbeatOf(event, id) : null,
    series: pack(series.items),
    checks: chosen.map(listRow),
    nextCursor: within === undefined ? stretch.meta.nextCursor : null,
    isFirst: cursor === null,
    within,
    incidents: incidents.items,
    incidentTotal: incidents.meta.total,
    isDeleting: searchParams.has("delete")
  }
}

/** What calls in: its address, as this installation is reached, and its newest calls. */
const heartbeatOf = async (event: Parameters<PageServerLoad>[0], id: MonitorId) => {
  const [address, calls] = await Promise.all([
    ask(event, (api) => api.monitorHeartbeats.get({ params: { id } })),
    ask(event, (api) => api.monitorHeartbeats.list({ params: { id }, query: { limit: listed } }))
  ])
  return { url: address.path === null ? null : event.url.origin + address.path, calls: calls.items }
}

/** What the list shows of a check, and no more. */
const listRow = ({ slot, checkedAt, status, httpStatus, timings, error, attempts, detail }: MonitorCheck) => ({
  slot,
  checkedAt,
  status,
  httpStatus,
  totalUs: timings.totalUs,
  error,
  attempts,
  verdicts: detail?.assertions ?? []
})

export const actions: Actions = {
  run: async (event) => {
    const id = monitorId(event.params.id)
    const answer = await attempt(event, (api) => api.monitors.run({ params: { id } }))
    return answer.ok ? { run: answer.value } : refuse(event, answer.problem, {})
  },
  pause: async (event) => {
    const id = monitorId(event.params.id)
    const answer = await attempt(event, (api) => api.monitors.pause({ params: { id } }))
    if (!answer.ok) return refuse(event, answer.problem, {})
    setFlash(event.cookies, event.url, {
      message: `Paused ${answer.value.name}.`,
      undo: { action: "/monitors?/resume", ids: [id] }
    })
    return { done: true }
  },
  resume: async (event) => {
    const id = monitorId(event.params.id)
    const answer = await attempt(event, (api) => api.monitors.resume({ params: { id } }))
    return answer.ok ? { done: true } : refuse(event, answer.problem, {})
  },
  rotate: async (event) => {
    const id = monitorId(event.params.id)
    const answer = await attempt(event, (api) => api.monitorHeartbeats.rotate({ params: { id } }))
    if (!answer.ok) return refuse(event, answer.problem, {})
    setFlash(event.cookies, event.url, { message: "A new address is made. Give it to the job." })
    return { done: true }
  },
  remove: async (event) => {
    const id = monitorId(event.params.id)
    const typed = text(await event.request.formData(), "confirm")
    const monitor = await ask(event, (api) => api.monitors.get({ params: { id } }))
    if (typed !== monitor.name) return fail(422, { isMistyped: true })
    const answer = await attempt(event, (api) => api.monitors.remove({ params: { id } }))
    if (!answer.ok) return refuse(event, answer.problem, {})
    setFlash(event.cookies, event.url, {
      message: `Deleted ${monitor.name}.`,
      undo: { action: "/monitors?/restore", ids: [id] }
    })
    redirect(303, "/monitors")
  }
}
