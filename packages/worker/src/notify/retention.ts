/** Attempts to deliver are kept as long as checks are; the messages themselves stay with their incidents. */
import type { PgClient } from "@effect/sql-pg"

/** Notices and digests belong to no incident: they go with the attempts. What a digest told of keeps its reason. */
export const forgetDeliveries = (sql: PgClient.PgClient, retentionDays: number) =>
  // cross-tenant: nobody looks at them any more
  sql`
    WITH forgotten AS (
      DELETE FROM delivery_attempts
      WHERE attempted_at < now() - make_interval(days => ${retentionDays}::integer)
    )
    DELETE FROM notifications
    WHERE incident_id IS NULL AND status <> 'pending' AND relayed_at IS NOT NULL
      AND created_at < now() - make_interval(days => ${retentionDays}::integer)`
