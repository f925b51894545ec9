import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Deadline } from "./Deadline.ts"

/** Milliseconds until it fires, with the event loop stalled for so long in between. */
const firesAfter = (timeoutMs: number, stallMs: number) =>
  Effect.callback<number>((resume) => {
    const started = performance.now()
    const deadline = new Deadline(timeoutMs, () => resume(Effect.succeed(performance.now() - started)))
    while (performance.now() - started < stallMs);
    return Effect.sync(() => deadline.clear())
  })

describe("Deadline", () => {
  it.live("fires when it is due", () =>
    Effect.gen(function* () {
      const ms = yield* firesAfter(50, 0)
      assert.isAtLeast(ms, 49)
      assert.isBelow(ms, 1_000)
    })
  )

  it.live("gives back what a stall of our own has taken", () =>
    Effect.gen(function* () {
      const ms = yield* firesAfter(50, 200)
      assert.isAtLeast(ms, 340)
      assert.isBelow(ms, 1_200)
    })
  )

  it.live("gives back half a second at most", () =>
    Effect.gen(function* () {
      const ms = yield* firesAfter(10, 800)
      assert.isAtLeast(ms, 1_290)
      assert.isBelow(ms, 2_300)
    })
  )

  it.live("does not fire once it is cleared", () =>
    Effect.gen(function* () {
      const deadline = new Deadline(10, () => assert.fail("it was cleared"))
      deadline.clear()
      yield* Effect.sleep(50)
    })
  )
})
