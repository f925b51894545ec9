/**
 * SQL of the turns of incidents: opening, ending, whom to tell, and why. Common table expressions over one named `moved`,
 * whose rows say of a monitor: `turns` (DecidedTurns as the text of json, or NULL), `evidence`, what caused it when the turn does not say
 * (`cause_code`, `cause_message`), and its newest check (`check_status`, `checked_ms`, `http_status`, `total_us`,
 * `error_code`, `error_message`). Repeating it is harmless: at most one incident is open per monitor and rule, and each
 * channel is told of each turn once. It only runs when something turned.
 */
import { incidentEvent } from "@v-insight/database/repo/incidentEvent"
import { groupSql } from "./groupSql.ts"

/** Tenants per `live` message: 37 bytes each, PostgreSQL takes 8,000. */
const tenantsPerMessage = 150
/** Causes of a heartbeat monitor's failure that say: the call did not come. */
const missedCodes = "'heartbeat_late', 'heartbeat_overrun'"

const event = incidentEvent({
  type: "t.type",
  status: "i.status",
  at: "i.turned_at",
  check: `json_build_object('status', d.check_status, 'checkedAt', rfc3339(from_millis(d.checked_ms)),
    'httpStatus', d.http_status, 'totalUs', d.total_us,
    'error', CASE WHEN d.error_code IS NULL THEN NULL
                  ELSE json_build_object('code', d.error_code, 'message', d.error_message) END)`
})

/** Who looks at these tenants hears of it; must be read for that. */
export const liveSql = `
      live AS (
        SELECT pg_notify('live', string_agg(tenant_id::text, ','))
        FROM (SELECT tenant_id, (row_number() OVER ()) / ${tenantsPerMessage} AS message
              FROM (SELECT DISTINCT tenant_id FROM moved) AS tenant) AS numbered
        GROUP BY message
      )`

/** "The rule concerns the monitor", and why: an expression over the rule `r`, the monitor `o` and its scope `s`. */
const why = `format('The alert rule “%s” %s%s', r.name,
          CASE WHEN o.rule_id IS NOT NULL THEN 'found it.'
               WHEN s.is_everything THEN 'is for every monitor.'
               WHEN s.is_named THEN 'names this monitor.'
               ELSE format('is for the tag “%s”, which this monitor carries.', s.tag) END,
          CASE WHEN r.delay_seconds = 0 THEN ''
               WHEN r.delay_seconds % 60 = 0 THEN format(' It tells when it lasts for %s min.', r.delay_seconds / 60)
               ELSE format(' It tells when it lasts for %s s.', r.delay_seconds) END)`

