import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Clock, Context, Effect, Layer } from "effect"
import { Alarm } from "../buckets/Alarm.ts"
import { Alerting } from "../alerting/Alerting.ts"
import * as Bucket from "../buckets/Bucket.ts"
import { Capacity } from "../buckets/Capacity.ts"
import { Changes } from "../Changes.ts"
import { Checker } from "../Checker.ts"
import { CurrentEra, Era } from "./Era.ts"
import { Recorder } from "../Recorder.ts"
import { Verdicts } from "../verdicts/Verdicts.ts"
import { up } from "../testing/Chain.ts"
import { eventuallyWithin } from "../testing/eventually.ts"
import { asSuperuser, insertMonitor, insertTenant } from "../testing/Seed.ts"

const region = "default"
const intervalSeconds = 1
const day = 86_400_000
/** A monitor that a jump silences is silent for a day. */
const eventually = eventuallyWithin("30 seconds")

/** The clock of the machine, set by hand. */
class SetClock extends Context.Service<SetClock, { aheadMs: number; readonly era: Era }>()("test/SetClock") {
  static readonly layer = Layer.effectContext(
    Effect.gen(function* () {
      const own = yield* Clock.Clock
      const set = { aheadMs: 0, era: new Era() }
      const millis = () => own.currentTimeMillisUnsafe() + set.aheadMs
      const clock: Clock.Clock = {
        currentTimeMillisUnsafe: millis,
        currentTimeMillis: Effect.sync(millis),
        currentTimeNanosUnsafe: () => BigInt(millis()) * 1_000_000n,
        currentTimeNanos: Effect.sync(() => BigInt(millis()) * 1_000_000n),
        monotonicTimeNanosUnsafe: () => own.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: own.monotonicTimeNanos,
        sleep: (duration) => own.sleep(duration)
      }
      return Context.make(SetClock, set).pipe(Context.add(Clock.Clock, clock), Context.add(CurrentEra, set.era))
    })
  )
}

/** When each monitor was checked, by a clock that nobody sets. */
const begun: Array<{ readonly id: string; readonly at: number }> = []
const Checks = Layer.effect(
  Checker,
  Effect.sync(() => ({
    run: ({ id }) =>
      Effect.map(Clock.currentTimeMillis, (checkedAt) => {
        begun.push({ id, at: performance.now() })
        return { outcome: up, checkedAt }
      })
  }))
)

const Worker = Layer.mergeAll(
  Checks,
  Layer.provideMerge(Verdicts.layer(region), Recorder.layer(region)),
  Layer.provideMerge(Alerting.layer, Changes.layer),
  Alarm.layer,
  Capacity.layer(64),
  TestBox
).pipe(
  Layer.provideMerge(SetClock.layer),
  Layer.provideMerge(TestDatabase.worker),
  Layer.provideMerge(TestDatabase.layer)
)

layer(Worker, { excludeTestServices: true })("a clock that jumps", (it) => {
  it.effect(
    "makes neither a burst nor silence, forth by a day and back",
    () =>
      Effect.gen(function* () {
        const set = yield* SetClock
        const tenantId = yield* insertTenant
        const monitors = yield* Effect.replicateEffect(insertMonitor({ tenantId, intervalSeconds }), 40)
        const run = yield* Bucket.make({ owner: "test", region })
        for (const bucket of new Set(monitors.map(({ bucket }) => bucket))) yield* Effect.forkScoped(run(bucket))
        const checksOf = (id: string, since: number) =>
          begun.filter((check) => check.id === id && check.at >= since).length
        const allChecked = (times: number, since: number) =>
          eventually(Effect.sync(() => monitors.every(({ id }) => checksOf(id, since) >= times) || undefined))
        // What was never checked is due at once.
        yield* allChecked(1, 0)

        /** Sets the clock, and waits until every monitor was checked twice: two intervals, or what the machine needs. */
        const jump = Effect.fnUntraced(function* (aheadMs: number) {
          yield* Effect.sync(() => {
            set.aheadMs = aheadMs
            set.era.begin()
          })
          const since = performance.now()
          yield* allChecked(2, since)
          const intervals = (performance.now() - since) / (intervalSeconds * 1000)
          const atOnce = begun.filter(({ at }) => at >= since && at < since + 200).length
          assert.isAtMost(atOnce, monitors.length / 2, "a burst")
          for (const { id } of monitors) assert.isAtMost(checksOf(id, since), intervals + 2, "too many checks")
        })
        yield* jump(day)
        yield* jump(0)
        yield* jump(0)

        const rows = yield* Effect.flatMap(
          PgClient.PgClient,
          (sql) => sql<{ checks: number; slots: number }>`
            SELECT count(*)::integer AS checks, count(DISTINCT (monitor_id, slot))::integer AS slots FROM check_results`
        ).pipe(asSuperuser, Effect.orDie)
        assert.strictEqual(rows[0]?.checks, rows[0]?.slots, "a slot was written twice")
        assert.isAtLeast(rows[0]?.checks ?? 0, monitors.length * 5)
      }),
    150_000
  )
})
