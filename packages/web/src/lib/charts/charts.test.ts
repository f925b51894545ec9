import { describe, expect, it } from "vitest"
import { barPaths, barsViewBox } from "./bars.ts"
import { coverage } from "./coverage.ts"
import { counts, outages, sliceCount, slices, zones } from "./history.ts"
import { latencyFinding, latencySeries } from "./latency.ts"
import { latencyPaths } from "./latencyPaths.ts"
import { phaseFinding, phaseRuns } from "./phases.ts"
import { extend, pack, type Point, unpack } from "./points.ts"
import { runsOf } from "./runs.ts"
import { instants, quantile, spread, ticks } from "./scale.ts"
import { sparkPaths } from "./spark.ts"
import { stackPaths } from "./stack.ts"
import { waterfall } from "./waterfall.ts"

const at = (index: number) => 1_700_000_000_000 + index * 30_000
const point = (index: number, total: number | null = 100_000, status: Point["status"] = "up"): Point => ({
  at: at(index),
  status,
  total,
  phases: [5000, 10_000, 20_000, 60_000, 5000]
})
const steady = (count: number) => Array.from({ length: count }, (_, index) => point(index))
const plain = (text: string) => text.replaceAll("\u00a0", " ")

describe("points", () => {
  const check = (index: number, status: "up" | "down") => ({
    checkedAt: new Date(at(index)).toISOString(),
    status,
    timings: { dnsUs: 1, connectUs: 2, tlsUs: null, firstByteUs: 3, transferUs: 4, totalUs: 10 }
  })

  it("survive the way to the browser, oldest first", () => {
    const packed = pack([check(1, "down"), check(0, "up")] as never)
    expect(packed.status).toBe("ud")
    expect(unpack(packed)).toEqual([
      { at: at(0), status: "up", total: 10, phases: [1, 2, null, 3, 4] },
      { at: at(1), status: "down", total: 10, phases: [1, 2, null, 3, 4] }
    ])
  })

  it("take newer ones once, and stay bounded", () => {
    const three = steady(3)
    expect(extend(three, [point(2), point(1)], 5)).toBe(three)
    expect(extend(three, [point(4), point(3), point(2)], 4).map((one) => one.at)).toEqual([1, 2, 3, 4].map(at))
  })
})

describe("scales", () => {
  it("end on round numbers", () => {
    expect(ticks(738, 4)).toEqual([0, 200, 400, 600, 800])
    expect(ticks(1013, 4)).toEqual([0, 400, 800, 1200])
    expect(ticks(0.7, 4)).toEqual([0, 0.2, 0.4, 0.6, 0.8])
    expect(ticks(0, 4)).toHaveLength(2)
  })

  it("quantiles are values that occurred", () => {
    expect([0.5, 0.95, 0.99, 1, 0].map((share) => quantile([1, 2, 3, 4], share))).toEqual([2, 4, 4, 4, 1])
  })

  it("labels keep their order and their distance", () => {
    expect(spread([10, 12, 80], 13, 0, 100)).toEqual([10, 23, 80])
    expect(spread([98, 99], 13, 0, 100)).toEqual([87, 100])
    expect(spread([50, 10], 13, 0, 100)).toEqual([50, 10])
  })

  it("instants are round in the reader's time zone", () => {
    const from = Date.parse("2026-11-21T06:10:00Z")
    const to = Date.parse("2026-11-21T12:03:00Z")
    expect(instants(from, to, 6).map((instant) => new Date(instant).toISOString().slice(11, 16))).toEqual([
      "07:00",
      "08:00",
      "09:00",
      "10:00",
      "11:00",
      "12:00"
    ])
    const nepal = 5.75 * 3_600_000
    expect(
      instants(from, to, 6, nepal).map((instant) => new Date(instant + nepal).toISOString().slice(14, 16))
    ).toEqual(Array.from({ length: 6 }, () => "00"))
  })
})

