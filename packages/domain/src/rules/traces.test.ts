import { assert, describe, it } from "@effect/vitest"
import { type CheckOutcome, type CheckStatus, noTimings } from "../model/CheckOutcome.ts"
import { detailToStore, type GoodCheck, type Memory, recall, remember } from "./traces.ts"

const outcomeOf = (status: CheckStatus, traits: Readonly<Record<string, string>> | null = null): CheckOutcome => ({
  status,
  timings: noTimings,
  httpStatus: null,
  error: null,
  certificate: null,
  address: null,
  attempts: 1,
  detail: traits && {
    tlsVersion: null,
    redirects: [],
    assertions: [],
    traits,
    response: { headers: [], body: "secret plans", isTruncated: false }
  }
})
const blank: Memory = { lastGood: null, stored: null }

/** What was written after each outcome, one per second from 1 on. */
const writes = (...outcomes: ReadonlyArray<CheckOutcome>) => {
  let memory = blank
  const written = outcomes.map((outcome, index) => {
    const next = remember(memory, outcome, index + 1)
    memory = next.memory
    return next.toStore
  })
  return { memory, written }
}

describe("remember", () => {
  const up = outcomeOf("up", { server: "a" })

  it("writes traits once, and the instant of the last good check when it is over", () => {
    const good: GoodCheck = { at: 1, traits: { server: "a" } }
    const { memory, written } = writes(up, up, up, outcomeOf("down"), outcomeOf("down"))
    assert.deepStrictEqual(written, [good, undefined, undefined, { ...good, at: 3 }, undefined])
    assert.deepStrictEqual(memory.lastGood, { ...good, at: 3 })
  })

  it("writes traits that changed, were added or went away", () => {
    const { written } = writes(
      up,
      outcomeOf("up", { server: "b" }),
      outcomeOf("degraded", { server: "b", type: "x" }),
      outcomeOf("up", { type: "x" }),
      outcomeOf("up")
    )
    assert.deepStrictEqual(
      written.map((good) => good?.traits),
      [{ server: "a" }, { server: "b" }, { server: "b", type: "x" }, { type: "x" }, {}]
    )
  })

  it("writes nothing of a monitor without traits that stays good", () => {
    assert.deepStrictEqual(writes(outcomeOf("up"), outcomeOf("up", {})).written, [undefined, undefined])
  })

  it("takes what we could not see for no good check", () => {
    const { memory, written } = writes(up, outcomeOf("unknown"), outcomeOf("down"))
    assert.deepStrictEqual(written[1], undefined)
    assert.strictEqual(memory.lastGood?.at, 1)
  })
})

describe("recall", () => {
  const stored: GoodCheck = { at: 1, traits: { server: "a" } }

  it("takes the newest check for the last good one when it was good", () => {
    for (const status of ["up", "degraded", "down"] as const) {
      const { lastGood } = recall(stored, { status, failures: 0, checkedAt: 9 })
      assert.deepStrictEqual(lastGood, { at: 9, traits: { server: "a" } }, status)
    }
  })

  it("believes the table otherwise", () => {
    assert.deepStrictEqual(recall(stored, { status: "up", failures: 1, checkedAt: 9 }).lastGood, stored)
    assert.deepStrictEqual(recall(stored, { status: "unknown", failures: 0, checkedAt: 9 }).lastGood, stored)
    assert.isNull(recall(null, { status: "pending", failures: 0, checkedAt: null }).lastGood)
  })

  it("agrees with the memory of whoever wrote it", () => {
    const up = outcomeOf("up", { server: "a" })
    const { memory } = writes(up, up)
    const again = recall(memory.stored, { status: "up", failures: 0, checkedAt: 2 })
    assert.deepStrictEqual(again, memory)
    const bad = writes(up, up, outcomeOf("down")).memory
    assert.deepStrictEqual(recall(bad.stored, { status: "up", failures: 1, checkedAt: 3 }), bad)
  })
})

describe("detailToStore", () => {
  it("is of checks that are not up, without the response", () => {
    assert.isNull(detailToStore(outcomeOf("up", { a: "1" })))
    assert.isNull(detailToStore(outcomeOf("down")))
    const detail = detailToStore(outcomeOf("degraded", { a: "1" }))
    assert.deepStrictEqual([detail?.traits, detail?.response], [{ a: "1" }, null])
  })
})
