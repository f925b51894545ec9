/** One incident: what happened, why somebody was told, what changed. */
import type { Monitor } from "@v-insight/domain/model/Monitor"
import { ask, attempt } from "#lib/server/api.ts"
import { evidence } from "#lib/incidents/evidence.ts"
import { compared } from "#lib/incidents/report.ts"
import { why } from "#lib/incidents/why.ts"
import { pack } from "#lib/charts/points.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse } from "#lib/server/forms.ts"
import { incidentId } from "#lib/server/ids.ts"
import { isJob } from "#lib/words/check.ts"
import type { Actions, PageServerLoad } from "./$types"

/** Around the turn, for the small picture. */
const pictured = 60
/** Checks up to half a picture after the turn: far more than the tries that made it. */
const looked = 200
/** Of a monitor that is gone. */
const usualSeconds = 60

export const load: PageServerLoad = async (event) => {
  event.depends("vinsight:live")
  const id = incidentId(event.params.id)
  const incident = await ask(event, (api) => api.incidents.get({ params: { id } }))
  const params = { id: incident.monitorId }
  // The monitor may be gone; its incident stays.
  const [notifications, monitor] = await Promise.all([
    ask(event, (api) => api.incidents.notifications({ params: { id } })),
    attempt(event, (api) => api.monitors.get({ params }))
  ])
  const after = (pictured / 2) * (monitor.ok ? monitor.value.intervalSeconds : usualSeconds) * 1000
  const to = new Date(Date.parse(incident.startedAt) + after).toISOString()
  const stretch = await attempt(event, (api) => api.monitors.checks({ params, query: { limit: looked, to } }))
  const checks = stretch.ok ? stretch.value.items : []
  const found = evidence(checks, incident.startedAt)
  const turn = found === undefined ? -1 : checks.indexOf(found.bad)
  const { evidence: kept, ...rest } = incident
  const bad = kept?.firstBad.detail ?? null
  return {
    title: `Incident: ${incident.monitorName}`,
    incident: rest,
    notifications,
    monitor: monitor.ok
      ? { id: monitor.value.id, status: monitor.value.status, inverted: monitor.value.inverted }
      : null,
    evidence: compared(incident, found) ?? null,
    // What did not hold comes first.
    verdicts: (bad?.assertions ?? []).toSorted((a, b) => Number(a.isMet) - Number(b.isMet)),
    response: bad?.response ?? null,
    around: pack(turn < 0 ? [] : checks.slice(Math.max(0, turn - pictured / 2), turn + pictured / 2)),
    why: why({
      incident,
      confirmations: monitor.ok ? confirmationsOf(monitor.value) : undefined,
      checks,
      notifications
    })
  }
}

/** What a job says needs no confirmation. */
const confirmationsOf = ({ confirmations, type }: Monitor): number => (isJob(type) ? 0 : confirmations)

export const actions: Actions = {
  acknowledge: async (event) => {
    const id = incidentId(event.params.id)
    const answer = await attempt(event, (api) => api.incidents.acknowledge({ params: { id } }))
    if (!answer.ok) return refuse(event, answer.problem, {})
    setFlash(event.cookies, event.url, { message: "Acknowledged: others see that you have it." })
    return { done: true }
  },
  resolve: async (event) => {
    const id = incidentId(event.params.id)
    const answer = await attempt(event, (api) => api.incidents.resolve({ params: { id } }))
    if (!answer.ok) return refuse(event, answer.problem, {})
    setFlash(event.cookies, event.url, { message: "Resolved. It opens again only after the monitor was up once." })
    return { done: true }
  }
}
