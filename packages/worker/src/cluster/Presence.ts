/** Says which region this worker checks from, so that monitors can name it: before anything is checked, and as long as it lives. */
import { PgClient } from "@effect/sql-pg"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Effect, Layer } from "effect"
import { limited } from "../sql/TimeLimit.ts"

/** A region is present when it was heard of within a minute (domain/model/Region). */
const sayEvery = "15 seconds"

/** The first region that a worker ever came from is the default one. */
const say = (region: string) =>
  Effect.flatMap(PgClient.PgClient, (sql) =>
    limited(sql`
      INSERT INTO regions AS r (name, seen_at, is_default)
      VALUES (${region}, clock_timestamp(), NOT EXISTS (SELECT 1 FROM regions WHERE is_default))
      ON CONFLICT (name) DO UPDATE
      SET seen_at = excluded.seen_at, is_default = r.is_default OR excluded.is_default`)
  )

export const layer = (region: string) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      // Two regions that come at once cannot both be the default one: the second tries again.
      yield* Effect.retry(say(region), { times: 3 })
      yield* say(region).pipe(
        Effect.catchTag("SqlError", (error) =>
          Effect.logDebug("The region could not be said").pipe(Effect.annotateLogs({ reason: describeSqlError(error) }))
        ),
        Effect.delay(sayEvery),
        Effect.forever,
        Effect.forkScoped
      )
    })
  )
