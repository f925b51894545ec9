/** What was seen when, and what a failure is worth by it. */
import { assert, describe, it } from "@effect/vitest"
import { Sight } from "./Sight.ts"

const failure = (began: number, ended: number, isGrave = true) => ({ began, ended, isGrave })

describe("a failing try", () => {
  it("is not judged before somebody looked after it", () => {
    const sight = new Sight()
    assert.isUndefined(sight.verdict(failure(0, 1_000)))
    sight.see(999)
    assert.isUndefined(sight.verdict(failure(0, 1_000)), "the network may have gone in the meantime")
    sight.see(1_000)
    assert.strictEqual(sight.verdict(failure(0, 1_000)), "seen")
  })

  it("may lean on what was seen before it when it opens nothing", () => {
    const sight = new Sight()
    sight.see(1_000)
    assert.strictEqual(sight.verdict(failure(8_000, 9_000, false)), "seen")
    assert.isUndefined(sight.verdict(failure(19_000, 20_000, false)), "but not for ever")
  })

  it("says nothing when nobody was there during it or after it, even if somebody is back", () => {
    const sight = new Sight()
    sight.miss(1_500)
    assert.strictEqual(sight.verdict(failure(0, 1_000)), "blind")
    sight.see(3_000)
    assert.strictEqual(sight.verdict(failure(0, 1_000)), "blind")
    assert.strictEqual(sight.verdict(failure(1_600, 2_900)), "blind", "when exactly it came back nobody knows")
    assert.isUndefined(sight.verdict(failure(3_001, 3_500)))
    sight.see(3_600)
    assert.strictEqual(sight.verdict(failure(3_001, 3_500)), "seen")
  })

  it("of a time after the last look that found nobody waits for the next", () => {
    const sight = new Sight()
    sight.miss(1_000)
    assert.isUndefined(sight.verdict(failure(1_100, 1_200)))
    assert.isUndefined(sight.verdict(failure(1_100, 1_200, false)))
  })
})

describe("being gone", () => {
  it("lasts from the first look that found nobody until somebody is seen", () => {
    const sight = new Sight()
    sight.see(0)
    assert.isFalse(sight.isGone)
    for (const began of [1_000, 2_000, 3_000]) sight.miss(began)
    assert.strictEqual(sight.goneSince, 1_000)
    sight.see(4_000)
    assert.isFalse(sight.isGone)
  })

  it("is not believed of witnesses while targets answer", () => {
    const sight = new Sight()
    sight.see(1_500)
    sight.miss(1_000)
    assert.isFalse(sight.isGone)
    assert.strictEqual(sight.verdict(failure(500, 900)), "seen")
  })
})
