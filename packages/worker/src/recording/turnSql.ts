/**
 * SQL of the turns of incidents: opening, ending, whom to tell, and why. Common table expressions over one named `moved`,
 * whose rows say of a monitor: `turns` (DecidedTurns as the text of json, or NULL), `evidence`, what caused it when the turn does not say
 * (`cause_code`, `cause_message`), and its newest check (`check_status`, `checked_ms`, `http_status`, `total_us`,
 * `error_code`, `error_message`). Repeating it is harmless: at most one incident is open per monitor and rule, and each
 * channel is told of each turn once. It only runs when something turned. Cross-tenant, as what it is part of.
 */
import { incidentEvent, toldOfBeginning, toldOfOpening } from "@v-insight/database/repo/incidentEvent"
import { missedCodes } from "@v-insight/domain/rules/heartbeat"
import { groupSql } from "./groupSql.ts"

/** Tenants per `live` message: 37 bytes each, PostgreSQL takes 8,000. */
const tenantsPerMessage = 150
const missed = Object.values(missedCodes)
  .map((code) => `'${code}'`)
  .join(", ")

const event = incidentEvent({
  type: "i.type",
  status: "i.status",
  at: "i.turned_at",
  check: `json_build_object('status', i.check_status, 'checkedAt', rfc3339(from_millis(i.checked_ms)),
    'httpStatus', i.http_status, 'totalUs', i.total_us,
    'error', CASE WHEN i.error_code IS NULL THEN NULL
                  ELSE json_build_object('code', i.error_code, 'message', i.error_message) END)`
})

/** R4: of one monitor and rule at most one incident is open; of the monitor itself the zero UUID stands for the rule. */
const keyOf = (alias: string): string => `coalesce(${alias}rule_id, '00000000-0000-0000-0000-000000000000')`

/** Of a turn `t`, the newest check. */
const check = "t.check_status, t.checked_ms, t.http_status, t.total_us, t.error_code, t.error_message"

/** Who looks at these tenants hears of it; must be read for that. */
export const liveSql = `
      live AS (
        SELECT pg_notify('live', string_agg(tenant_id::text, ','))
        FROM (SELECT tenant_id, (row_number() OVER ()) / ${tenantsPerMessage} AS message
              FROM (SELECT DISTINCT tenant_id FROM moved) AS tenant) AS numbered
        GROUP BY message
      )`

/** Why a rule `r` with the scope `s` is told of the turn `t`. */
const why = `format('The alert rule “%s” %s%s', r.name,
            CASE WHEN t.rule_id IS NOT NULL THEN 'found it.'
                 WHEN s.is_everything THEN 'is for every monitor.'
                 WHEN s.is_named THEN 'names this monitor.'
                 ELSE format('is for the tag “%s”, which this monitor carries.', s.tag) END,
            CASE WHEN r.delay_seconds = 0 THEN ''
                 WHEN r.delay_seconds % 60 = 0 THEN format(' It tells when it lasts for %s min.', r.delay_seconds / 60)
                 ELSE format(' It tells when it lasts for %s s.', r.delay_seconds) END)`

/** The rules that are told of the turn `t` of the monitor `m`: its own, or when the monitor went down all that concern it. */
const rulesOf = `
          SELECT
            jsonb_agg(jsonb_build_object('id', r.id, 'delay', r.delay_seconds, 'policy', r.escalation_policy_id, 'why', ${why})) AS rules,
            (array_agg(r.severity ORDER BY array_position(ARRAY['critical', 'warning', 'info'], r.severity)))[1] AS gravest
          FROM alert_rules r
          CROSS JOIN LATERAL (
            SELECT
              EXISTS (SELECT 1 FROM alert_rule_monitors n
                      WHERE n.tenant_id = r.tenant_id AND n.alert_rule_id = r.id AND n.monitor_id = t.monitor_id) AS is_named,
              (SELECT tag FROM unnest(r.tags) AS tag WHERE tag = ANY (m.tags) ORDER BY tag LIMIT 1) AS tag,
              r.tags = '{}' AND NOT EXISTS (SELECT 1 FROM alert_rule_monitors n
                                            WHERE n.tenant_id = r.tenant_id AND n.alert_rule_id = r.id) AS is_everything
          ) AS s
          WHERE r.tenant_id = t.tenant_id AND r.enabled AND r.deleted_at IS NULL
            AND CASE WHEN t.rule_id IS NOT NULL THEN r.id = t.rule_id
                     WHEN r.trigger = 'heartbeat_missed' THEN m.type = 'heartbeat' AND t.cause_code IN (${missed})
                     ELSE r.trigger = 'down' END
            AND (t.rule_id IS NOT NULL OR s.is_named OR s.tag IS NOT NULL OR s.is_everything)`

