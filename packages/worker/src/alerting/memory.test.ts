import { assert, describe, it } from "@effect/vitest"
import { initial } from "@v-insight/domain/rules/decide"
import { noMemories } from "./judgeRules.ts"
import { fromStored, rested, type StoredMemory, toStored, weightOfMemory } from "./memory.ts"

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

  it("weighs what it takes in a statement", () => {
    const at = 1_795_391_999_999
    const id = "01a20042-bdb2-729f-9c0e-0670ef3cfa47"
    const samples = Array.from({ length: 120 }, () => [at, 120_000_000] as const)
    const fingerprint = "ab".repeat(32)
    const memories: ReadonlyArray<StoredMemory> = [
      { rules: { [id]: { trigger: "slow_response", isRaised: false, samples } } },
      {
        rules: { [id]: { trigger: "coverage_lost", isRaised: false, since: at, intervalMs: 30_000, observed: samples } }
      },
      { rules: { [id]: { trigger: "ssl_expiry", isRaised: false, seen: [{ fingerprint, validTo: at, told: 30 }] } } },
      { rules: { [id]: raised }, flapping: { turns: samples.map(() => at), since: at, isWell: true } }
    ]
    for (const memory of memories) {
      const { length } = JSON.stringify(memory)
      assert.isAtLeast(weightOfMemory(memory), length * 0.8)
      assert.isAtMost(weightOfMemory(memory), length + 200)
    }
    assert.strictEqual(weightOfMemory(null), 0)
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
