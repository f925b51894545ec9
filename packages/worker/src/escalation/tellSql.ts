/** The messages of one step of an escalation, and its line in the incident's timeline: within the step's transaction. */
import type { PgClient } from "@effect/sql-pg"
import { incidentEvent } from "@v-insight/database/repo/incidentEvent"
import { Effect } from "effect"

export interface Telling {
  readonly tenantId: string
  readonly incidentId: string
  readonly ruleId: string
  readonly channelIds: ReadonlyArray<string>
  readonly reason: { readonly code: string; readonly message: string; readonly at: string }
  /** RFC 3339. */
  readonly at: string
  readonly sentence: string
}

/** No check led to it: time did. */
const event = incidentEvent({ type: "'incident.escalated'", status: "'open'", at: "x.at", check: "NULL" })

export const tellSql = (sql: PgClient.PgClient, telling: Telling) => {
  const { at, channelIds, incidentId, reason, ruleId, sentence, tenantId } = telling
  const told = sql`
    INSERT INTO notifications (tenant_id, id, incident_id, channel_id, rule_id, type, event, sequence, reasons)
    SELECT i.tenant_id, uuid_v7(), i.id, c.id, ${ruleId}::uuid, 'incident.escalated', ${sql.literal(event)},
      -- how often this channel was told of it by escalations
      1 + coalesce((SELECT max(n.sequence) FROM notifications n
                    WHERE n.tenant_id = i.tenant_id AND n.incident_id = i.id AND n.channel_id = c.id
                      AND n.type = 'incident.escalated'), 0),
      ${JSON.stringify([reason])}::jsonb
    FROM incidents i
    JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id
    JOIN alert_channels c ON c.tenant_id = i.tenant_id
      AND c.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(channelIds)}::jsonb)::uuid)
    CROSS JOIN (SELECT ${at}::timestamptz AS at) AS x
    WHERE i.tenant_id = ${tenantId} AND i.id = ${incidentId}`
  const noted = sql`
    INSERT INTO incident_events (tenant_id, id, incident_id, kind, message)
    VALUES (${tenantId}, uuid_v7(), ${incidentId}, 'escalated', ${sentence})`
  const heard = sql`SELECT pg_notify('notifications_pending', ''), pg_notify('live', ${tenantId})`
  return told.pipe(Effect.andThen(noted), Effect.andThen(heard), Effect.asVoid)
}