describe("history", () => {
  const points = [
    point(0),
    point(1, null, "down"),
    point(2, null, "down"),
    point(3),
    point(4, null, "unknown"),
    point(5, null, "down")
  ]

  it("is cut into slices that show the worst", () => {
    expect(slices(points, 3).map(({ status, checks, failed }) => [status, checks, failed])).toEqual([
      ["down", 2, 1],
      ["down", 2, 1],
      ["down", 2, 1]
    ])
    expect(slices([point(0), point(10)], 5).map(({ status }) => status)).toEqual([
      "up",
      undefined,
      undefined,
      undefined,
      "up"
    ])
    expect(sliceCount(3, 90)).toBe(1)
    expect(sliceCount(500, 90)).toBe(90)
  })

  it("shows no gap where the first check came early", () => {
    const points = [0, 3, 13, 23, 33].map((second) => point(second / 60))
    expect(slices(points, sliceCount(points.length, 90)).map(({ status }) => status)).toEqual(["up", "up"])
  })

  it("is pressed in zones that are wide enough", () => {
    const cut = slices(
      Array.from({ length: 90 }, (_, index) => point(index, 1000, index === 50 ? "down" : "up")),
      90
    )
    const wide = zones(cut, 0.07)
    expect(wide).toHaveLength(12)
    expect(Math.min(...wide.map(({ checks }) => checks))).toBe(7)
    expect(wide.filter(({ status }) => status === "down").map(({ failed }) => failed)).toEqual([1])
    expect([wide[0]?.from, wide.at(-1)?.to]).toEqual([cut[0]?.from, cut.at(-1)?.to])
    expect(zones(cut.slice(0, 3), 0.07)).toEqual(cut.slice(0, 3))
    expect(zones([], 0.07)).toEqual([])
  })

  it("knows when it was down; unknown ends nothing", () => {
    expect(outages(points)).toEqual([
      { from: at(1), to: at(3) },
      { from: at(5), to: undefined }
    ])
    expect(outages([point(0, null, "down"), point(1, null, "unknown"), point(2)])).toEqual([{ from: at(0), to: at(2) }])
  })

  it("counts unknown as neither good nor bad", () => {
    expect(counts(points)).toEqual({ checks: 6, seen: 5, good: 2 })
  })
})

describe("latency", () => {
  it("shows single checks while there are few, percentiles when there are enough", () => {
    const few = latencySeries(steady(20))
    expect([few.kind, few.buckets.length]).toEqual(["single", 20])
    const many = latencySeries(steady(500))
    expect([many.kind, many.buckets.length]).toEqual(["percentiles", 72])
    expect(many.buckets.every((bucket) => bucket?.p50 === 100_000)).toBe(true)
  })

  it("leaves a gap where nothing good was measured", () => {
    const series = latencySeries([point(0), point(1, 300, "down"), point(2, null, "unknown"), point(3)])
    expect(series.buckets.map((bucket) => bucket?.p50)).toEqual([100_000, undefined, undefined, 100_000])
  })

  it("says what was found", () => {
    expect(latencyFinding([])).toBe("No good check yet, so there is no latency to show.")
    expect(plain(latencyFinding(steady(5)))).toBe("Median 100 ms.")
    expect(plain(latencyFinding(steady(100)))).toBe("Median 100 ms; 95 % within 100 ms.")
    const slower = steady(100).map((one, index) => (index >= 80 ? point(index, 300_000) : one))
    expect(plain(latencyFinding(slower))).toBe("Median 100 ms; slower in the last 9 min: 300 ms after 100 ms.")
  })
})

describe("runs", () => {
  it("break where nobody looked", () => {
    const points = [...steady(5), point(20), point(21)]
    expect(runsOf(points).map((run) => run.length)).toEqual([5, 2])
    expect(phaseRuns(points).map((run) => run.length)).toEqual([5, 2])
    expect(latencyPaths(latencySeries(points)).p50.match(/M/g)).toHaveLength(2)
    expect(runsOf([])).toEqual([])
  })

  it("break at outages", () => {
    const points = steady(20).map((one, index) => (index >= 8 && index < 14 ? point(index, 10, "down") : one))
    expect(phaseRuns(points).map((run) => run.length)).toEqual([8, 6])
  })
})

describe("phases", () => {
  it("are medians of good checks", () => {
    expect(phaseRuns([point(0)])).toEqual([])
    const runs = phaseRuns([...steady(100), point(100, 10, "down")])
    expect(runs.map((run) => run.length)).toEqual([48])
    expect(runs[0]?.[0]?.phases).toEqual([5000, 10_000, 20_000, 60_000, 5000])
    expect(plain(phaseFinding(runs))).toBe("Most of the time goes into waiting for the first byte: 60 ms, 60 %.")
  })
})

