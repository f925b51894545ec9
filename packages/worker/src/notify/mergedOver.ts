/**
 * Incidents that were merged into one that is over by now, and are still open: nobody would be told of them any more. They
 * are incidents of their own again, and told as such. Cross-tenant.
 */
import { resumeSql } from "@v-insight/database/repo/incidentResume"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"

/** The rest with the next look, which is soon. */
const atOnce = 500

/** With every look at what is due: mostly nothing to do, and idx_incidents_merged_open holds few rows. */
export const make = (sql: SqlClient.SqlClient) =>
  sql`
    WITH over AS (
      SELECT i.tenant_id, i.id, m.name
      FROM incidents i
      JOIN incidents root ON root.tenant_id = i.tenant_id AND root.id = i.merged_into_id AND root.resolved_at IS NOT NULL
      JOIN monitors m ON m.tenant_id = root.tenant_id AND m.id = root.monitor_id
      WHERE i.merged_into_id IS NOT NULL AND i.resolved_at IS NULL
      LIMIT ${atOnce}
      FOR NO KEY UPDATE OF i SKIP LOCKED
    ), freed AS (
      UPDATE incidents i
      SET merged_into_id = NULL, updated_at = clock_timestamp()
      FROM over
      WHERE i.tenant_id = over.tenant_id AND i.id = over.id
      RETURNING i.tenant_id, i.id, i.acknowledged_at, over.name
    ), noted AS (
      INSERT INTO incident_events (tenant_id, id, incident_id, kind, message)
      SELECT tenant_id, uuid_v7(), id, 'unmerged',
        format('An incident of its own again: that of %s, which it was merged into, is over.', name)
      FROM freed
    ), ${sql.literal(resumeSql)}, live AS (
      SELECT pg_notify('live', tenant_id::text) FROM (SELECT DISTINCT tenant_id FROM freed) AS tenant
    )
    SELECT (SELECT count(*) FROM heard) AS heard, (SELECT count(*) FROM live) AS told`.pipe(Effect.asVoid)
