import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { countOf, stepsOf } from "./seriesSteps.ts"

const now = 1_790_000_000_000
const hour = 3_600_000
const day = 24 * hour

describe("the steps of a series", () => {
  it("grow with the range", () => {
    const shown = (range: number, points = 300) => {
      const { level, stepMs } = stepsOf(now - range, now, points, now)
      return [level, stepMs / hour]
    }
    assert.deepStrictEqual(shown(day), ["5m", 1 / 12])
    assert.deepStrictEqual(shown(7 * day), ["1h", 1])
    assert.deepStrictEqual(shown(2.5 * day), ["5m", 0.25])
    assert.deepStrictEqual(shown(90 * day, 100), ["1d", 24])
    assert.deepStrictEqual(shown(365 * day), ["1d", 48])
  })

  it("are made of checks where no windows as small are kept, up to 500 of them", () => {
    const zoom = (range: number, checksFrom: number) =>
      stepsOf(now - 10 * day, now - 10 * day + range, 500, now, checksFrom).level
    assert.strictEqual(zoom(day, now - 30 * day), "checks")
    assert.strictEqual(zoom(2 * day, now - 30 * day), "1h")
    assert.strictEqual(zoom(day, now - 9 * day), "1h")
    assert.strictEqual(stepsOf(now - day, now, 500, now, 0).level, "5m")
  })

  it("are made of what is still kept", () => {
    assert.strictEqual(stepsOf(now - 60 * day, now - 59 * day, 500, now).level, "1h")
    assert.strictEqual(stepsOf(now - 900 * day, now - 899 * day, 500, now).level, "1d")
  })

  const Range = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3650 * day }))
  const Points = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500 }))

  it.prop("cover the range with no more than was asked for", [Range, Range, Points], ([ago, range, points]) => {
    const [from, to] = [now - ago, Math.min(now, now - ago + range)]
    const found = stepsOf(from, to, points, now)
    assert.isAtMost(found.from, from)
    assert.isAtLeast(found.to, to)
    assert.isAtMost(countOf(found), points)
    assert.isAtLeast(countOf(found), 1)
    assert.strictEqual(found.from % found.stepMs, 0)
  })
})
