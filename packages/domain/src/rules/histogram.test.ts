import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { bucketOf, countOf, decode, encode, merge, of, quantile } from "./histogram.ts"

const Durations = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 134_000_000 })))
const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
/** Most answers are within a few milliseconds of each other. */
const Usual = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 20_000, maximum: 90_000 })))

const exact = (durations: ReadonlyArray<number>, q: number): number | undefined =>
  durations.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * durations.length)) - 1]

const isClose = (found: number | null, wanted: number | undefined): void => {
  if (wanted === undefined) return assert.isNull(found)
  assert.isAtMost(Math.abs(found! - wanted), wanted * 0.05, `${found} instead of ${wanted}`)
}

describe("histogram", () => {
  it.prop("is wrong by 5 % at most, at every quantile", [Durations, Usual, Share], ([wide, usual, q]) => {
    isClose(quantile(of(wide), q), exact(wide, q))
    isClose(quantile(of(usual), q), exact(usual, q))
  })

  it.prop("of two parts is their sum, also when their texts are put together", [Durations, Usual], ([a, b]) => {
    const both = of([...a, ...b])
    assert.deepStrictEqual(merge([of(a), of(b)]), both)
    assert.deepStrictEqual(decode(Uint8Array.from([...encode(of(a)), ...encode(of(b))])), both)
    assert.strictEqual(countOf(both), a.length + b.length)
  })

  it("takes a byte per duration at most, and far fewer when they are alike", () => {
    assert.lengthOf(encode(of([])), 0)
    assert.lengthOf(encode(of([50_000])), 1)
    assert.lengthOf(encode(of([50_000, 50_000])), 2)
    for (const count of [1, 2, 55, 56, 255, 256, 65_535, 65_536, 86_400]) {
      const alike = of(Array<number>(count).fill(50_000))
      assert.isAtMost(encode(alike).length, 8)
      assert.deepStrictEqual(decode(encode(alike)), alike)
    }
  })

  it("has room for everything from nothing to minutes", () => {
    assert.strictEqual(bucketOf(0), 0)
    assert.strictEqual(bucketOf(1), 0)
    assert.strictEqual(bucketOf(Number.MAX_SAFE_INTEGER), 199)
    assert.isNull(quantile(of([]), 0.5))
  })
})
