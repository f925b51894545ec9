import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch } from "effect"
import { TestClock } from "effect/testing"
import { Alarm } from "./Alarm.ts"
import { CurrentEra, Era } from "../clock/Era.ts"

describe("the alarm", () => {
  it.effect("wakes at the first tick that is not too early", () =>
    Effect.gen(function* () {
      const alarm = yield* Alarm
      const wake = Latch.makeUnsafe(false)
      const woken = yield* Effect.forkChild(wake.await)
      alarm.set(wake, 101)
      yield* TestClock.adjust("119 millis")
      assert.isUndefined(woken.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.isDefined(woken.pollUnsafe())
    }).pipe(Effect.provide(Alarm.layer))
  )

  it.effect("wakes each at its own time, and one that is set sooner, sooner", () =>
    Effect.gen(function* () {
      const alarm = yield* Alarm
      const latches = [Latch.makeUnsafe(false), Latch.makeUnsafe(false)] as const
      const fibers = yield* Effect.forEach(latches, ({ await: woken }) => Effect.forkChild(woken))
      alarm.set(latches[0], 60_000)
      alarm.set(latches[1], 500)
      alarm.set(latches[0], 1000)
      alarm.set(latches[0], 5000)
      const woken = () => fibers.map((fiber) => fiber.pollUnsafe() !== undefined)
      yield* TestClock.adjust("499 millis")
      assert.deepStrictEqual(woken(), [false, false])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(woken(), [false, true])
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual(woken(), [true, true])
      yield* Fiber.joinAll(fibers)
    }).pipe(Effect.provide(Alarm.layer))
  )

  it.effect("wakes at once what was due before", () =>
    Effect.gen(function* () {
      const alarm = yield* Alarm
      const wake = Latch.makeUnsafe(false)
      alarm.set(wake, -5)
      const woken = yield* Effect.forkChild(wake.await)
      yield* TestClock.adjust("0 millis")
      yield* Effect.yieldNow
      assert.isDefined(woken.pollUnsafe())
    }).pipe(Effect.provide(Alarm.layer))
  )

  it.effect("wakes everybody when the clock jumps, and keeps nothing of what was set before", () => {
    const era = new Era()
    return Effect.gen(function* () {
      const alarm = yield* Alarm
      const wake = Latch.makeUnsafe(false)
      alarm.set(wake, 3_600_000)
      const woken = yield* Effect.forkChild(wake.await)
      yield* TestClock.adjust("1 seconds")
      assert.isUndefined(woken.pollUnsafe())
      era.begin()
      yield* Effect.yieldNow
      assert.isDefined(woken.pollUnsafe())
      wake.closeUnsafe()
      alarm.set(wake, 2000)
      const again = yield* Effect.forkChild(wake.await)
      yield* TestClock.adjust("1 seconds")
      assert.isDefined(again.pollUnsafe())
    }).pipe(Effect.provide(Alarm.layer), Effect.provideService(CurrentEra, era))
  })
})
