/** Asks the tables, and nobody else, whether what was promised was kept. */
import type { BelievedStatus, State } from "@v-insight/domain/rules/decide"
import { decideAgain } from "@v-insight/domain/rules/decisionRecord"
import type { CheckStatus } from "@v-insight/domain/model/CheckOutcome"
import { isDeepStrictEqual } from "node:util"
import type { Database } from "./database.ts"
import { type Effects, exitLimitMs } from "./faults/Fault.ts"
import type { Monitor } from "./monitors.ts"
import { replay } from "./replay.ts"
import type { Delivery } from "./target.ts"

/** A quick confirmation waits and tries again (worker/Checker): a check with n tries began so much before it ended. */
const confirmationMs = 2_100
/** What was due so shortly before a fault may have been checked and not yet written: it is the fault's. */
const unwrittenMs = 1_500

/** A fault, from its beginning until the next one's. Epoch milliseconds. */
export interface Act {
  readonly name: string
  readonly since: number
  readonly until: number
  /** Until everything was watched again; undefined: it never was. */
  readonly calmMs: number | undefined
  readonly effects: Effects
}

/** What the checks tell of an act. */
export interface Figure {
  readonly act: Act
  /** The longest that a monitor was not watched beyond its interval, milliseconds. */
  blindMs: number
  missedSlots: number
  missedInARow: number
  unknown: number
}

export interface Row {
  readonly monitor: string
  readonly slot: number
  readonly checkedAt: number
  readonly status: CheckStatus
  readonly attempts: number
  readonly code: string | null
  readonly message: string | null
}

export interface StateRow extends State {
  readonly monitor: string
  readonly lastSlot: number
  readonly status: BelievedStatus
}

export interface Evidence {
  readonly monitors: ReadonlyArray<Monitor>
  readonly acts: ReadonlyArray<Act>
  readonly seen: ReadonlySet<string>
  readonly deliveries: ReadonlyArray<Delivery>
  /** Writes of workers that did not own the bucket; undefined: nobody looked. */
  readonly trespasses: number | undefined
}

export interface Tables {
  /** Of each monitor in the order of slots. */
  readonly rows: ReadonlyArray<Row>
  readonly states: ReadonlyArray<StateRow>
  /** `key`: monitor, start, end or "open", cause. */
  readonly incidents: ReadonlyArray<{ readonly id: string; readonly key: string }>
  /** `key`: monitor, when, and what; `record` as it is stored. */
  readonly decisions: ReadonlyArray<{ readonly key: string; readonly record: string }>
  /** `key`: incident and type. */
  readonly notifications: ReadonlyArray<{
    readonly id: string
    readonly key: string
    readonly status: string
    /** When its delivery was recorded, epoch milliseconds. */
    readonly sentAt: number | null
  }>
}

export interface Verdict {
  readonly figures: ReadonlyArray<Figure>
  readonly totals: Readonly<Record<string, number>>
  readonly complaints: ReadonlyArray<string>
}

export const readTables = async ({ query }: Database): Promise<Tables> => ({
  rows: await query<Row>(
    `SELECT monitor_id AS monitor, to_millis(slot)::float8 AS slot, to_millis(checked_at)::float8 AS "checkedAt", status,
       attempts::int, error_code AS code, error_message AS message
     FROM check_results ORDER BY monitor_id, slot, checked_at`
  ),
  states: await query<StateRow>(
    `SELECT monitor_id AS monitor, last_slot_ms::float8 AS "lastSlot", status, since_ms::float8 AS since, failures,
       successes, is_incident_open AS "isIncidentOpen", memory ->> 'notedIn' AS "notedIn",
       coalesce(memory -> 'flapping', '{"turns":[],"since":null,"isWell":false}') AS flapping FROM monitor_state`
  ),
  incidents: await query(
    `SELECT id, monitor_id || ' ' || to_millis(started_at) || ' ' || coalesce(to_millis(resolved_at)::text, 'open')
       || ' ' || cause_code || ' ' || cause_message AS key FROM incidents`
  ),
  decisions: await query(
    `SELECT monitor_id || ' ' || to_millis(decided_at) || ' ' || kind AS key, record::text AS record FROM decisions`
  ),
  notifications: await query(
    "SELECT id, incident_id || ' ' || type AS key, status, to_millis(sent_at)::float8 AS \"sentAt\" FROM notifications"
  )
})

