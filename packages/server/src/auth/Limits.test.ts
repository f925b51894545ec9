import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Limits } from "./Limits.ts"

const limit = { name: "test", burst: 2, refillMs: 10_000 }

layer(Limits.layer)("Limits", (it) => {
  it.effect("allow a burst, then one per refill, and say how long to wait", () =>
    Effect.gen(function* () {
      const { take } = yield* Limits
      const waits = Effect.map(Effect.flip(take(limit, "a")), ({ retryAfterSeconds }) => retryAfterSeconds)
      yield* take(limit, "a")
      yield* take(limit, "a")
      assert.strictEqual(yield* waits, 10)
      yield* take(limit, "b")
      yield* TestClock.adjust("7 seconds")
      assert.strictEqual(yield* waits, 3)
      yield* TestClock.adjust("3 seconds")
      yield* take(limit, "a")
      yield* TestClock.adjust("1 hour")
      yield* take(limit, "a")
      yield* take(limit, "a")
      assert.strictEqual(yield* waits, 10)
    })
  )

  it.effect("do not count what is given back", () =>
    Effect.gen(function* () {
      const { giveBack, take } = yield* Limits
      for (let times = 0; times < 10; times++) {
        yield* take(limit, "c")
        yield* giveBack(limit, "c")
      }
      yield* take(limit, "c")
      yield* take(limit, "c")
      yield* Effect.flip(take(limit, "c"))
    })
  )
})
