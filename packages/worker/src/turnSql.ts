/**
 * SQL of the turns of incidents: opening, ending, and whom to tell. Common table expressions over one named `moved`, whose
 * rows say of a monitor: `event` (went-down, recovered or NULL) and when (`event_ms`), `cause_code`, `cause_message`,
 * `evidence`, and its newest check (`check_status`, `checked_ms`, `http_status`, `total_us`, `error_code`, `error_message`).
 * Repeating it is harmless: at most one incident is open, and each channel is told of each turn once.
 */
import { incidentEvent } from "@v-insight/database/repo/incidentEvent"

/** Tenants per `live` message: 37 bytes each, PostgreSQL takes 8,000. */
const tenantsPerMessage = 150

const event = incidentEvent({
  type: "t.type",
  status: "i.status",
  at: "i.turned_at",
  check: `json_build_object('status', d.check_status, 'checkedAt', rfc3339(from_millis(d.checked_ms)),
    'httpStatus', d.http_status, 'totalUs', d.total_us,
    'error', CASE WHEN d.error_code IS NULL THEN NULL
                  ELSE json_build_object('code', d.error_code, 'message', d.error_message) END)`
})

/** The last of them is `live`, which must be read for everybody to be told. */
export const turnSql = `
      opened AS (
        INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message, evidence)
        SELECT d.tenant_id, uuid_v7(), d.monitor_id, from_millis(d.event_ms), d.cause_code, d.cause_message, d.evidence
        FROM moved d
        -- removed while the check was under way: nobody would ever close it
        JOIN monitors mo ON mo.tenant_id = d.tenant_id AND mo.id = d.monitor_id AND mo.deleted_at IS NULL
        WHERE d.event = 'went-down'
        ON CONFLICT (tenant_id, monitor_id, coalesce(rule_id, '00000000-0000-0000-0000-000000000000')) WHERE resolved_at IS NULL DO NOTHING
        RETURNING tenant_id, id, monitor_id, started_at, cause_code, cause_message
      ), closed AS (
        UPDATE incidents i
        SET resolved_at = from_millis(m.event_ms), updated_at = clock_timestamp()
        FROM moved m
        WHERE m.event = 'recovered'
          AND i.tenant_id = m.tenant_id
          AND i.monitor_id = m.monitor_id
          AND i.resolved_at IS NULL
        RETURNING i.tenant_id, i.id, i.monitor_id, i.started_at, i.resolved_at, i.cause_code, i.cause_message
      ), turned AS (
        SELECT tenant_id, id, monitor_id, 'incident.opened' AS type, 'open' AS status, started_at, NULL::timestamptz AS resolved_at,
          started_at AS turned_at, cause_code, cause_message
        FROM opened
        UNION ALL
        SELECT tenant_id, id, monitor_id, 'incident.resolved', 'resolved', started_at, resolved_at, resolved_at, cause_code, cause_message
        FROM closed
      ), told AS (
        -- an opening goes to the channels of every matching rule, a recovery to those who were told of the opening
        SELECT o.tenant_id, o.id AS incident_id, rc.channel_id, 'incident.opened' AS type
        FROM opened o
        JOIN monitors mo ON mo.tenant_id = o.tenant_id AND mo.id = o.monitor_id
        JOIN alert_rules r ON r.tenant_id = o.tenant_id AND r.trigger = 'down' AND r.enabled AND r.deleted_at IS NULL
        JOIN alert_rule_channels rc ON rc.tenant_id = r.tenant_id AND rc.alert_rule_id = r.id
        WHERE r.tags && mo.tags
          OR EXISTS (SELECT 1 FROM alert_rule_monitors rm
                     WHERE rm.tenant_id = r.tenant_id AND rm.alert_rule_id = r.id AND rm.monitor_id = o.monitor_id)
          OR (r.tags = '{}' AND NOT EXISTS (SELECT 1 FROM alert_rule_monitors rm
                                            WHERE rm.tenant_id = r.tenant_id AND rm.alert_rule_id = r.id))
        UNION
        SELECT c.tenant_id, c.id, n.channel_id, 'incident.resolved'
        FROM closed c
        JOIN notifications n ON n.tenant_id = c.tenant_id AND n.incident_id = c.id AND n.type = 'incident.opened'
      ), notified AS (
        INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event)
        SELECT t.tenant_id, uuid_v7(), t.incident_id, t.channel_id, t.type,
          ${event}
        FROM told t
        JOIN turned i ON i.tenant_id = t.tenant_id AND i.id = t.incident_id AND i.type = t.type
        JOIN moved d ON d.tenant_id = i.tenant_id AND d.monitor_id = i.monitor_id
        JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id
        JOIN alert_channels c ON c.tenant_id = t.tenant_id AND c.id = t.channel_id AND c.enabled AND c.deleted_at IS NULL
        ON CONFLICT (tenant_id, incident_id, channel_id, type, sequence) DO NOTHING
      ), live AS (
        SELECT pg_notify('live', string_agg(tenant_id::text, ','))
        FROM (SELECT tenant_id, (row_number() OVER ()) / ${tenantsPerMessage} AS message
              FROM (SELECT DISTINCT tenant_id FROM moved) AS tenant) AS numbered
        GROUP BY message
      )`
