/** Checks as tables keep them, for tests that say what was found and when. */
import type { SqlClient, Statement } from "effect/sql"

/** `rows`: a query of monitor_id, checked_ms, slot_ms, status, dns_us, total_us; each by one try, with nothing else told. */
export const insertChecks = (sql: SqlClient.SqlClient, rows: Statement.Fragment) => sql`
  INSERT INTO monitor_checks (quarter, after_ms, tenant_key, monitor_key, late_ms, region_key, dns, total, attempts, status)
  SELECT c.checked_ms / 900000, c.checked_ms % 900000, m.tenant_key, m.key, c.checked_ms - c.slot_ms, r.key,
    short_duration(c.dns_us), short_duration(c.total_us), 1,
    CASE c.status WHEN 'up' THEN 'u' WHEN 'degraded' THEN 'g' WHEN 'down' THEN 'd' ELSE 'n' END::"char"
  FROM (${rows}) AS c
  JOIN monitors m ON m.id = c.monitor_id
  JOIN regions r ON r.name = 'default'`
