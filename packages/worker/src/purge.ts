/**
 * Deletes for good what people removed longer ago than results are kept: until then it can be restored. A monitor takes
 * its incidents and their messages with it, which nobody can look at any more.
 */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"

/** Monitors per statement: a tenant that removed thousands must not hold locks for long. */
const batch = 200
/** 10,000 monitors; the rest within the hour. */
const maxBatches = 50

export const purge = Effect.fnUntraced(function* (sql: PgClient.PgClient, retentionDays: number) {
  const isDue = sql`deleted_at < now() - make_interval(days => ${retentionDays}::integer)`
  const purgeMonitors = sql<{ purged: number }>`
    WITH gone AS (
      -- cross-tenant: what was removed, of every tenant
      SELECT tenant_id, id
      FROM monitors
      WHERE ${isDue}
      LIMIT ${batch}
    ), ended AS (
      SELECT i.tenant_id, i.id
      FROM incidents i
      JOIN gone g ON g.tenant_id = i.tenant_id AND g.id = i.monitor_id
    ), forgotten AS (
      DELETE FROM notifications n
      USING ended e
      WHERE n.tenant_id = e.tenant_id AND n.incident_id = e.id
    ), closed AS (
      DELETE FROM incidents i
      USING ended e
      WHERE i.tenant_id = e.tenant_id AND i.id = e.id
    ), purged AS (
      DELETE FROM monitors m
      USING gone g
      WHERE m.tenant_id = g.tenant_id AND m.id = g.id
      RETURNING m.id
    )
    SELECT count(*)::integer AS purged FROM purged`
  for (let round = 0; round < maxBatches; round++) {
    const [row] = yield* purgeMonitors
    if (row!.purged < batch) break
  }
  // cross-tenant: as above
  yield* sql`DELETE FROM alert_rules WHERE ${isDue}`
  yield* sql`
    DELETE FROM alert_channels c
    WHERE ${isDue} AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.tenant_id = c.tenant_id AND n.channel_id = c.id)`
  // Others stay in the ledger of incidents, as a name.
  yield* sql`
    UPDATE alert_channels
    SET settings = '{}', secrets = NULL
    WHERE ${isDue} AND (settings <> '{}' OR secrets IS NOT NULL)`
})
