import { assert, it } from "@effect/vitest"
import { bucketCount, bucketOf } from "./buckets.ts"

it("spreads monitors evenly, and always the same way", () => {
  const counts = Array.from({ length: bucketCount }, () => 0)
  for (let index = 0; index < 64_000; index++) {
    const id = `019aa4c2-${index.toString(16).padStart(4, "0")}-7000-8000-${(index * 7919).toString(16).padStart(12, "0")}`
    assert.strictEqual(bucketOf(id), bucketOf(id))
    counts[bucketOf(id)]!++
  }
  assert.isAbove(Math.min(...counts), 800)
  assert.isBelow(Math.max(...counts), 1200)
})
