import { assert, describe, it } from "@effect/vitest"
import { initial } from "@v-insight/domain/rules/decide"
import { noMemories } from "./judgeRules.ts"
import { fromStored, rested, toStored } from "./memory.ts"

const raised = { trigger: "flapping", isRaised: true } as const
const watched = {
  trigger: "coverage_lost",
  isRaised: false,
  since: 1,
  intervalMs: 60_000,
  observed: [[7, 2]]
} as const

describe("what is remembered of a monitor", () => {
  it("comes back as it was stored", () => {
    const flapping = { turns: [1, 2], since: 2, isWell: true }
    const stored = toStored({ flapping, notedIn: "w" }, { a: raised })
    assert.deepStrictEqual(fromStored(JSON.parse(JSON.stringify(stored))), {
      flapping,
      notedIn: "w",
      rules: { a: raised }
    })
  })

  it("is nothing at first", () => {
    assert.isNull(toStored(initial, noMemories))
    assert.deepStrictEqual(fromStored(null), { flapping: initial.flapping, notedIn: null, rules: noMemories })
  })

  it("after a pause is what is raised: a time in which nothing was due lost no coverage", () => {
    assert.deepStrictEqual(rested({ a: raised, b: watched }), { a: raised })
    assert.strictEqual(rested({ b: watched }), noMemories)
    assert.deepStrictEqual(rested({ b: { ...watched, isRaised: true } }), {
      b: { ...watched, isRaised: true, since: null, observed: [] }
    })
  })
})
