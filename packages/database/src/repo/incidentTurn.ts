/** How a person ends an incident: the row, and the messages to those who were told of its beginning. */
import type { SqlClient } from "effect/sql"
import { Effect } from "effect"
import { incidentEvent } from "./incidentEvent.ts"

export interface Ending {
  readonly tenantId: string
  /** Who ends it. */
  readonly userId: string
  /** Open ones only; any other is left as it is. */
  readonly incident: { readonly id: string } | { readonly ofMonitor: string }
}

/**
 * Answers with the id of the incident that ended, if one did. The worker writes the same message when a monitor recovers
 * by itself (worker/FencedWrite): to every channel that has the opening in its ledger and still wants messages.
 */
export const make = (sql: SqlClient.SqlClient) => {
  // No check ended it.
  const event = sql.literal(
    incidentEvent({ type: "'incident.resolved'", status: "'resolved'", at: "i.resolved_at", check: "NULL" })
  )
  return Effect.fnUntraced(function* ({ tenantId, userId, incident }: Ending) {
    const which = "id" in incident ? sql`id = ${incident.id}` : sql`monitor_id = ${incident.ofMonitor}`
    const [ended] = yield* sql<{ id: string }>`
      UPDATE incidents
      SET resolved_at = clock_timestamp(), resolved_by = ${userId}, updated_at = clock_timestamp()
      WHERE tenant_id = ${tenantId} AND ${which} AND resolved_at IS NULL
      RETURNING id`
    if (ended === undefined) return undefined
    const told = yield* sql`
      INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event)
      SELECT
        i.tenant_id, uuid_v7(), i.id, n.channel_id, 'incident.resolved',
        ${event}
      FROM incidents i
      JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id
      JOIN notifications n ON n.tenant_id = i.tenant_id AND n.incident_id = i.id AND n.type = 'incident.opened'
      JOIN alert_channels c ON c.tenant_id = n.tenant_id AND c.id = n.channel_id AND c.enabled AND c.deleted_at IS NULL
      WHERE i.tenant_id = ${tenantId} AND i.id = ${ended.id}
      ON CONFLICT (tenant_id, incident_id, channel_id, type, sequence) DO NOTHING
      RETURNING id`
    if (told.length > 0) yield* sql`SELECT pg_notify('notifications_pending', '')`
    return ended.id
  })
}