/** Read `live` for everybody to be told. */
export const turnSql = `
      turns AS (
        SELECT d.tenant_id, d.monitor_id, t.trigger, t.rule_id, t.event, t.kind, t.at_ms,
          coalesce(t.cause_code, d.cause_code) AS cause_code, coalesce(t.cause_message, d.cause_message) AS cause_message,
          t.severity, t.reasons, t.record, d.evidence
        FROM moved d
        CROSS JOIN LATERAL json_to_recordset(d.turns::json) AS t(
          trigger text, rule_id uuid, event text, kind text, at_ms bigint, cause_code text, cause_message text,
          severity text, reasons jsonb, record json)
      ), opening AS (
        SELECT t.tenant_id, t.monitor_id, t.trigger, t.rule_id, t.at_ms, t.cause_code, t.cause_message, t.severity, t.evidence,
          m.type, m.tags
        FROM turns t
        -- removed while the check was under way: nobody would ever close it
        JOIN monitors m ON m.tenant_id = t.tenant_id AND m.id = t.monitor_id AND m.deleted_at IS NULL
        WHERE t.event = 'opened'
          AND (t.rule_id IS NULL OR EXISTS (
            SELECT 1 FROM alert_rules r WHERE r.tenant_id = t.tenant_id AND r.id = t.rule_id AND r.deleted_at IS NULL))
      ), matched AS (
        -- the rules that are told of an opening: its own, or of a monitor that went down all that concern it
        SELECT o.tenant_id, o.monitor_id, o.rule_id AS own_rule_id, r.id, r.severity, r.delay_seconds, r.escalation_policy_id,
          ${why} AS why
        FROM opening o
        JOIN alert_rules r ON r.tenant_id = o.tenant_id AND r.enabled AND r.deleted_at IS NULL
          AND CASE WHEN o.rule_id IS NOT NULL THEN r.id = o.rule_id
                   WHEN r.trigger = 'heartbeat_missed' THEN o.type = 'heartbeat' AND o.cause_code IN (${missedCodes})
                   ELSE r.trigger = 'down' END
        CROSS JOIN LATERAL (
          SELECT
            EXISTS (SELECT 1 FROM alert_rule_monitors n
                    WHERE n.tenant_id = r.tenant_id AND n.alert_rule_id = r.id AND n.monitor_id = o.monitor_id) AS is_named,
            (SELECT tag FROM unnest(r.tags) AS tag WHERE tag = ANY (o.tags) ORDER BY tag LIMIT 1) AS tag,
            r.tags = '{}' AND NOT EXISTS (SELECT 1 FROM alert_rule_monitors n
                                          WHERE n.tenant_id = r.tenant_id AND n.alert_rule_id = r.id) AS is_everything
        ) AS s
        WHERE o.rule_id IS NOT NULL OR s.is_named OR s.tag IS NOT NULL OR s.is_everything
      ), ${groupSql}, opened AS (
        INSERT INTO incidents (tenant_id, id, monitor_id, trigger, rule_id, severity, started_at, cause_code, cause_message,
          evidence, group_id)
        SELECT o.tenant_id, uuid_v7(), o.monitor_id, o.trigger, o.rule_id,
          -- as grave as the gravest rule says
          coalesce(
            o.severity,
            (SELECT r.severity FROM matched r
             WHERE r.tenant_id = o.tenant_id AND r.monitor_id = o.monitor_id AND r.own_rule_id IS NOT DISTINCT FROM o.rule_id
             ORDER BY array_position(ARRAY['critical', 'warning', 'info'], r.severity)
             LIMIT 1),
            'critical'),
          from_millis(o.at_ms), o.cause_code, o.cause_message, o.evidence,
          (SELECT g.id FROM chosen c
           JOIN grouped g ON g.tenant_id = c.tenant_id AND g.key = c.key
           WHERE c.tenant_id = o.tenant_id AND c.monitor_id = o.monitor_id AND c.rule_id IS NOT DISTINCT FROM o.rule_id)
        FROM opening o
        ON CONFLICT (tenant_id, monitor_id, coalesce(rule_id, '00000000-0000-0000-0000-000000000000')) WHERE resolved_at IS NULL DO NOTHING
        RETURNING tenant_id, id, monitor_id, rule_id, trigger, severity, started_at, cause_code, cause_message
      ), closed AS (
        UPDATE incidents i
        SET resolved_at = from_millis(t.at_ms), updated_at = clock_timestamp()
        FROM turns t
        WHERE t.event = 'ended'
          AND i.tenant_id = t.tenant_id
          AND i.monitor_id = t.monitor_id
          AND coalesce(i.rule_id, '00000000-0000-0000-0000-000000000000') = coalesce(t.rule_id, '00000000-0000-0000-0000-000000000000')
          AND i.resolved_at IS NULL
        RETURNING i.tenant_id, i.id, i.monitor_id, i.rule_id, i.trigger, i.severity, i.started_at, i.resolved_at, i.cause_code, i.cause_message
      ), worsened AS (
        UPDATE incidents i
        SET cause_code = t.cause_code, cause_message = t.cause_message, updated_at = clock_timestamp()
        FROM turns t
        WHERE t.event = 'worsened'
          AND i.tenant_id = t.tenant_id
          AND i.monitor_id = t.monitor_id
          AND i.rule_id = t.rule_id
          AND i.resolved_at IS NULL
        RETURNING i.tenant_id, i.id, i.monitor_id, i.rule_id, i.trigger, i.severity, i.started_at, i.acknowledged_at,
          from_millis(t.at_ms) AS turned_at, i.cause_code, i.cause_message
      ), turned AS (
        SELECT tenant_id, id, monitor_id, rule_id, trigger, severity, 'incident.opened' AS type, 'open' AS status, started_at,
          NULL::timestamptz AS resolved_at, started_at AS turned_at, cause_code, cause_message
        FROM opened
        UNION ALL
        SELECT tenant_id, id, monitor_id, rule_id, trigger, severity, 'incident.resolved', 'resolved', started_at,
          resolved_at, resolved_at, cause_code, cause_message
        FROM closed
        UNION ALL
        SELECT tenant_id, id, monitor_id, rule_id, trigger, severity, 'incident.repeated',
          CASE WHEN acknowledged_at IS NULL THEN 'open' ELSE 'acknowledged' END, started_at, NULL, turned_at, cause_code, cause_message
        FROM worsened
      ), noted AS (
        -- also what opened nothing: of an incident that is open, it tells of that one
        INSERT INTO decisions (tenant_id, id, monitor_id, incident_id, rule_id, kind, decided_at, reasons, record)
        SELECT t.tenant_id, uuid_v7(), t.monitor_id,
          CASE WHEN t.event IS NULL
            THEN (SELECT i.id FROM incidents i
                  WHERE i.tenant_id = t.tenant_id AND i.monitor_id = t.monitor_id AND i.resolved_at IS NULL
                    AND coalesce(i.rule_id, '00000000-0000-0000-0000-000000000000') = coalesce(t.rule_id, '00000000-0000-0000-0000-000000000000'))
            ELSE n.id END,
          t.rule_id, t.kind, from_millis(t.at_ms), t.reasons, t.record
        FROM turns t
        LEFT JOIN turned n ON n.tenant_id = t.tenant_id AND n.monitor_id = t.monitor_id
          AND n.rule_id IS NOT DISTINCT FROM t.rule_id
          AND n.type = CASE t.event WHEN 'opened' THEN 'incident.opened' WHEN 'ended' THEN 'incident.resolved' ELSE 'incident.repeated' END
      ), told AS (
        -- an opening goes to the channels of the rules that matched, once to each: with the first that wants it
        SELECT o.tenant_id, o.id AS incident_id, c.channel_id, 'incident.opened' AS type,
          (array_agg(r.id ORDER BY r.delay_seconds, r.id))[1] AS rule_id,
          o.started_at + make_interval(secs => min(r.delay_seconds)) AS due_at,
          jsonb_agg(jsonb_build_object('code', 'rule_matched', 'message', r.why, 'at', rfc3339(o.started_at))
            ORDER BY r.delay_seconds, r.id) AS reasons
        FROM opened o
        JOIN matched r ON r.tenant_id = o.tenant_id AND r.monitor_id = o.monitor_id AND r.own_rule_id IS NOT DISTINCT FROM o.rule_id
        JOIN alert_rule_channels c ON c.tenant_id = r.tenant_id AND c.alert_rule_id = r.id
        GROUP BY o.tenant_id, o.id, o.started_at, c.channel_id
        UNION ALL
        -- a recovery to those who were told of the opening, or are about to be
        SELECT c.tenant_id, c.id, n.channel_id, 'incident.resolved',
          (array_agg(n.rule_id ORDER BY n.created_at, n.id))[1],
          c.resolved_at,
          jsonb_build_array(jsonb_build_object('code', 'told_of_opening', 'at', rfc3339(c.resolved_at),
            'message', 'This channel is told of the end because it was told of the beginning.'))
        FROM closed c
        JOIN notifications n ON n.tenant_id = c.tenant_id AND n.incident_id = c.id
          AND n.type IN ('incident.opened', 'incident.repeated', 'incident.escalated')
          AND n.status IN ('pending', 'sent', 'digested')
        GROUP BY c.tenant_id, c.id, c.resolved_at, n.channel_id
        UNION ALL
        -- what became worse is told again by its rule
        SELECT w.tenant_id, w.id, c.channel_id, 'incident.repeated', w.rule_id, w.turned_at,
          jsonb_build_array(jsonb_build_object('code', 'worsened', 'at', rfc3339(w.turned_at), 'message', w.cause_message))
        FROM worsened w
        JOIN alert_rules r ON r.tenant_id = w.tenant_id AND r.id = w.rule_id AND r.enabled AND r.deleted_at IS NULL
        JOIN alert_rule_channels c ON c.tenant_id = r.tenant_id AND c.alert_rule_id = r.id
      ), notified AS (
        INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event, rule_id, due_at, reasons, sequence)
        SELECT t.tenant_id, uuid_v7(), t.incident_id, t.channel_id, t.type,
          ${event},
          t.rule_id, t.due_at, t.reasons,
          CASE t.type WHEN 'incident.repeated' THEN 1 + coalesce(
            (SELECT max(n.sequence) FROM notifications n
             WHERE n.tenant_id = t.tenant_id AND n.incident_id = t.incident_id AND n.channel_id = t.channel_id AND n.type = t.type), 0)
            ELSE 0 END
        FROM told t
        JOIN turned i ON i.tenant_id = t.tenant_id AND i.id = t.incident_id AND i.type = t.type
        JOIN moved d ON d.tenant_id = i.tenant_id AND d.monitor_id = i.monitor_id
        JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id
        JOIN alert_channels c ON c.tenant_id = t.tenant_id AND c.id = t.channel_id AND c.enabled AND c.deleted_at IS NULL
        ON CONFLICT (tenant_id, incident_id, channel_id, type, sequence) DO NOTHING
      ), escalated AS (
        INSERT INTO escalations (tenant_id, incident_id, policy_id, rule_id, starts_at)
        SELECT DISTINCT ON (o.tenant_id, o.id, r.escalation_policy_id)
          o.tenant_id, o.id, r.escalation_policy_id, r.id, o.started_at + make_interval(secs => r.delay_seconds)
        FROM opened o
        JOIN matched r ON r.tenant_id = o.tenant_id AND r.monitor_id = o.monitor_id AND r.own_rule_id IS NOT DISTINCT FROM o.rule_id
        JOIN escalation_policies p ON p.tenant_id = r.tenant_id AND p.id = r.escalation_policy_id AND p.deleted_at IS NULL
        ORDER BY o.tenant_id, o.id, r.escalation_policy_id, r.delay_seconds, r.id
        ON CONFLICT DO NOTHING
      ), ${liveSql}`
