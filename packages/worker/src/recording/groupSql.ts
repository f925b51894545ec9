/**
 * SQL of what incidents have in common when they open: common table expressions over `opening` (and `turns`) of turnSql,
 * which uses `chosen` and `grouped`. Incidents of different monitors of a tenant that open within five minutes and share a
 * tag or a cause come into one group; the key is what most of them share, a tag rather than a cause.
 *
 * Who opens in the same instant does so in turn (groupLock), so that the later one sees the earlier one's. Cross-tenant, as
 * what it is part of: every join is by the tenant.
 */

/** How far apart they may have opened, milliseconds. */
const windowMs = 300_000

/** What an incident may share with others: a tag of its monitor, and its cause. */
const keysOf = (tags: string, cause: string): string =>
  `(SELECT 'tag:' || tag AS key FROM unnest(${tags}) AS tag UNION ALL SELECT 'cause:' || ${cause})`

export const groupSql = `
      keyed AS (
        SELECT o.number, o.tenant_id, o.monitor_id, o.at_ms, k.key
        FROM opening o
        CROSS JOIN LATERAL ${keysOf("o.tags", "o.cause_code")} AS k
      ), recent AS (
        -- idx_incidents_started_at: those of a few minutes
        SELECT i.tenant_id, i.id, i.monitor_id, i.group_id, k.key
        FROM (SELECT tenant_id, min(at_ms) AS first_ms, max(at_ms) AS last_ms FROM opening GROUP BY tenant_id) AS w
        JOIN incidents i ON i.tenant_id = w.tenant_id
          AND i.started_at BETWEEN from_millis(w.first_ms - ${windowMs}) AND from_millis(w.last_ms + ${windowMs})
        JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id
        CROSS JOIN LATERAL ${keysOf("m.tags", "i.cause_code")} AS k
      ), known AS (
        SELECT DISTINCT ON (r.tenant_id, r.key) r.tenant_id, r.key, g.id
        FROM recent r
        JOIN incident_groups g ON g.tenant_id = r.tenant_id AND g.id = r.group_id
        -- who has something in common with a member belongs to the group, whatever made it: one storm, one group
        ORDER BY r.tenant_id, r.key, g.key = r.key DESC, g.opened_at DESC
      ), shared AS (
        SELECT tenant_id, key, count(DISTINCT monitor_id) AS monitors
        FROM (SELECT tenant_id, key, monitor_id FROM keyed
              UNION ALL
              SELECT tenant_id, key, monitor_id FROM recent) AS member
        GROUP BY tenant_id, key
        HAVING count(DISTINCT monitor_id) > 1
      ), chosen AS (
        SELECT DISTINCT ON (k.number) k.number, k.tenant_id, k.monitor_id, k.at_ms, k.key
        FROM keyed k
        JOIN shared s ON s.tenant_id = k.tenant_id AND s.key = k.key
        LEFT JOIN known g ON g.tenant_id = k.tenant_id AND g.key = k.key
        ORDER BY k.number, g.id IS NULL, s.monitors DESC, k.key DESC
      ), made AS (
        INSERT INTO incident_groups (tenant_id, id, key, opened_at)
        SELECT c.tenant_id, uuid_v7(), c.key, from_millis(min(c.at_ms))
        FROM chosen c
        WHERE NOT EXISTS (SELECT 1 FROM known g WHERE g.tenant_id = c.tenant_id AND g.key = c.key)
        GROUP BY c.tenant_id, c.key
        -- the others may all have chosen something else
        HAVING count(DISTINCT c.monitor_id) > 1 OR EXISTS (
          SELECT 1 FROM recent r WHERE r.tenant_id = c.tenant_id AND r.key = c.key AND r.group_id IS NULL)
        RETURNING tenant_id, id, key
      ), grouped AS (
        SELECT tenant_id, key, id FROM known
        UNION ALL
        SELECT tenant_id, key, id FROM made
      ), joined AS (
        -- those that opened before there was company; what ends in this statement is left alone, a row changes once in it
        UPDATE incidents i
        SET group_id = n.group_id, updated_at = clock_timestamp()
        FROM (
          SELECT DISTINCT ON (r.tenant_id, r.id) r.tenant_id, r.id, m.id AS group_id
          FROM recent r
          JOIN made m ON m.tenant_id = r.tenant_id AND m.key = r.key
          WHERE r.group_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM turns t
                            WHERE t.tenant_id = r.tenant_id AND t.monitor_id = r.monitor_id AND t.event = 'ended')
          ORDER BY r.tenant_id, r.id, m.key DESC
        ) AS n(tenant_id, incident_id, group_id)
        WHERE i.tenant_id = n.tenant_id AND i.id = n.incident_id
      )`
