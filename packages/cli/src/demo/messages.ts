/** Who was told of made-up incidents, why, and what the receivers answered to each attempt. */
import { incidentEvent } from "@v-insight/database/repo/incidentEvent"
import { rfc3339 } from "@v-insight/database/repo/instant"
import { Effect } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { type MadeAlerts, toldBy } from "./alerts.ts"
import { between, type Chance, chanceOf } from "./chance.ts"
import type { MadeIncident } from "./incidents.ts"
import type { Watched } from "./Watched.ts"

export interface Telling {
  readonly tenantId: string
  readonly seed: number
  readonly now: number
  readonly estate: ReadonlyArray<Watched>
  readonly alerts: MadeAlerts
}

export const writeMessages = Effect.fn("demo.writeMessages")(function* (
  incidents: ReadonlyArray<MadeIncident>,
  telling: Telling
) {
  const sql = yield* SqlClient.SqlClient
  const { estate, seed, tenantId } = telling
  const chance = chanceOf(`${seed} messages`)
  const tags = new Map(estate.map(({ key, tags }) => [key, tags]))
  const told = incidents.flatMap((incident) =>
    toldBy(tags.get(incident.key) ?? []).flatMap((matched) => messagesOf(incident, matched, telling, chance))
  )
  const event = sql.literal(
    incidentEvent({
      type: "t.type",
      status: "CASE WHEN t.type = 'incident.opened' THEN 'open' ELSE 'resolved' END",
      at: "from_millis(t.at)",
      check: "NULL"
    })
  )
  yield* sql`
    INSERT INTO notifications (tenant_id, id, incident_id, channel_id, rule_id, type, event, status, attempts, last_error,
      response_status, reasons, due_at, created_at, relayed_at, sent_at)
    SELECT i.tenant_id, t.id, i.id, t."channelId", t."ruleId", t.type, ${event}, t.status, t.attempts, t.error, t.answer,
      t.reasons, from_millis(t.at), from_millis(t.at), from_millis(t.at),
      CASE WHEN t.status = 'sent' THEN from_millis(t."sentAt") END
    FROM json_to_recordset(${JSON.stringify(told)}::json) AS t(id uuid, "incidentId" uuid, "channelId" uuid,
      "ruleId" uuid, type text, status text, attempts integer, error text, answer integer, reasons jsonb, at bigint,
      "sentAt" bigint)
    JOIN incidents i ON i.tenant_id = ${tenantId} AND i.id = t."incidentId"
    JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id`
  yield* sql`
    INSERT INTO delivery_attempts (tenant_id, id, notification_id, attempt, attempted_at, duration_ms, response_status,
      answer, error_code, error_message)
    SELECT ${tenantId}, uuid_v7(), a.id, a.attempt, from_millis(a.at), a."tookMs", a.status, a.answer, a.code, a.message
    FROM json_to_recordset(${JSON.stringify(told.flatMap(({ tries }) => tries))}::json) AS a(id uuid, attempt integer,
      at bigint, "tookMs" integer, status integer, answer text, code text, message text)`
})

/** The chat of the warehouse moved so many days ago, and nobody has told V-Insight. */
const movedDaysAgo = 18
const dayMs = 86_400_000

const messagesOf = (
  { id: incidentId, resolvedAt, startedAt }: MadeIncident,
  { channel, rule, why }: ReturnType<typeof toldBy>[number],
  { alerts: { channelIds, ruleIds }, now }: Telling,
  chance: Chance
) =>
  (
    [
      ["incident.opened", startedAt],
      ["incident.resolved", resolvedAt]
    ] as const
  ).flatMap(([type, turnedAt]) => {
    if (turnedAt === null) return []
    const isGone = channel === "Warehouse chat" && turnedAt > now - movedDaysAgo * dayMs
    // Who could not be told of the failure is not told of its end.
    if (isGone && type === "incident.resolved" && startedAt > now - movedDaysAgo * dayMs) return []
    const id = uuidV7Unsafe()
    const at = turnedAt + 300
    const tries = isGone ? [refused(id, at, chance)] : answered(id, at, chance)
    const last = tries.at(-1)!
    return {
      id,
      incidentId,
      channelId: channelIds[channel],
      ruleId: ruleIds[rule],
      type,
      at,
      reasons: reasonsOf(type, why, at),
      tries,
      attempts: tries.length,
      sentAt: last.at + last.tookMs,
      status: isGone ? "failed" : "sent",
      error: last.message,
      answer: last.status
    }
  })

/** As the worker writes them (worker/turnSql, domain/rules/dispatch). */
const reasonsOf = (type: "incident.opened" | "incident.resolved", why: string, at: number) =>
  (type === "incident.opened"
    ? [
        ["rule_matched", why],
        ["told", "Told: nothing held it back."]
      ]
    : [
        ["told_of_opening", "This channel is told of the end because it was told of the beginning."],
        ["told_of_failure", "Told, as this channel was told of the failure."]
      ]
  ).map(([code, message]) => ({ code, message, at: rfc3339(at) }))

interface Try {
  readonly id: string
  readonly attempt: number
  readonly at: number
  readonly tookMs: number
  readonly status: number
  readonly answer: string
  readonly code: string | null
  readonly message: string | null
}

const refused = (id: string, at: number, chance: Chance): Try => ({
  id,
  attempt: 1,
  at,
  tookMs: Math.round(between(chance, 20, 90)),
  status: 410,
  answer: '{"error":"This room has moved."}',
  code: "unexpected_status",
  message: "The receiver answered 410, expected 2xx."
})

/** Now and then a receiver is busy at first. */
const answered = (id: string, at: number, chance: Chance): ReadonlyArray<Try> => {
  const tookMs = Math.round(between(chance, 40, 300))
  const good = { id, tookMs, status: 204, answer: "", code: null, message: null }
  if (chance() >= 0.06) return [{ ...good, attempt: 1, at }]
  const waitMs = Math.round(between(chance, 1_000, 2_000))
  const busy = { id, tookMs: 35, status: 503, answer: "busy", code: "unexpected_status" }
  const message = "The receiver answered 503, expected 2xx."
  return [
    { ...busy, attempt: 1, at, message },
    { ...busy, attempt: 2, at: at + waitMs, message },
    { ...good, attempt: 3, at: at + 3 * waitMs }
  ]
}
