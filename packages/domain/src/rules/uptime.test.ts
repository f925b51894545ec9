import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { add, noCounts, reliabilityOf, unknownOf, uptimeOf } from "./uptime.ts"

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))
const AnyCounts = Schema.Struct({
  expected: Count,
  up: Count,
  degraded: Count,
  down: Count,
  unknown: Count,
  maintenance: Count
})

describe("uptime", () => {
  it("counts degraded as up, and unknown as neither", () => {
    const counts = { ...noCounts, expected: 2000, up: 1990, degraded: 5, down: 1, unknown: 1 }
    assert.deepStrictEqual(uptimeOf(counts), { uptime: 1995 / 1996, coverage: 1996 / 2000 })
    assert.strictEqual(unknownOf(counts), 4)
  })

  it("knows nothing where nothing was seen", () => {
    assert.deepStrictEqual(uptimeOf(noCounts), { uptime: null, coverage: null })
    assert.deepStrictEqual(uptimeOf({ ...noCounts, expected: 5 }), { uptime: null, coverage: 0 })
    assert.deepStrictEqual(uptimeOf({ ...noCounts, expected: 5, unknown: 5 }), { uptime: null, coverage: 0 })
  })

  it("does not hold maintenance against anybody", () => {
    assert.deepStrictEqual(uptimeOf({ ...noCounts, expected: 10, up: 5, maintenance: 5 }), { uptime: 1, coverage: 1 })
  })

  it.prop("stays between 0 and 1, whatever was counted", [AnyCounts, AnyCounts], ([a, b]) => {
    const { coverage, uptime } = uptimeOf(add(a, b))
    for (const share of [coverage, uptime]) assert.isTrue(share === null || (share >= 0 && share <= 1))
  })
})

describe("reliability", () => {
  it("tells how often and how long", () => {
    const outages = [
      { startedAt: 100, resolvedAt: 200 },
      { startedAt: 500, resolvedAt: 800 },
      { startedAt: 950, resolvedAt: null }
    ]
    assert.deepStrictEqual(reliabilityOf(outages, 0, 1000), { incidents: 3, mttrMs: 200, mtbfMs: 550 / 3 })
  })

  it("takes of an outage that began before only what is inside", () => {
    assert.deepStrictEqual(reliabilityOf([{ startedAt: 100, resolvedAt: 300 }], 200, 1000), {
      incidents: 0,
      mttrMs: null,
      mtbfMs: null
    })
    const outages = [
      { startedAt: 100, resolvedAt: 300 },
      { startedAt: 600, resolvedAt: 700 }
    ]
    assert.strictEqual(reliabilityOf(outages, 200, 1000).mtbfMs, 600)
  })
})
