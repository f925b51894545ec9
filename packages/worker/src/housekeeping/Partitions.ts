/** Days of results and of their rollups that are made ahead: what has no partition cannot be written. */
import type { PgClient } from "@effect/sql-pg"

const daysAhead = 7

/** From yesterday, by the database's clock. Repeating it is harmless. */
export const ensurePartitions = (sql: PgClient.PgClient) =>
  sql`
    SELECT ensure_check_partitions(yesterday, ${daysAhead + 2}::integer), ensure_rollup_partitions(yesterday, ${daysAhead + 2}::integer)
    FROM (SELECT (now() AT TIME ZONE 'UTC')::date - 1 AS yesterday) AS day`
