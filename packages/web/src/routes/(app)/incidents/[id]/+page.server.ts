/** One incident: what happened, who was told and why, what changed, and what people do about it. */
import type { IncidentReport } from "@v-insight/domain/model/Incident"
import { pack } from "#lib/charts/points.ts"
import { evidence } from "#lib/incidents/evidence.ts"
import { compared } from "#lib/incidents/report.ts"
import { viewOf } from "#lib/incidents/timeline.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { incidentId } from "#lib/server/ids.ts"
import { incidentActions } from "#lib/server/incidentActions.ts"
import { members } from "#lib/server/people.ts"
import type { Actions, PageServerLoad } from "./$types"

/** Around the turn, for the small picture. */
const pictured = 60
/** Checks up to half a picture after the turn: far more than the tries that made it. */
const looked = 200
/** Of a monitor that is gone. */
const usualSeconds = 60
/** Failing checks are counted up to here. */
const counted = 500
const entriesPerPage = 200
/** Incidents that it could be merged into, and those that were merged into it, by name. */
const offered = 50
const named = 10

type Event = Parameters<PageServerLoad>[0]

export const load: PageServerLoad = async (event) => {
  event.depends("vinsight:live")
  const id = incidentId(event.params.id)
  const incident = await ask(event, (api) => api.incidents.get({ params: { id } }))
  const params = { id: incident.monitorId }
  // The monitor may be gone; its incident stays.
  const [notifications, monitor, why, entries, people, related] = await Promise.all([
    ask(event, (api) => api.incidents.notifications({ params: { id } })),
    attempt(event, (api) => api.monitors.get({ params })),
    attempt(event, (api) => api.incidents.why({ params: { id } })),
    entriesOf(event, id),
    members(event),
    relatedOf(event, incident)
  ])
  const seconds = monitor.ok ? monitor.value.intervalSeconds : usualSeconds
  const { evidence: kept, ...rest } = incident
  const bad = kept?.firstBad.detail ?? null
  return {
    title: `Incident: ${incident.monitorName}`,
    incident: rest,
    notifications,
    monitor: monitor.ok
      ? { id: monitor.value.id, status: monitor.value.status, inverted: monitor.value.inverted }
      : null,
    // What did not hold comes first.
    verdicts: (bad?.assertions ?? []).toSorted((a, b) => Number(a.isMet) - Number(b.isMet)),
    response: bad?.response ?? null,
    why,
    entries,
    view: viewOf(event.url.searchParams.get("show")),
    people: people.map(({ email, userId }) => ({ userId, email })),
    ...(await checksOf(event, incident, seconds)),
    ...related
  }
}

/** The beginning and, of a very long story, the end. */
const entriesOf = async (event: Event, id: IncidentReport["id"]) => {
  const page = (page: number) =>
    ask(event, (api) => api.incidents.timeline({ params: { id }, query: { page, perPage: entriesPerPage } }))
  const first = await page(1)
  const pages = Math.ceil(first.meta.total / entriesPerPage)
  return pages < 2 ? first.items : [...first.items, ...(await page(pages)).items]
}

/** The turn from good to bad, and what failed since then. Other triggers are not about failing checks. */
const checksOf = async (event: Event, incident: IncidentReport, intervalSeconds: number) => {
  const { monitorId, resolvedAt, startedAt, trigger } = incident
  const none = { evidence: compared(incident, undefined) ?? null, around: pack([]), failing: [], isMoreFailing: false }
  if (trigger !== "down") return none
  const params = { id: monitorId }
  const after = (pictured / 2) * intervalSeconds * 1000
  const to = new Date(Date.parse(startedAt) + after).toISOString()
  const during = { from: startedAt, ...(resolvedAt === null ? {} : { to: resolvedAt }) }
  const [stretch, failing] = await Promise.all([
    attempt(event, (api) => api.monitors.checks({ params, query: { limit: looked, to } })),
    attempt(event, (api) =>
      api.monitors.checks({ params, query: { limit: counted, status: "down" as const, ...during } })
    )
  ])
  const checks = stretch.ok ? stretch.value.items : []
  const found = evidence(checks, startedAt)
  const turn = found === undefined ? -1 : checks.indexOf(found.bad)
  return {
    evidence: compared(incident, found) ?? null,
    around: pack(turn < 0 ? [] : checks.slice(Math.max(0, turn - pictured / 2), turn + pictured / 2)),
    failing: failing.ok
      ? failing.value.items.map(({ checkedAt, error, httpStatus }) => ({ checkedAt, error, httpStatus }))
      : [],
    isMoreFailing: failing.ok && failing.value.meta.nextCursor !== null
  }
}

/** Where it was merged into, what was merged into it, and what it could be merged into. */
const relatedOf = async (event: Event, { id, mergedIds, mergedIntoId, resolvedAt }: IncidentReport) => {
  const get = (id: IncidentReport["id"]) => attempt(event, (api) => api.incidents.get({ params: { id } }))
  const open = (status: "open" | "acknowledged") =>
    attempt(event, (api) => api.incidents.list({ query: { status, perPage: offered } }))
  const [into, merged, others] = await Promise.all([
    mergedIntoId === null ? undefined : get(mergedIntoId),
    Promise.all(mergedIds.slice(0, named).map(get)),
    resolvedAt === null && mergedIntoId === null ? Promise.all([open("open"), open("acknowledged")]) : []
  ])
  const told = ({
    id,
    monitorName,
    startedAt,
    trigger
  }: Pick<IncidentReport, "id" | "monitorName" | "startedAt" | "trigger">) => ({
    id,
    monitorName,
    startedAt,
    trigger
  })
  return {
    into: into?.ok ? told(into.value) : null,
    merged: merged.flatMap((answer) => (answer.ok ? [told(answer.value)] : [])),
    mergeable: others
      .flatMap((answer) => (answer.ok ? answer.value.items : []))
      .filter((other) => other.id !== id && other.mergedIntoId === null)
      .map(told)
  }
}

export const actions: Actions = incidentActions
