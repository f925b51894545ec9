/**
 * Messages that are held wait until what holds them ends; meanwhile they are only read. What ends or changes sooner is
 * found here: those messages are due now, and decided on anew. All SQL here is cross-tenant.
 */
import { holdCodes } from "@v-insight/domain/rules/dispatch"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"

/** In one statement. */
const atOnce = 5_000
/** A hundred thousand with one look, the rest with the next: what was changed before the last one is not seen again. */
const maxRounds = 20

const codes = JSON.stringify(holdCodes)

/**
 * Releases, at `now` (ms), what is held by a parent that is no longer down, and what was held before its incident, its
 * monitor, its rule, its channel, or a silence or planned work of its tenant was changed, after `since` (ms). Answers how
 * many. Nothing is written where nothing changed: 10,000 that stay held take some 150 ms to read.
 */
export const release = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, now: number, since: number) {
  let released = 0
  for (let round = 0, left = 1; left > 0 && round < maxRounds; round++) {
    const [row] = yield* releaseSome(sql, now, since)
    released += row!.released
    // Not counted anew: what is held again meanwhile would be due again with each round.
    left = (round === 0 ? row!.found : left) - atOnce
  }
  return released
})

const releaseSome = (sql: SqlClient.SqlClient, now: number, since: number) =>
  sql<{ released: number; found: number }>`
    WITH held AS MATERIALIZED (
      SELECT ctid AS place, tenant_id, incident_id, rule_id, channel_id, reasons -> -1 ->> 'code' AS code,
        greatest((reasons -> -1 ->> 'at')::timestamptz, from_millis(${since}::bigint)) AS after
      FROM notifications
      WHERE relayed_at IS NULL AND due_at > from_millis(${now}::bigint) AND status = 'pending' AND attempts = 0
        AND (${codes}::jsonb) ? (reasons -> -1 ->> 'code')
    ), changed AS MATERIALIZED (
      SELECT tenant_id, max(updated_at) AS at
      FROM (
        SELECT tenant_id, updated_at FROM silences WHERE updated_at > from_millis(${since}::bigint)
        UNION ALL
        SELECT tenant_id, updated_at FROM maintenance_windows WHERE updated_at > from_millis(${since}::bigint)
      ) of_tenants
      GROUP BY tenant_id
    ), due AS (
      -- row by row and by keys, whatever the planner believes of a storm: as joins, 10,000 that stay held took 15 s
      SELECT h.place, row_number() OVER (PARTITION BY h.tenant_id) AS turn
      FROM held h
      CROSS JOIN LATERAL (
        SELECT monitor_id, updated_at FROM incidents WHERE tenant_id = h.tenant_id AND id = h.incident_id OFFSET 0) i
      WHERE greatest(i.updated_at,
          (SELECT mo.updated_at FROM monitors mo WHERE mo.tenant_id = h.tenant_id AND mo.id = i.monitor_id),
          (SELECT c.updated_at FROM alert_channels c WHERE c.tenant_id = h.tenant_id AND c.id = h.channel_id),
          (SELECT ru.updated_at FROM alert_rules ru WHERE ru.tenant_id = h.tenant_id AND ru.id = h.rule_id),
          (SELECT ch.at FROM changed ch WHERE ch.tenant_id = h.tenant_id)) > h.after
        OR (h.code = 'parent_down' AND (
          SELECT true
          FROM (SELECT * FROM monitor_parents WHERE tenant_id = h.tenant_id AND monitor_id = i.monitor_id OFFSET 0) mp
          WHERE (SELECT true FROM incidents pi
                 WHERE pi.tenant_id = mp.tenant_id AND pi.monitor_id = mp.parent_id AND pi.trigger = 'down'
                   AND pi.resolved_at IS NULL
                 LIMIT 1)
          LIMIT 1) IS NULL)
    ), free AS (
      -- Tenants have their turns: who changes something again and again has thousands that are due each time.
      -- Who has one locked releases it, or decides on it; nobody waits for this.
      SELECT tenant_id, id
      FROM notifications
      WHERE ctid = ANY (ARRAY(SELECT place FROM due ORDER BY turn LIMIT ${atOnce})) AND status = 'pending' AND relayed_at IS NULL
      FOR UPDATE SKIP LOCKED
    ), released AS (
      UPDATE notifications n
      SET due_at = from_millis(${now}::bigint)
      FROM free f
      WHERE n.tenant_id = f.tenant_id AND n.id = f.id
      RETURNING n.id
    )
    SELECT count(*)::integer AS released, (SELECT count(*)::integer FROM due) AS found FROM released`
