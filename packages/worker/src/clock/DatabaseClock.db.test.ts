import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Clock, Effect, Layer } from "effect"
import * as DatabaseClock from "./DatabaseClock.ts"

const Database = TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer))

layer(Database, { excludeTestServices: true })("the worker's clock", (it) => {
  it.effect("is the database's, whatever the machine's own says", () =>
    Effect.gen(function* () {
      const own = yield* Clock.Clock
      const weekAhead: Clock.Clock = {
        currentTimeMillisUnsafe: () => own.currentTimeMillisUnsafe() + 604_800_000,
        currentTimeMillis: Effect.map(own.currentTimeMillis, (now) => now + 604_800_000),
        currentTimeNanosUnsafe: () => own.currentTimeNanosUnsafe() + 604_800_000_000_000n,
        currentTimeNanos: Effect.map(own.currentTimeNanos, (now) => now + 604_800_000_000_000n),
        monotonicTimeNanosUnsafe: () => own.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: own.monotonicTimeNanos,
        sleep: (duration) => own.sleep(duration)
      }
      const times = Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const before = yield* Clock.currentTimeMillis
        const [row] = yield* sql<{ now: number }>`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`
        const after = yield* Clock.currentTimeMillis
        return { before, now: row!.now, after, nanos: yield* Clock.currentTimeNanos }
      })
      const wrong = yield* Effect.provideService(times, Clock.Clock, weekAhead)
      assert.isAbove(wrong.before - wrong.now, 600_000_000)
      const right = yield* times.pipe(
        Effect.provide(DatabaseClock.layer),
        Effect.provideService(Clock.Clock, weekAhead)
      )
      // As far as the two questions could take.
      assert.isBelow(Math.abs(right.now - right.before), 500)
      assert.isBelow(Math.abs(right.now - right.after), 500)
      assert.isBelow(Math.abs(Number(right.nanos / 1_000_000n) - right.after), 500)
    })
  )
})
