/**
 * The workers of a region must agree on how many shards there are. Two that count differently look for a bucket in
 * different places: some buckets would have two owners, who fence each other off by turns, and others none.
 */
import { StartError } from "@v-insight/database/Process"
import { Effect, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { limited } from "../sql/TimeLimit.ts"

/** Two that start at once may both make the table. */
const attempts = 5

/** Fails when others run that count differently; where nobody runs, what is wanted counts from now on. */
export const agree = Effect.fnUntraced(function* (options: {
  /** Of the library's tables, which must be there. */
  readonly prefix: string
  /** As the library writes it. */
  readonly address: string
  readonly shards: number
  readonly expirationSeconds: number
}) {
  const sql = yield* SqlClient.SqlClient
  const { address, expirationSeconds, prefix, shards } = options
  const table = sql(`${prefix}_shard_count`)
  yield* limited(sql`
    CREATE TABLE IF NOT EXISTS ${table} (
      is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
      shards integer NOT NULL
    )`).pipe(Effect.retry({ times: attempts, schedule: Schedule.spaced("50 millis") }))
  // cross-tenant: shards belong to nobody
  const [agreed] = yield* limited(sql<{ shards: number }>`
    INSERT INTO ${table} AS c (shards)
    VALUES (${shards})
    ON CONFLICT (is_only) DO UPDATE
    SET shards = excluded.shards
    WHERE c.shards = excluded.shards
      OR NOT EXISTS (
        SELECT 1 FROM ${sql(`${prefix}_runners`)}
        WHERE address <> ${address} AND last_heartbeat > now() - ${expirationSeconds}::integer * interval '1 second')
    RETURNING shards`)
  if (agreed !== undefined) return
  const [theirs] = yield* limited(sql<{ shards: number }>`SELECT shards FROM ${table}`)
  return yield* new StartError({
    message: `VINSIGHT_SHARDS is ${shards}, but the workers of this region that run now have ${theirs?.shards}: set it to ${theirs?.shards}, or stop all of them first.`
  })
})