/** `slack`: how much longer everything may take, on a machine that does other things too. Nothing else is forgiven. */
export const judge = (
  { acts, deliveries, monitors, seen, trespasses }: Evidence,
  { decisions, incidents, notifications, rows, states }: Tables,
  slack = 1
): Verdict => {
  const figures = acts.map((act): Figure => ({ act, blindMs: 0, missedSlots: 0, missedInARow: 0, unknown: 0 }))
  const complaints: Array<string> = []
  const expectedIncidents = new Set<string>()
  const expectedDecisions = new Set<string>()
  const stateOf = new Map(states.map((state) => [state.monitor, state]))
  const rowsOf = Map.groupBy(rows, ({ monitor }) => monitor)
  const known = new Set(rows.map(({ monitor, slot }) => `${monitor}/${slot}`))
  let falseAlarms = 0

  for (const monitor of monitors) {
    const own = rowsOf.get(monitor.id) ?? []
    measureGaps(monitor, own, figures)
    const replayed = replay(monitor, own)
    for (const incident of replayed.incidents) expectedIncidents.add(incident)
    for (const decision of replayed.decisions) expectedDecisions.add(decision)
    const stored = stateOf.get(monitor.id)
    if (stored === undefined || !isSame(stored, { ...replayed.state, lastSlot: replayed.lastSlot })) {
      complaints.push(`the state of ${monitor.id} is not what its checks lead to`)
    }
    if (!monitor.isFlaky) falseAlarms += own.filter(({ status }) => status === "down").length
  }
  const duplicates = rows.length - known.size
  const lost = [...seen].filter((key) => !known.has(key)).length
  const open = Map.groupBy(
    incidents.filter(({ key }) => key.includes(" open ")),
    ({ key }) => key.split(" ")[0]
  )
  const openTwice = [...open.values()].filter(({ length }) => length > 1).length
  const differing = symmetricDifference(new Set(incidents.map(({ key }) => key)), expectedIncidents)
  const undecided =
    symmetricDifference(new Set(decisions.map(({ key }) => key)), expectedDecisions) +
    (decisions.length - new Set(decisions.map(({ key }) => key)).size)
  const irreproducible = decisions.filter(({ record }) => decideAgain(record) !== record).length
  const expectedTold = new Set(
    incidents.flatMap(({ id, key }) =>
      key.includes(" open ") ? [`${id} incident.opened`] : [`${id} incident.opened`, `${id} incident.resolved`]
    )
  )
  const toldDiffering =
    symmetricDifference(new Set(notifications.map(({ key }) => key)), expectedTold) +
    (notifications.length - new Set(notifications.map(({ key }) => key)).size)
  const sent = notifications.filter(({ status }) => status === "sent")
  const received = new Set(deliveries.map(({ id }) => id))
  const neverReceived = sent.filter(({ id }) => !received.has(id)).length
  const outOfOrder = countOutOfOrder(deliveries)

  const require = (count: number, what: string): void => void (count > 0 && complaints.push(`${count} ${what}`))
  require(duplicates, "slots were written twice")
  require(lost, "results that were committed are gone")
  require(trespasses ?? 0, "writes came from a worker that did not own the bucket")
  require(openTwice, "monitors have more than one open incident")
  require(differing, "incidents are not what the checks lead to")
  require(undecided, "decisions are not what the checks lead to")
  require(irreproducible, "decisions come out otherwise when they are made again")
  require(toldDiffering, "notifications are not what the incidents lead to")
  require(falseAlarms, "checks of healthy targets say down")
  require(neverReceived, "notifications count as sent and never came")
  require(outOfOrder, "incidents were told to be over before they were told of")
  require(notifications.filter(({ status }) => status === "failed").length, "notifications were given up")
  complaints.push(...needlessRepeats(deliveries, acts))
  for (const { act, blindMs } of figures) complaints.push(...complaintsOf(act, blindMs, slack))

  return {
    figures,
    totals: {
      results: rows.length,
      incidents: incidents.length,
      decisions: decisions.length,
      notifications: notifications.length,
      "delivered more than once": deliveries.length - received.size,
      ...windowOf(deliveries, notifications),
      "slots twice": duplicates,
      "committed and gone": lost,
      "open twice": openTwice,
      "replay differs": differing + undecided + irreproducible + toldDiffering,
      "false alarms": falseAlarms,
      ...(trespasses === undefined ? {} : { trespasses })
    },
    complaints
  }
}

