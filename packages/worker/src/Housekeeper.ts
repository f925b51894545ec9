/**
 * Keeps the tables in shape: partitions made ahead, old days dropped, expired sessions and answered requests removed,
 * finished queue entries forgotten, what people removed deleted for good. Runs once before anything is checked, then
 * every hour; repeating it is harmless.
 */
import { PgClient } from "@effect/sql-pg"
import { forkEssential } from "@v-insight/database/Process"
import { purge } from "./purge.ts"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Effect, Layer, Schedule } from "effect"
import { PersistedQueue } from "effect/persistence"

const daysAhead = 7
const every = "1 hour"

export const layer = (retentionDays: number) =>
  Layer.merge(
    Layer.effectDiscard(
      Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const partitions = sql`SELECT ensure_check_partitions(((now() AT TIME ZONE 'UTC')::date - 1), ${daysAhead + 2}::integer)`
        const keep = Effect.gen(function* () {
          yield* partitions
          yield* sql`SELECT drop_check_partitions(((now() AT TIME ZONE 'UTC')::date - ${retentionDays}::integer))`
          // cross-tenant: nobody needs these any more
          yield* sql`DELETE FROM sessions WHERE expires_at < now()`
          yield* sql`DELETE FROM work_requests WHERE expires_at < now() - interval '1 hour'`
          yield* purge(sql, retentionDays)
        }).pipe(
          Effect.catchTag("SqlError", (error) =>
            Effect.logError("Housekeeping failed; it is tried again within the hour").pipe(
              Effect.annotateLogs({ reason: describeSqlError(error) })
            )
          )
        )
        yield* partitions
        yield* forkEssential(Effect.repeat(keep, Schedule.spaced(every)))
      })
    ),
    PersistedQueue.layerCleanup({ timeToLive: "7 days", failedTimeToLive: "30 days" })
  )
