import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { StormBudget } from "../model/AlertChannel.ts"
import { collectMs, digested, digestStep, hasRoom, singlesWithin, updateWaitMs } from "./stormBudget.ts"

const usual: StormBudget = { messages: 20, seconds: 300 }

describe("a channel's storm budget", () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [10, 5],
    [20, 15],
    [1000, 995]
  ])("of %d messages leaves %d that are no digests", (messages, singles) => {
    assert.strictEqual(singlesWithin({ messages, seconds: 300 }), singles)
  })

  it("says what it is in words", () => {
    assert.include(digested(usual).message, "20 messages in 5 minutes")
    assert.include(digested({ messages: 1, seconds: 3600 }).message, "1 message in 1 hour")
    assert.include(digested({ messages: 2, seconds: 90 }).message, "2 messages in 90 seconds")
  })

  it.each([
    ["nothing new", { incidents: 9, resolved: 2 }, { incidents: 9, resolved: 2 }, 1, "wait"],
    ["more of them", { incidents: 9, resolved: 2 }, { incidents: 10, resolved: 2 }, 1, "tell"],
    ["some are over", { incidents: 9, resolved: 2 }, { incidents: 9, resolved: 3 }, 1, "tell"],
    ["all is over", { incidents: 9, resolved: 2 }, { incidents: 9, resolved: 9 }, 1, "tell"],
    ["all is over and was told", { incidents: 9, resolved: 9 }, { incidents: 9, resolved: 9 }, 2, "close"],
    ["too many messages already", { incidents: 9, resolved: 2 }, { incidents: 10, resolved: 2 }, 100, "wait"],
    ["all is over after too many messages", { incidents: 9, resolved: 2 }, { incidents: 9, resolved: 9 }, 100, "tell"]
  ] as const)("with %s", (_, told, now, sent, step) => assert.strictEqual(digestStep(told, now, sent), step))

  it("tells a digest less and less often", () => {
    assert.deepStrictEqual(
      [0, 9, 10, 30].map((sent) => updateWaitMs(usual, sent)),
      [60_000, 60_000, 300_000, 1_800_000]
    )
  })

  /** Milliseconds between failures. */
  const Storm = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20_000 }))).check(
    Schema.isMinLength(50),
    Schema.isMaxLength(400)
  )
  const Budget = Schema.Struct({
    messages: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 60 })),
    seconds: Schema.Int.check(Schema.isBetween({ minimum: 60, maximum: 1200 }))
  })

  it.prop(
    "is kept in every window, with digests, and nothing is left out",
    [Storm, Budget],
    ([gaps, budget]) => {
      const windowMs = budget.seconds * 1000
      const singles: Array<number> = []
      const digests: Array<number> = []
      let at = 0
      let nextDigest = Number.POSITIVE_INFINITY
      let untold = 0
      const tellUntil = (time: number) => {
        while (nextDigest <= time) {
          digests.push(nextDigest)
          untold = 0
          nextDigest = Number.POSITIVE_INFINITY
        }
      }
      for (const gap of gaps) {
        at += gap
        tellUntil(at)
        if (hasRoom(budget, singles.filter((single) => single > at - windowMs).length)) singles.push(at)
        else {
          untold++
          const last = digests.at(-1)
          if (nextDigest === Number.POSITIVE_INFINITY) {
            nextDigest = last === undefined ? at + collectMs : Math.max(at, last + updateWaitMs(budget, digests.length))
          }
        }
      }
      tellUntil(Number.MAX_SAFE_INTEGER)
      assert.strictEqual(untold, 0)
      const all = [...singles, ...digests]
      for (const end of all) {
        const within = all.filter((time) => time > end - windowMs && time <= end).length
        assert.isAtMost(within, budget.messages)
      }
    },
    { arbitrary: { runs: 300 } }
  )
})
