/**
 * What time it is, for everything that the worker does: the database's clock, carried on by a counter that nobody sets.
 * So workers whose own clocks differ compute the same slots and write into partitions that exist, and a clock that is
 * set forth or back on a worker's machine changes nothing. When the database's own clock jumps (or this machine slept),
 * we follow: a new era begins, in which everything is planned anew.
 */
import { PgClient } from "@effect/sql-pg"
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Clock, Context, Effect, Layer } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { CurrentEra, Era } from "./Era.ts"
import { observeRoundTripSeconds } from "../metrics/Metrics.ts"
import { ensurePartitions } from "../housekeeping/Partitions.ts"
import { limited } from "../sql/TimeLimit.ts"

const measureEvery = "10 seconds"
/** An answer that took longer says too little. */
const maxRoundTripMs = 1000
/** Clocks drift by milliseconds an hour and are steered by NTP; what differs by more was set. */
const jumpMs = 2000
/** At most so much at a time: a clock that is steered must not make a slot come twice or not at all. */
const maxStepMs = 50

/** By how much the database's clock is ahead of the counter, milliseconds. */
export interface Measurement {
  readonly offsetMs: number
  /** It is off by this at most. */
  readonly uncertaintyMs: number
}

export type Course =
  | { readonly kind: "steady"; readonly offsetMs: number }
  /** The database's clock was set, the counter stood still, or a database with another clock answers now. */
  | { readonly kind: "jump"; readonly offsetMs: number }

export const courseOf = (current: number, { offsetMs, uncertaintyMs }: Measurement): Course => {
  const error = offsetMs - current
  if (Math.abs(error) >= jumpMs + uncertaintyMs) return { kind: "jump", offsetMs }
  if (Math.abs(error) <= uncertaintyMs) return { kind: "steady", offsetMs: current }
  return { kind: "steady", offsetMs: current + Math.max(-maxStepMs, Math.min(maxStepMs, error)) }
}

/** The database's clock in place of our own, and the eras of it. */
export const layer: Layer.Layer<never, SqlError, PgClient.PgClient> = Layer.effectContext(
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const own = yield* Clock.Clock
    const clock = yield* make({
      counterMs: () => performance.now(),
      // cross-tenant: the time is everybody's
      databaseMs: sql<{ now: number }>`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`.pipe(
        limited,
        Effect.map(([row]) => row!.now)
      ),
      prepare: limited(ensurePartitions(sql)),
      own
    })
    yield* Effect.sleep(measureEvery).pipe(
      Effect.andThen(clock.follow),
      // Our counter goes on by itself for hours without being wrong by much.
      Effect.catchTag("SqlError", (error) =>
        Effect.logDebug("The database's clock was not asked").pipe(
          Effect.annotateLogs({ reason: describeSqlError(error) })
        )
      ),
      Effect.forever,
      forkEssential
    )
    return Context.make(Clock.Clock, clock.clock).pipe(Context.add(CurrentEra, clock.era))
  })
) as Layer.Layer<never, SqlError, PgClient.PgClient>

/** `prepare`: what must be there before a time that was jumped to is used. */
export const make = Effect.fnUntraced(function* <E>({
  counterMs,
  databaseMs,
  own,
  prepare
}: {
  readonly counterMs: () => number
  readonly databaseMs: Effect.Effect<number, E>
  readonly own: Clock.Clock
  readonly prepare: Effect.Effect<unknown, E>
}) {
  const measure = Effect.gen(function* () {
    const asked = counterMs()
    const now = yield* databaseMs
    const answered = counterMs()
    observeRoundTripSeconds((answered - asked) / 1000)
    return { offsetMs: now - (asked + answered) / 2, uncertaintyMs: (answered - asked) / 2 }
  })
  let { offsetMs } = yield* measure
  const era = new Era()

  const follow = Effect.gen(function* () {
    const first = yield* measure
    if (first.uncertaintyMs * 2 > maxRoundTripMs) return
    const course = courseOf(offsetMs, first)
    if (course.kind === "steady") {
      offsetMs = course.offsetMs
      return
    }
    yield* prepare
    // Once more: a worker that was frozen between question and answer knows nothing of the time.
    const second = yield* measure
    if (second.uncertaintyMs * 2 > maxRoundTripMs || courseOf(offsetMs, second).kind === "steady") return
    yield* Effect.logWarning("The clock jumped; every check is planned anew").pipe(
      Effect.annotateLogs({ seconds: Math.round((second.offsetMs - offsetMs) / 1000) })
    )
    ;({ offsetMs } = second)
    era.begin()
  })

  const millis = (): number => Math.round(counterMs() + offsetMs)
  const nanos = (): bigint => BigInt(Math.round((counterMs() + offsetMs) * 1000)) * 1000n
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => own.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: own.monotonicTimeNanos,
    sleep: (duration) => own.sleep(duration)
  }
  return { clock, era, follow }
})
