/** How a person ends incidents: the rows, and the messages to those who were told of their beginning. */
import type { SqlClient } from "effect/sql"
import { Effect } from "effect"
import { writeAct } from "./incidentActs.ts"
import { incidentEvent, toldOfBeginning, toldOfOpening } from "./incidentEvent.ts"

export interface Ending {
  readonly tenantId: string
  /** Who ends it. */
  readonly userId: string
  /** Open ones only; any other is left as it is. */
  readonly incident: { readonly id: string } | { readonly ofMonitor: string } | { readonly ofRulesOf: string }
}

/**
 * Answers with the ids of the incidents that ended. The worker writes the same message when a monitor recovers by itself
 * (worker/turnSql): to every channel that was told of the beginning and still wants messages.
 */
export const make = (sql: SqlClient.SqlClient) => {
  const write = writeAct(sql)
  // No check ended it.
  const event = sql.literal(
    incidentEvent({ type: "'incident.resolved'", status: "'resolved'", at: "i.resolved_at", check: "NULL" })
  )
  return Effect.fnUntraced(function* ({ tenantId, userId, incident }: Ending) {
    const [which, message] =
      "id" in incident
        ? [sql`id = ${incident.id}`, "Resolved by hand."]
        : "ofMonitor" in incident
          ? [sql`monitor_id = ${incident.ofMonitor}`, "Resolved: the monitor was removed."]
          : [sql`monitor_id = ${incident.ofRulesOf} AND rule_id IS NOT NULL`, judgedElsewhere]
    const ended = yield* sql<{ id: string }>`
      UPDATE incidents
      SET resolved_at = clock_timestamp(), resolved_by = ${userId}, updated_at = clock_timestamp()
      WHERE tenant_id = ${tenantId} AND ${which} AND resolved_at IS NULL
      RETURNING id`
    if (ended.length === 0) return []
    const ids = ended.map(({ id }) => id)
    yield* Effect.forEach(ids, (id) => write(tenantId, id, { kind: "resolved", userId, message }), { discard: true })
    const told = yield* sql`
      INSERT INTO notifications (tenant_id, id, incident_id, channel_id, rule_id, type, event, reasons)
      SELECT
        i.tenant_id, uuid_v7(), i.id, n.channel_id, n.rule_id, 'incident.resolved',
        ${event},
        ${sql.literal(toldOfOpening("i.resolved_at"))}
      FROM incidents i
      JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id
      JOIN (
        SELECT DISTINCT ON (incident_id, channel_id) incident_id, channel_id, rule_id
        FROM notifications n
        WHERE tenant_id = ${tenantId} AND incident_id = ANY (${ids}::uuid[]) AND ${sql.literal(toldOfBeginning("n"))}
        ORDER BY incident_id, channel_id, created_at, id
      ) n ON n.incident_id = i.id
      JOIN alert_channels c ON c.tenant_id = i.tenant_id AND c.id = n.channel_id AND c.enabled AND c.deleted_at IS NULL
      WHERE i.tenant_id = ${tenantId} AND i.id = ANY (${ids}::uuid[])
      ON CONFLICT (tenant_id, incident_id, channel_id, type, sequence) DO NOTHING
      RETURNING id`
    if (told.length > 0) yield* sql`SELECT pg_notify('notifications_pending', '')`
    return ids
  })
}

const judgedElsewhere =
  "Resolved: the monitor's first region is another one now. Its rules are judged there, and begin anew."
