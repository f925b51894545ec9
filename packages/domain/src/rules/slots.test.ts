import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schedule, Schema } from "effect"
import { cadence, nextRun, runAfterJump, skippedSlots, slotAt, timingOf } from "./slots.ts"

const Interval = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 86_400 }))
const Instant = Schema.Int.check(Schema.isBetween({ minimum: 1_600_000_000_000, maximum: 2_000_000_000_000 }))
const Id = Schema.String.check(Schema.isUUID(7))

describe("slots", () => {
  it.prop(
    "a slot is due: not in the future, and less than an interval ago",
    [Id, Interval, Instant],
    ([id, seconds, at]) => {
      const timing = timingOf(id, seconds * 1000)
      const slot = slotAt(timing, at)
      assert.isAtMost(slot, at)
      assert.isAbove(slot + timing.intervalMs, at)
    }
  )

  it.prop(
    "any owner computes the same slots, whenever it asks",
    [Id, Interval, Instant, Instant],
    ([id, seconds, a, b]) => {
      const timing = timingOf(id, seconds * 1000)
      assert.strictEqual(Math.abs(slotAt(timing, a) - slotAt(timing, b)) % timing.intervalMs, 0)
    }
  )

  it.prop(
    "the next slot comes after the last one, and is at most one interval away",
    [Id, Interval, Instant, Instant],
    ([id, seconds, now, last]) => {
      const timing = timingOf(id, seconds * 1000)
      const { at, slot } = nextRun(timing, now, last)
      assert.isAbove(slot, last)
      assert.isAtMost(slot, Math.max(now, last + timing.intervalMs))
      assert.isAtMost(at, Math.max(now, last) + timing.intervalMs)
    }
  )

  it.prop(
    "a clock that was set back silences nobody: the next run is at most two intervals away, whatever was last",
    [Id, Interval, Instant, Instant],
    ([id, seconds, now, last]) => {
      const timing = timingOf(id, seconds * 1000)
      assert.isAtMost(nextRun(timing, now, last).at, now + 2 * timing.intervalMs)
    }
  )

  it.prop(
    "after a jump either way the next run is at a slot to come, within an interval, and its slot is new",
    [Id, Interval, Instant, Instant],
    ([id, seconds, now, last]) => {
      const timing = timingOf(id, seconds * 1000)
      const { at, slot } = runAfterJump(timing, now, last)
      assert.strictEqual(at, slotAt(timing, at))
      assert.isAbove(at, now)
      assert.isAtMost(at, now + timing.intervalMs)
      assert.isAbove(slot, last)
      if (last < at) assert.strictEqual(slot, at)
    }
  )

  it("checks at every interval while time catches up with a clock that was ahead by an hour, each slot once", () => {
    const timing = { intervalMs: 60_000, phaseMs: 0 }
    const [begin, ahead] = [1_700_000_040_000, 3_600_000]
    let now = begin
    let last = begin + ahead
    const slots = new Set([last])
    for (let check = 0; check < 70; check++) {
      const { at, slot } = nextRun(timing, now, last)
      assert.isAtMost(at - now, 2 * timing.intervalMs)
      now = at
      last = slot
      slots.add(slot)
    }
    assert.strictEqual(slots.size, 71)
    assert.strictEqual(last, now, "in time again")
  })

  it("coalesces overdue slots into the newest one and counts them", () => {
    const timing = { intervalMs: 1000, phaseMs: 0 }
    assert.deepStrictEqual(nextRun(timing, 10_500, 5000), { at: 10_000, slot: 10_000 })
    assert.strictEqual(skippedSlots(timing, 5000, 10_000), 4)
    assert.strictEqual(skippedSlots(timing, 5000, 6000), 0)
  })

  it("counts nothing as skipped for a monitor that was never checked", () => {
    assert.strictEqual(skippedSlots({ intervalMs: 1000, phaseMs: 0 }, 0, 1_700_000_000_000), 0)
  })

  it.effect("says by Schedule when the next slot is due", () =>
    Effect.gen(function* () {
      const step = yield* Schedule.toStep(cadence({ intervalMs: 1000, phaseMs: 250 }))
      const [slot, delay] = yield* Effect.orDie(step(10_000, 9250))
      assert.strictEqual(slot, 10_250)
      assert.strictEqual(Duration.toMillis(delay), 250)
    })
  )
})
