/** One monitor: what it is doing, what it did, its newest checks, its incidents. */
import { fail, redirect } from "@sveltejs/kit"
import type { Monitor, MonitorId } from "@v-insight/domain/model/Monitor"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import { workOn } from "#lib/maintenance/words.ts"
import { packSeries } from "#lib/charts/series.ts"
import { type Answer, ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { monitorId } from "#lib/server/ids.ts"
import { kindOf, monitorKinds } from "#lib/server/kinds.ts"
import { isJob } from "#lib/words/check.ts"
import type { Actions, PageServerLoad } from "./$types"
import { examples } from "./heartbeat.ts"
import { dayOf, rangeOf, sinceMade, usualPeriod } from "./period.ts"

const listed = 25
/** Bars. */
const days = 90
/** Steps of a chart: 10 minutes of 24 hours, an hour of 7 days, 4 hours of 30 days, 12 of 90, 2 days of a year. */
const points = 185
const heatmapDays = 28
/** Planned work is told of so long before. */
const soonMs = 7 * 86_400_000
/** As many incidents as can be told apart in a chart. */
const shaded = 100

export const load: PageServerLoad = async (event) => {
  event.depends("vinsight:live", "vinsight:history")
  const id = monitorId(event.params.id)
  const params = { id }
  const { searchParams } = event.url
  const { timeZone } = event.locals
  const cursor = searchParams.get("cursor")
  const day = dayOf(searchParams.get("day"))
  const isFailedOnly = searchParams.get("only") === "down"
  const query = {
    limit: listed,
    ...day,
    ...(isFailedOnly ? { status: "down" as const } : {}),
    ...(cursor === null ? {} : { cursor: cursor.slice(0, 200) })
  }
  // Open ones first: they say which stretch of time is looked at.
  const [monitor, incidents] = await Promise.all([
    ask(event, (api) => api.monitors.get({ params })),
    ask(event, (api) => api.incidents.list({ query: { monitorId: id, perPage: 5 } }))
  ])
  const now = Date.now()
  const open = incidents.items.find(({ status }) => status !== "resolved")
  const asked = rangeOf(searchParams, now, timeZone, usualPeriod([open?.startedAt, monitor.createdAt], now))
  const range = sinceMade(asked ?? rangeOf(new URLSearchParams(), now, timeZone, "24h")!, monitor.createdAt)
  const within = { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() }
  const [stretch, spans, bars, series, heatmap, shades, heartbeat, standings, around] = await Promise.all([
    ask(event, (api) => api.monitors.checks({ params, query })),
    attempt(event, (api) => api.history.uptime({ params })),
    attempt(event, (api) => api.history.days({ params, query: { days } })),
    attempt(event, (api) => api.history.series({ params, query: { ...within, points } })),
    attempt(event, (api) => api.history.heatmap({ params, query: { timeZone, days: heatmapDays } })),
    attempt(event, (api) => api.incidents.list({ query: { monitorId: id, ...within, perPage: shaded } })),
    isJob(monitor.type) ? heartbeatOf(event, id) : null,
    monitor.regions.length > 1 ? ask(event, (api) => api.monitors.regions({ params })) : null,
    aroundOf(event, monitor, now)
  ])
  const kind = kindOf(monitorKinds, monitor.type)
  return {
    title: monitor.name,
    monitor,
    kindLabel: kind.label,
    heartbeat,
    standings,
    ...around,
    range,
    isRangeRefused: asked === undefined,
    spans,
    days: bars,
    series: mapped(series, packSeries),
    week: mapped(heatmap, ({ cells }) => cells.map(({ p50Us }) => p50Us)),
    shades: shades.ok
      ? shades.value.items.map(({ resolvedAt, startedAt }) => ({
          from: Date.parse(startedAt),
          to: resolvedAt === null ? null : Date.parse(resolvedAt)
        }))
      : [],
    day: day === undefined ? null : searchParams.get("day"),
    isFailedOnly,
    checks: stretch.items.map(listRow),
    nextCursor: stretch.meta.nextCursor,
    isFirst: cursor === null,
    incidents: incidents.items,
    incidentTotal: incidents.meta.total,
    isDeleting: searchParams.has("delete"),
    readAt: now
  }
}

const mapped = <A, B>(answer: Answer<A>, change: (value: A) => B): Answer<B> =>
  answer.ok ? { ok: true, value: change(answer.value) } : answer

/** What it stands behind, and the work that is planned on it soon. */
const aroundOf = async (event: Parameters<PageServerLoad>[0], monitor: Monitor, now: number) => {
  const [parents, calendar] = await Promise.all([
    Promise.all(monitor.parentIds.map((id) => attempt(event, (api) => api.monitors.get({ params: { id } })))),
    attempt(event, (api) =>
      api.maintenanceWindows.calendar({
        query: { from: new Date(now).toISOString(), to: new Date(now + soonMs).toISOString() }
      })
    )
  ])
  return {
    parents: parents.flatMap((answer) =>
      answer.ok ? [{ id: answer.value.id, name: answer.value.name, status: answer.value.status }] : []
    ),
    work: calendar.ok ? (workOn(monitor, calendar.value.occurrences, now) ?? null) : null
  }
}

/** What calls in: its address, as this installation is reached, and its newest calls. */
const heartbeatOf = async (event: Parameters<PageServerLoad>[0], id: MonitorId) => {
  const [address, calls] = await Promise.all([
    ask(event, (api) => api.monitorHeartbeats.get({ params: { id } })),
    ask(event, (api) => api.monitorHeartbeats.list({ params: { id }, query: { limit: listed } }))
  ])
  const url = address.path === null ? null : event.url.origin + address.path
  return { url, examples: url === null ? [] : examples(url), calls: calls.items }
}

/** What the list shows of a check, and no more. */
const listRow = ({ slot, checkedAt, region, status, httpStatus, timings, error, attempts, detail }: MonitorCheck) => ({
  slot,
  checkedAt,
  region,
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
