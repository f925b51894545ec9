import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { isConnectionLost, nextTryMs } from "./backoff.ts"

const minute = 60_000
const hour = 60 * minute
const tries = (failures: number, elapsedMs = 0, askedMs: number | null = null, isLost = false) => ({
  failures,
  elapsedMs,
  askedMs,
  isLost
})

describe("what failed is tried again", () => {
  it("after 1, 2, 4 ... seconds, a fifth more or less", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4].map((failures) => nextTryMs(tries(failures), 0.5)),
      [1000, 2000, 4000, 8000]
    )
    assert.deepStrictEqual([nextTryMs(tries(1), 0), nextTryMs(tries(1), 1)], [800, 1200])
  })

  it("at once, or nearly, where only a connection was lost, and less often from then on", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5].map((failures) => nextTryMs(tries(failures, 0, null, true), 0.5)),
      [175, 350, 700, 1400, 2800]
    )
    assert.deepStrictEqual(
      [0, 1].map((random) => nextTryMs(tries(1, 0, null, true), random)),
      [140, 210]
    )
    assert.strictEqual(nextTryMs(tries(1, 0, 30_000, true), 0.5), 30_000, "not sooner than the receiver asks")
    assert.strictEqual(nextTryMs(tries(40, 2 * hour, null, true), 1), 4 * minute)
    assert.isTrue(["connection_refused", "connection_reset"].every(isConnectionLost))
    assert.isFalse(["timeout_first_byte", "unexpected_status", "rate_limited", "dns_failed"].some(isConnectionLost))
  })

  it("at least every 4 minutes for three hours, then at least every 12, and after a day no more", () => {
    assert.strictEqual(nextTryMs(tries(40, 2 * hour), 1), 4 * minute)
    assert.strictEqual(nextTryMs(tries(400, 4 * hour), 1), 12 * minute)
    assert.isUndefined(nextTryMs(tries(200, 24 * hour), 0.5))
  })

  it("no sooner than the receiver asks, but never waits for longer than 4 minutes", () => {
    assert.strictEqual(nextTryMs(tries(1, 0, 30_000), 0.5), 30_000)
    assert.strictEqual(nextTryMs(tries(1, 0, 86_400_000), 0.5), 4 * minute)
    assert.strictEqual(nextTryMs(tries(8, 0, 1000), 0.5), 128_000)
  })

  const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))
  const Ms = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 * hour - 1 }))
  const Random = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
  const Asked = Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

  it.prop(
    "within 4 minutes in the first hours, whatever else",
    [Count, Ms, Asked, Random, Schema.Boolean],
    ([failures, elapsedMs, askedMs, random, isLost]) => {
      const wait = nextTryMs({ failures, elapsedMs, askedMs, isLost }, random)!
      assert.isAtLeast(wait, isLost ? 140 : 800)
      assert.isAtMost(wait, 4 * minute)
    }
  )
})

describe("a receiver that is away for an hour", () => {
  const Begin = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: hour }))
  const Seed = Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))).check(
    Schema.isMinLength(20),
    Schema.isMaxLength(20)
  )
  const Asks = Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 24 * hour })))
  /** How long a try takes that fails: nothing, or the whole of its time. */
  const Takes = Schema.Literals([0, 15_000])

  it.prop(
    "is told within five minutes of its return, whenever a message came and whatever it had asked for",
    [Begin, Seed, Asks, Takes, Schema.Boolean],
    ([began, randoms, askedMs, takesMs, isLost]) => {
      let at = began
      for (let failures = 1; at < hour; failures++) {
        at += takesMs
        at += nextTryMs({ failures, elapsedMs: at - began, askedMs, isLost }, randoms[failures % randoms.length]!)!
      }
      assert.isAtMost(at - hour, 5 * minute)
    },
    { arbitrary: { runs: 5000 } }
  )
})
