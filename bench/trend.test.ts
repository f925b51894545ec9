import { assert, describe, it } from "@effect/vitest"
import { provenGrowth, type Sample, trendOf } from "./trend.ts"

/** The same every time; uniform within [-1, 1]. */
const noises = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** Twenty minutes, one every ten seconds. */
const samplesOf = (valueAt: (hours: number) => number): ReadonlyArray<Sample> =>
  Array.from({ length: 120 }, (_, index) => ({ atMs: index * 10_000, value: valueAt(index / 360) }))

describe("a trend", () => {
  it("is exact without noise", () => {
    const { margin, mean, perHour } = trendOf(samplesOf((hours) => 100 + 3 * hours))
    assert.approximately(perHour, 3, 1e-9)
    assert.approximately(margin, 0, 1e-9)
    assert.approximately(mean, 100 + (3 * 119) / 720, 1e-9)
  })

  it("of noise alone is growth in one of forty runs, also when neighbours resemble each other", () => {
    for (const memory of [0, 0.8]) {
      let growing = 0
      for (let seed = 1; seed <= 400; seed++) {
        const noise = noises(seed * 7919)
        let swing = 0
        if (provenGrowth(trendOf(samplesOf(() => (swing = memory * swing + noise())))) > 0) growing++
      }
      assert.isBelow(growing, 400 * 0.06, `memory ${memory}`)
    }
  })

  it("shows a leak through the noise, and how small a one it would have missed", () => {
    const noise = noises(42)
    const leaking = trendOf(samplesOf((hours) => 80 + 20 * hours + noise()))
    assert.isAbove(provenGrowth(leaking), 1)
    assert.isBelow(leaking.margin, 2)
    const flat = trendOf(samplesOf(() => 80 + noise()))
    assert.isBelow(provenGrowth(flat), 1)
    assert.isBelow(Math.abs(flat.perHour), flat.margin * 1.5)
  })
})