/** Each gap counts for the first act that it reaches into. */
const measureGaps = (monitor: Monitor, rows: ReadonlyArray<Row>, figures: ReadonlyArray<Figure>): void => {
  const first = figures[0]!
  const last = figures.at(-1)!
  const begin = { checkedAt: first.act.since - monitor.intervalMs, slot: undefined, attempts: 1 }
  const end = { checkedAt: last.act.since, slot: undefined, status: undefined }
  let previous: { readonly checkedAt: number; readonly slot: number | undefined; readonly attempts: number } = begin
  for (const row of [...rows, end]) {
    const excused = monitor.intervalMs + (previous.attempts - 1) * confirmationMs
    const blindMs = row.checkedAt - previous.checkedAt - excused
    const missed =
      row.slot === undefined || previous.slot === undefined
        ? 0
        : Math.max(0, Math.round((row.slot - previous.slot) / monitor.intervalMs) - 1)
    const dueAt = previous.checkedAt + excused
    const figure = figures.find(({ act }) => act.until >= dueAt + unwrittenMs) ?? last
    figure.blindMs = Math.max(figure.blindMs, blindMs)
    figure.missedSlots += missed
    figure.missedInARow = Math.max(figure.missedInARow, missed)
    if (row.status === "unknown") figure.unknown++
    if (row.slot !== undefined) previous = row
  }
}

const complaintsOf = (
  { calmMs, effects: { blindLimitMs, exits = [], trouble }, name }: Act,
  blindMs: number,
  slack: number
): ReadonlyArray<string> => [
  ...(trouble === undefined ? [] : [`${name}: ${trouble}`]),
  ...(calmMs === undefined ? [`${name}: not everything was watched again`] : []),
  ...(blindMs > blindLimitMs * slack
    ? [`${name}: a monitor was not watched for ${blindMs} ms beyond its interval`]
    : []),
  ...exits
    .filter(({ code, ms }) => code !== 0 || ms > exitLimitMs * slack)
    .map(({ code, ms, name: worker }) => `${name}: ${worker} ended with ${code} after ${ms.toFixed(0)} ms`)
]

const isSame = (stored: StateRow, expected: State & { readonly lastSlot: number }): boolean =>
  Object.entries(expected).every(([name, value]) => isDeepStrictEqual(stored[name as keyof StateRow], value))

const symmetricDifference = (a: ReadonlySet<string>, b: ReadonlySet<string>): number =>
  [...a].filter((key) => !b.has(key)).length + [...b].filter((key) => !a.has(key)).length

/** From a message's arrival to the record of it: whoever dies in between leaves it to be told again. */
const windowOf = (deliveries: ReadonlyArray<Delivery>, notifications: Tables["notifications"]) => {
  const arrivedAt = new Map(deliveries.toReversed().map(({ at, id }) => [id, at]))
  const windows = notifications
    .flatMap(({ id, sentAt }) => {
      const at = arrivedAt.get(id)
      return at === undefined || sentAt === null ? [] : [sentAt - at]
    })
    .sort((a, b) => a - b)
  const at = (share: number): number => windows[Math.floor((windows.length - 1) * share)] ?? 0
  return { "ms from arrival to record, median": at(0.5), "of 99 %": at(0.99) }
}

/** A message may come twice only because a process died between its delivery and the record of it (R5). */
const needlessRepeats = (deliveries: ReadonlyArray<Delivery>, acts: ReadonlyArray<Act>): ReadonlyArray<string> =>
  [...Map.groupBy(deliveries, ({ id }) => id).values()].flatMap((same) => {
    const [first, second] = same
    if (first === undefined || second === undefined) return []
    const act = acts.find(({ until }) => until >= first.at + unwrittenMs)
    return act?.effects.mayRepeat === true
      ? []
      : [`${act?.name}: ${first.type} came again after ${second.at - first.at} ms`]
  })

const countOutOfOrder = (deliveries: ReadonlyArray<Delivery>): number => {
  const opened = new Set<string>()
  let wrong = 0
  for (const { incidentId, type } of deliveries) {
    if (type === "incident.opened") opened.add(incidentId)
    else if (!opened.has(incidentId)) wrong++
  }
  return wrong
}
