/** Days of results that are made ahead: a result of a day without a partition cannot be written. */
import type { PgClient } from "@effect/sql-pg"

const daysAhead = 7

/** From yesterday, by the database's clock. Repeating it is harmless. */
export const ensurePartitions = (sql: PgClient.PgClient) =>
  sql`SELECT ensure_check_partitions(((now() AT TIME ZONE 'UTC')::date - 1), ${daysAhead + 2}::integer)`
