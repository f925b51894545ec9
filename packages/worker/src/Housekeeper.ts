/**
 * Keeps the tables in shape: partitions made ahead, old days dropped, expired sessions, answered requests and old rollups
 * removed, finished queue entries forgotten, what people removed deleted for good. Runs once before anything is checked,
 * then every hour; repeating it is harmless.
 */
import { PgClient } from "@effect/sql-pg"
import { forkEssential } from "@v-insight/database/Process"
import { RollupRepo } from "@v-insight/database/repo/RollupRepo"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { type Duration, Effect, Layer, Schedule } from "effect"
import { PersistedQueue } from "effect/persistence"
import { forgetDeliveries } from "./housekeeping/forgetDeliveries.ts"
import { ensurePartitions } from "./housekeeping/Partitions.ts"
import { purge } from "./housekeeping/purge.ts"
import { limited } from "./sql/TimeLimit.ts"

const every = "1 hour"
/** For all of it: days of millions of results are dropped in seconds, and what is left over has an hour's time again. */
const longest = "10 minutes"

/** An element is one handing on of a message (docs/adr/0024): done, nobody offers it again. */
export const queueKept = { timeToLive: "1 hour", failedTimeToLive: "7 days" } as const

export const layer = (retentionDays: number, limit: Duration.Input = longest) =>
  Layer.merge(
    Layer.effectDiscard(
      Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const rollups = yield* RollupRepo
        const partitions = ensurePartitions(sql)
        const keep = Effect.gen(function* () {
          yield* partitions
          yield* sql`SELECT drop_check_partitions(((now() AT TIME ZONE 'UTC')::date - ${retentionDays}::integer))`
          // cross-tenant: nobody needs these any more
          yield* sql`DELETE FROM sessions WHERE expires_at < now()`
          yield* sql`DELETE FROM work_requests WHERE expires_at < now() - interval '1 hour'`
          // Nobody asked for them since the oldest check that is kept, nor on the day before.
          yield* sql`DELETE FROM check_peers WHERE seen_on < (now() AT TIME ZONE 'UTC')::date - ${retentionDays + 2}::integer`
          // The descriptions of their certificates, each once per tenant. A worker makes the peer before the description.
          yield* sql`
            DELETE FROM certificates c
            WHERE NOT EXISTS (
              SELECT 1 FROM tenants t
              JOIN check_peers p ON p.tenant_key = t.key
              WHERE t.id = c.tenant_id AND p.fingerprint = c.fingerprint)`
          yield* purge(sql, retentionDays)
          yield* forgetDeliveries(sql, retentionDays)
          yield* rollups.removeOld
        }).pipe(
          (work) => limited(work, limit),
          Effect.catchTag("SqlError", (error) =>
            Effect.logError("Housekeeping failed; it is tried again within the hour").pipe(
              Effect.annotateLogs({ reason: describeSqlError(error) })
            )
          )
        )
        yield* limited(partitions, limit)
        yield* forkEssential(Effect.repeat(keep, Schedule.spaced(every)))
      })
    ).pipe(Layer.provide(RollupRepo.layer)),
    PersistedQueue.layerCleanup(queueKept)
  )
