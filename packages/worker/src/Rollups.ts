/**
 * Adds up what checks found, for the years to come. Runs in every worker; the lock of each piece lets one at a time. After
 * an absence it catches up piece by piece, the oldest first.
 */
import { forkEssential } from "@v-insight/database/Process"
import { RollupRepo } from "@v-insight/database/repo/RollupRepo"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Clock, Effect, Layer, Schedule } from "effect"
import { setRollupLag } from "./metrics/Metrics.ts"
import { limited } from "./sql/TimeLimit.ts"

/** Screens take the newest minutes from checks: sooner would gain nothing. */
const every = "30 seconds"
/** A piece is a second of one core; a database that needs longer for it has other troubles. */
const pieceTimeout = "2 minutes"
/** An hour of catching up, at most; then others get a turn. */
const maxPieces = 3000

const make = Effect.gen(function* () {
  const { rollNext, rolledUntil } = yield* RollupRepo
  const pass = Effect.fnUntraced(function* (of: Parameters<typeof rollNext>[0]) {
    for (let pieces = 0; pieces < maxPieces; pieces++) {
      if ((yield* limited(rollNext(of), pieceTimeout)) === undefined) break
    }
  })
  // What was late is added first: after an absence, results that waited for the database get a turn's time to arrive.
  const turn = Effect.andThen(pass("settledUntil"), pass("rolledUntil")).pipe(
    Effect.andThen(limited(rolledUntil)),
    Effect.andThen((until) =>
      Effect.map(Clock.currentTimeMillis, (now) => setRollupLag(until === undefined ? 0 : (now - until) / 1000))
    ),
    Effect.catch((error) =>
      Effect.logWarning("Rollups could not be made; they are tried again in a moment").pipe(
        Effect.annotateLogs({ reason: describeSqlError(error) })
      )
    )
  )
  yield* forkEssential(Effect.repeat(turn, Schedule.spaced(every)))
})

export const layer = Layer.effectDiscard(make).pipe(Layer.provide(RollupRepo.layer))