/**
 * Read `live` for everybody to be told. When a network goes, a thousand open at once, and the planner, who expects one, joins
 * common table expressions by looking at every pair: so what follows from a turn stays in its row, and rows of tables are
 * found by their indexes. A thousand openings with three rules and channels each take 1.4 s on a busy machine; joined the
 * other way, 150 of them took 12 s. `region`: where checks were judged by rules; undefined: by none.
 */
export const turnSql = (region?: string) => `
      turns AS MATERIALIZED (
        SELECT row_number() OVER () AS number, uuid_v7() AS id, d.tenant_id, d.monitor_id, t.trigger, t.rule_id, t.event,
          t.kind, t.at_ms, coalesce(t.cause_code, d.cause_code) AS cause_code,
          coalesce(t.cause_message, d.cause_message) AS cause_message, t.severity, t.reasons, t.record, d.evidence,
          d.check_status, d.checked_ms, d.http_status, d.total_us, d.error_code, d.error_message
        FROM moved d
        CROSS JOIN LATERAL json_to_recordset(d.turns::json) AS t(
          trigger text, rule_id uuid, event text, kind text, at_ms bigint, cause_code text, cause_message text,
          severity text, reasons jsonb, record json)
      ), opening AS MATERIALIZED (
        SELECT t.*, m.tags, w.rules,
          -- as grave as the gravest rule says
          coalesce(t.severity, w.gravest, 'critical') AS grade
        FROM turns t
        -- removed while the check was under way: nobody would ever close it
        JOIN monitors m ON m.tenant_id = t.tenant_id AND m.id = t.monitor_id AND m.deleted_at IS NULL
        CROSS JOIN LATERAL (${rulesOf}
        ) AS w
        WHERE t.event = 'opened'${
          // moved while the check was under way: its workers there would know nothing of it (MonitorRepo)
          region === undefined
            ? ""
            : ` AND (t.rule_id IS NULL OR coalesce(m.regions[1], (SELECT default_region())) = '${region}')`
        }
          AND (t.rule_id IS NULL OR EXISTS (
            SELECT 1 FROM alert_rules r WHERE r.tenant_id = t.tenant_id AND r.id = t.rule_id AND r.deleted_at IS NULL))
      ), ${groupSql}, opened AS (
        INSERT INTO incidents (tenant_id, id, monitor_id, trigger, rule_id, severity, started_at, cause_code, cause_message,
          evidence, group_id)
        SELECT t.tenant_id, t.id, t.monitor_id, t.trigger, t.rule_id, t.grade, from_millis(t.at_ms), t.cause_code,
          t.cause_message, t.evidence,
          (SELECT g.id FROM chosen c
           JOIN grouped g ON g.tenant_id = c.tenant_id AND g.key = c.key
           WHERE c.number = t.number)
        FROM opening t
        ON CONFLICT (tenant_id, monitor_id, ${keyOf("")}) WHERE resolved_at IS NULL DO NOTHING
        RETURNING id
      ), closed AS (
        UPDATE incidents i
        SET resolved_at = from_millis(t.at_ms), updated_at = clock_timestamp()
        FROM turns t
        WHERE t.event = 'ended'
          AND i.tenant_id = t.tenant_id
          AND i.monitor_id = t.monitor_id
          AND ${keyOf("i.")} = ${keyOf("t.")}
          AND i.resolved_at IS NULL
        RETURNING i.tenant_id, i.id, i.monitor_id, i.rule_id, i.trigger, i.severity, i.started_at, i.resolved_at,
          i.cause_code, i.cause_message, t.kind, t.at_ms, t.reasons, t.record, ${check}
      ), worsened AS (
        UPDATE incidents i
        SET cause_code = t.cause_code, cause_message = t.cause_message, updated_at = clock_timestamp()
        FROM turns t
        WHERE t.event = 'worsened'
          AND i.tenant_id = t.tenant_id
          AND i.monitor_id = t.monitor_id
          AND ${keyOf("i.")} = ${keyOf("t.")}
          AND i.resolved_at IS NULL
        RETURNING i.tenant_id, i.id, i.monitor_id, i.rule_id, i.trigger, i.severity, i.started_at, i.acknowledged_at,
          i.cause_code, i.cause_message, t.kind, t.at_ms, t.reasons, t.record, ${check}
      ), turned AS MATERIALIZED (
        SELECT t.tenant_id, t.id, t.monitor_id, t.rule_id, t.trigger, t.grade AS severity, 'incident.opened' AS type,
          'open' AS status, from_millis(t.at_ms) AS started_at, NULL::timestamptz AS resolved_at,
          from_millis(t.at_ms) AS turned_at, t.cause_code, t.cause_message, t.kind, t.reasons, t.record, t.rules, ${check}
        FROM opening t
        JOIN opened o ON o.id = t.id
        UNION ALL
        SELECT t.tenant_id, t.id, t.monitor_id, t.rule_id, t.trigger, t.severity, 'incident.resolved',
          'resolved', t.started_at, t.resolved_at, t.resolved_at, t.cause_code, t.cause_message, t.kind, t.reasons, t.record,
          NULL, ${check}
        FROM closed t
        UNION ALL
        SELECT t.tenant_id, t.id, t.monitor_id, t.rule_id, t.trigger, t.severity, 'incident.repeated',
          CASE WHEN t.acknowledged_at IS NULL THEN 'open' ELSE 'acknowledged' END, t.started_at, NULL,
          from_millis(t.at_ms), t.cause_code, t.cause_message, t.kind, t.reasons, t.record, NULL, ${check}
        FROM worsened t
      ), noted AS (
        INSERT INTO decisions (tenant_id, id, monitor_id, incident_id, rule_id, kind, decided_at, reasons, record)
        SELECT i.tenant_id, uuid_v7(), i.monitor_id, i.id, i.rule_id, i.kind, i.turned_at, i.reasons, i.record
        FROM turned i
        UNION ALL
        -- what opened and ended nothing tells of the incident that is open, if one is
        SELECT t.tenant_id, uuid_v7(), t.monitor_id,
          (SELECT i.id FROM incidents i
           WHERE i.tenant_id = t.tenant_id AND i.monitor_id = t.monitor_id AND i.resolved_at IS NULL
             AND ${keyOf("i.")} = ${keyOf("t.")}),
          t.rule_id, t.kind, from_millis(t.at_ms), t.reasons, t.record
        FROM turns t
        WHERE t.event IS NULL
      ), notified AS (
        INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event, rule_id, due_at, reasons, sequence)
        SELECT i.tenant_id, uuid_v7(), i.id, w.channel_id, i.type,
          ${event},
          w.rule_id, w.due_at, w.reasons,
          CASE i.type WHEN 'incident.repeated' THEN 1 + coalesce(
            (SELECT max(n.sequence) FROM notifications n
             WHERE n.tenant_id = i.tenant_id AND n.incident_id = i.id AND n.channel_id = w.channel_id AND n.type = i.type), 0)
            ELSE 0 END
        FROM turned i
        CROSS JOIN LATERAL (
          -- an opening goes to the channels of its rules, once to each: with the first that wants it
          SELECT c.channel_id,
            (array_agg(r.id ORDER BY r.delay, r.id))[1] AS rule_id,
            i.turned_at + make_interval(secs => min(r.delay)) AS due_at,
            jsonb_agg(jsonb_build_object('code', 'rule_matched', 'message', r.why, 'at', rfc3339(i.turned_at))
              ORDER BY r.delay, r.id) AS reasons
          FROM jsonb_to_recordset(i.rules) AS r(id uuid, delay integer, why text)
          JOIN alert_rule_channels c ON c.tenant_id = i.tenant_id AND c.alert_rule_id = r.id
          WHERE i.type = 'incident.opened'
          GROUP BY c.channel_id
          UNION ALL
          -- an end to those who were told of the beginning, or are about to be
          SELECT n.channel_id,
            (array_agg(n.rule_id ORDER BY n.created_at, n.id))[1],
            i.turned_at,
            ${toldOfOpening("i.turned_at")}
          FROM notifications n
          WHERE i.type = 'incident.resolved'
            AND n.tenant_id = i.tenant_id AND n.incident_id = i.id
            AND ${toldOfBeginning("n")}
          GROUP BY n.channel_id
          UNION ALL
          -- what became worse is told again by its rule
          SELECT c.channel_id, r.id, i.turned_at,
            jsonb_build_array(jsonb_build_object('code', 'worsened', 'at', rfc3339(i.turned_at), 'message', i.cause_message))
          FROM alert_rules r
          JOIN alert_rule_channels c ON c.tenant_id = r.tenant_id AND c.alert_rule_id = r.id
          WHERE i.type = 'incident.repeated'
            AND r.tenant_id = i.tenant_id AND r.id = i.rule_id AND r.enabled AND r.deleted_at IS NULL
        ) AS w
        JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id
        JOIN alert_channels c ON c.tenant_id = i.tenant_id AND c.id = w.channel_id AND c.enabled AND c.deleted_at IS NULL
        ON CONFLICT (tenant_id, incident_id, channel_id, type, sequence) DO NOTHING
      ), escalated AS (
        INSERT INTO escalations (tenant_id, incident_id, policy_id, rule_id, starts_at)
        SELECT i.tenant_id, i.id, r.policy, (array_agg(r.id ORDER BY r.delay, r.id))[1],
          i.turned_at + make_interval(secs => min(r.delay))
        FROM turned i
        CROSS JOIN LATERAL jsonb_to_recordset(i.rules) AS r(id uuid, delay integer, policy uuid)
        JOIN escalation_policies p ON p.tenant_id = i.tenant_id AND p.id = r.policy AND p.deleted_at IS NULL
        GROUP BY i.tenant_id, i.id, r.policy, i.turned_at
        ON CONFLICT DO NOTHING
      ), ${liveSql}`