describe("marks", () => {
  it("bars are one path per state, tall where there is trouble", () => {
    const paths = barPaths([
      { from: 0, to: 1, status: "up", checks: 2, failed: 0 },
      { from: 1, to: 2, status: "down", checks: 2, failed: 2 },
      { from: 2, to: 3, status: undefined, checks: 0, failed: 0 },
      { from: 3, to: 4, status: "up", checks: 2, failed: 0 }
    ])
    expect(paths).toEqual([
      { status: "up", d: "M0 25.6h6.4v14.4h-6.4zM30 25.6h6.4v14.4h-6.4z" },
      { status: "down", d: "M10 0h6.4v40h-6.4z" },
      { status: "unknown", d: "M20 37.6h6.4v2.4h-6.4z" }
    ])
    expect(barsViewBox(4)).toBe("0 0 36.4 40")
  })

  it("lines break where nothing was measured; what stands alone is a dot", () => {
    const paths = latencyPaths(latencySeries([point(0), point(1), point(2, null, "down"), point(3)]))
    expect(paths.p50).toBe("M0 0L333.3 0M1000 0")
    expect(paths.dots).toEqual(["M1000 0h0"])
    expect(paths.ends).toHaveLength(1)
  })

  it("one slow check does not flatten the others", () => {
    const checks = steady(500).map((one, index) => (index === 40 ? point(index, 30_000_000) : one))
    const { ticks } = latencyPaths(latencySeries(checks))
    expect(plain(ticks.at(-1)!.text)).toBe("400 ms")
  })

  it("an empty chart is still a chart", () => {
    const paths = latencyPaths(latencySeries([]))
    expect([paths.p50, paths.ends]).toEqual(["", []])
    expect(stackPaths([], 0, 1).areas).toEqual([])
  })

  it("phases that were not needed are left out of the stack", () => {
    const plainHttp = { ...point(0), phases: [0, 1000, 0, 3000, 1000] }
    const run = [0, 1].map((index) => ({ at: at(index), phases: plainHttp.phases }))
    const { areas, ends } = stackPaths([run], at(0), at(1))
    expect(areas.map(({ phase }) => phase)).toEqual([1, 3, 4])
    expect(ends.map(({ value }) => value)).toEqual([1000, 3000, 1000])
  })

  it("a sparkline marks failures on the floor", () => {
    const { line, failures, last } = sparkPaths([point(0), point(1, 5, "down"), point(2)], 104, 20)
    expect(line).toMatch(/^M1 [\d.]+M101 [\d.]+$/)
    expect(failures).toBe("M49.5 17h3")
    expect(last?.x).toBe(101)
  })

  it("a waterfall puts phase after phase, and knows what still runs", () => {
    const done = waterfall([18_000, 24_000, 41_000, 132_000, 27_000])
    expect(done.total).toBe(242_000)
    expect(done.marks.map(({ text }) => plain(text))).toEqual(["0", "50", "100", "150", "200", "250 ms"])
    expect(waterfall([1_400_000]).marks.map(({ text }) => plain(text))).toEqual(["0", "0.4", "0.8", "1.2", "1.6 s"])
    expect(done.steps.map(({ name, isLongest }) => [name, isLongest])).toContainEqual(["First byte", true])
    expect(done.steps[1]!.start).toBeCloseTo(18 / 250)
    const running = waterfall([18_000, null, undefined, undefined, undefined])
    expect(running.steps.map(({ name, value }) => [name, value])).toEqual([
      ["DNS", 18_000],
      ["TLS", undefined]
    ])
  })
})

describe("coverage", () => {
  it("does not count time in which nobody looked", () => {
    expect(coverage(steady(11), 30_000)).toEqual({ seen: 300_000, whole: 300_000 })
    const gap = [...steady(5), point(14), point(15)]
    expect(coverage(gap, 30_000)).toEqual({ seen: 180_000, whole: 450_000 })
    const blind = steady(5).map((one, index) => (index === 2 ? point(2, null, "unknown") : one))
    expect(coverage(blind, 30_000)).toEqual({ seen: 90_000, whole: 120_000 })
    expect(coverage([point(0)], 30_000)).toEqual({ seen: 1, whole: 1 })
  })

  it("judges by the interval that was in force", () => {
    expect(coverage(steady(5), 1000)).toEqual({ seen: 120_000, whole: 120_000 })
  })
})
