import { describe, expect, it } from "vitest"
import type { Point } from "#lib/charts/points.ts"
import { historyFinding, soSince, periods } from "./summary.ts"

const plain = (text: string) => text.replaceAll("\u00a0", " ")
const minute = 60_000
const point = (index: number, status: Point["status"] = "up", total: number | null = 100_000): Point => ({
  at: 1_700_000_000_000 + index * minute,
  status,
  total,
  phases: []
})

describe("since when", () => {
  const [earlier, later] = ["2026-11-21T11:00:00.000Z", "2026-11-21T12:00:00.000Z"]

  it("a monitor is down: since its open incident began, whatever stretch without data lay between", () => {
    expect(soSince({ status: "down", statusSince: later }, { startedAt: earlier })).toBe(earlier)
    expect(soSince({ status: "down", statusSince: earlier }, { startedAt: later })).toBe(earlier)
    expect(soSince({ status: "down", statusSince: later }, undefined)).toBe(later)
  })

  it("a monitor is anything else: since it is", () => {
    for (const status of ["up", "degraded", "unknown", "maintenance"] as const)
      expect(soSince({ status, statusSince: later }, { startedAt: earlier })).toBe(later)
  })

  it("is not said of what is paused, or was never checked", () => {
    expect(soSince({ status: "paused", statusSince: later }, { startedAt: earlier })).toBeNull()
    expect(soSince({ status: "pending", statusSince: null }, undefined)).toBeNull()
  })
})

describe("periods", () => {
  it("are those that the checks cover, and the whole", () => {
    const points = Array.from({ length: 121 }, (_, index) =>
      point(index, index === 10 ? "down" : "up", index < 60 ? 100_000 : 200_000)
    )
    const found = periods(points, minute)
    expect(
      found.map(({ name, uptime, seen, checks, outages, p50 }) => [
        plain(name),
        plain(uptime),
        plain(seen),
        checks,
        outages,
        plain(p50)
      ])
    ).toEqual([
      ["Last 1 hour", "100 %", "100 %", 60, 0, "200 ms"],
      ["All 121 checks shown, 2 h", "99.17 %", "100 %", 121, 1, "200 ms"]
    ])
    expect(periods([], minute)).toEqual([])
    expect(periods([point(0)], minute)[0]?.name).toBe("1 check")
  })
})

describe("the finding of the bars", () => {
  it.each([
    [[], "Nothing was seen yet."],
    [[point(0, "unknown")], "Nothing was seen yet."],
    [[point(0)], "The only check was good."],
    [[point(0, "down")], "The only check failed."],
    [[point(0), point(1)], "All 2 checks were good."],
    [[point(0, "degraded"), point(1), point(2, "degraded")], "No check failed; 2 of 3 were degraded."],
    [[point(0), point(1, "down"), point(2)], "66.66 % of 3 checks were good; one failed."],
    [
      [point(0), point(1, "down"), point(2, "down"), point(3)],
      "50.00 % of 4 checks were good; 2 failed in one outage of 2 min."
    ],
    [
      [point(0, "down"), point(1), point(2, "down"), point(3, "down"), point(5)],
      "40.00 % of 5 checks were good; 3 failed in 2 outages, the longest 3 min."
    ]
  ])("%#", (points, sentence) => {
    expect(plain(historyFinding(points))).toBe(sentence)
  })
})
