/** Rows for tests of escalations: an open incident with a rule that has a policy, and the people whom it names. */
import { PgClient } from "@effect/sql-pg"
import type { EscalationStep } from "@v-insight/domain/model/EscalationPolicy"
import { Effect } from "effect"
import { asSuperuser, insertMonitor, insertRule, newId } from "./Seed.ts"

export type StepSeed = { readonly waitSeconds: number; readonly targets: ReadonlyArray<Record<string, string>> }

export const insertPerson = Effect.fnUntraced(
  function* (tenantId: string, name: string, channelIds: ReadonlyArray<string> = []) {
    const sql = yield* PgClient.PgClient
    const id = newId()
    const email = `${name}@${tenantId.slice(-6)}.example`
    yield* sql`INSERT INTO users (id, email, password_hash) VALUES (${id}, ${email}, 'none')`
    yield* sql`INSERT INTO memberships (tenant_id, user_id, role) VALUES (${tenantId}, ${id}, 'editor')`
    for (const channelId of channelIds) {
      yield* sql`INSERT INTO user_contacts (tenant_id, user_id, channel_id) VALUES (${tenantId}, ${id}, ${channelId})`
    }
    return { id, email }
  },
  asSuperuser,
  Effect.orDie
)

export const insertChannel = Effect.fnUntraced(
  function* (tenantId: string, name: string, url = "http://127.0.0.1:9/") {
    const sql = yield* PgClient.PgClient
    const id = newId()
    yield* sql`
      INSERT INTO alert_channels (tenant_id, id, name, type, settings)
      VALUES (${tenantId}, ${id}, ${name}, 'webhook', ${JSON.stringify({ url })}::jsonb)`
    return id
  },
  asSuperuser,
  Effect.orDie
)

/** Around the clock, a week each. */
export const insertSchedule = Effect.fnUntraced(
  function* (tenantId: string, name: string, userIds: ReadonlyArray<string>, startsAt = "2026-01-05T08:00:00.000Z") {
    const sql = yield* PgClient.PgClient
    const id = newId()
    const layers = [{ name: "All", userIds, startsAt, turn: { unit: "week", count: 1 }, hours: null }]
    yield* sql`
      INSERT INTO on_call_schedules (tenant_id, id, name, time_zone, layers)
      VALUES (${tenantId}, ${id}, ${name}, 'Europe/Berlin', ${JSON.stringify(layers)}::jsonb)`
    return id
  },
  asSuperuser,
  Effect.orDie
)

export const insertPolicy = Effect.fnUntraced(
  function* (tenantId: string, steps: ReadonlyArray<StepSeed | EscalationStep>, repeats = 0) {
    const sql = yield* PgClient.PgClient
    const id = newId()
    yield* sql`
      INSERT INTO escalation_policies (tenant_id, id, name, steps, repeats)
      VALUES (${tenantId}, ${id}, 'Wake somebody', ${JSON.stringify(steps)}::jsonb, ${repeats})`
    return id
  },
  asSuperuser,
  Effect.orDie
)

/** As a decision writes it: an incident, and the escalation of a rule of its own. */
export const insertEscalation = Effect.fnUntraced(
  function* (tenantId: string, policyId: string) {
    const sql = yield* PgClient.PgClient
    const monitor = yield* insertMonitor({ tenantId, intervalSeconds: 86_400 })
    const { ruleId } = yield* insertRule(tenantId, "http://127.0.0.1:9/", ["none"])
    const incidentId = newId()
    yield* sql`
      INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
      VALUES (${tenantId}, ${incidentId}, ${monitor.id}, now(), 'refused', 'The connection was refused.')`
    yield* sql`
      INSERT INTO escalations (tenant_id, incident_id, policy_id, rule_id, starts_at)
      VALUES (${tenantId}, ${incidentId}, ${policyId}, ${ruleId}, now())`
    return { tenantId, incidentId, policyId, ruleId, monitorId: monitor.id }
  },
  asSuperuser,
  Effect.orDie
)

export interface Outcome {
  /** Of the incident's timeline, in order. */
  readonly timeline: ReadonlyArray<string>
  /** Names of the channels that were told, with how often before. */
  readonly told: ReadonlyArray<string>
  readonly isStarted: boolean
  readonly isEnded: boolean
}

export const outcomeOf = Effect.fnUntraced(
  function* ({ incidentId, tenantId }: { readonly incidentId: string; readonly tenantId: string }) {
    const sql = yield* PgClient.PgClient
    const [row] = yield* sql<Outcome>`
      SELECT
        ARRAY(SELECT message FROM incident_events WHERE tenant_id = e.tenant_id AND incident_id = e.incident_id
              AND kind = 'escalated' ORDER BY created_at, id) AS timeline,
        ARRAY(SELECT c.name || ' ' || n.sequence FROM notifications n
              JOIN alert_channels c ON c.tenant_id = n.tenant_id AND c.id = n.channel_id
              WHERE n.tenant_id = e.tenant_id AND n.incident_id = e.incident_id AND n.type = 'incident.escalated'
              ORDER BY n.created_at, n.sequence, c.name) AS told,
        e.relayed_at IS NOT NULL AS "isStarted",
        e.ended_at IS NOT NULL AS "isEnded"
      FROM escalations e
      WHERE e.tenant_id = ${tenantId} AND e.incident_id = ${incidentId}`
    return row!
  },
  asSuperuser,
  Effect.orDie
)
