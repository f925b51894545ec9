import { describe, expect, it } from "vitest"
import { dayPaths, daysInWords, daysViewBox, markOf, packDays, unpackDays } from "./days.ts"
import { heat, heatFinding, isTelling } from "./heat.ts"
import { hourPaths, packHours } from "./hours.ts"
import { bucketsOf, latencyFinding } from "./latency.ts"
import { latencyPaths } from "./latencyPaths.ts"
import { phaseFinding, phaseRuns } from "./phases.ts"
import { pack, type Point, unpack } from "./points.ts"
import { instants, quantile, spread, ticks } from "./scale.ts"
import { packSeries, type Step, unpackSeries } from "./series.ts"
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
const stepMs = 600_000
const step = (index: number, p50: number | null = 100_000, more: Partial<Step> = {}): Step => ({
  at: index * stepMs,
  p50,
  p95: p50 === null ? null : p50 * 2,
  p99: p50 === null ? null : p50 * 3,
  phases: p50 === null ? null : [5000, 10_000, 20_000, 60_000, 5000],
  checks: 10,
  failed: p50 === null ? 10 : 0,
  ...more
})
const steady = (count: number) => Array.from({ length: count }, (_, index) => step(index))
const late = Number.MAX_SAFE_INTEGER
const bucketed = (steps: ReadonlyArray<Step>) => bucketsOf(steps, stepMs, late)
const counts = (more: Partial<Parameters<typeof markOf>[0]> = {}) => ({
  up: 0,
  degraded: 0,
  down: 0,
  maintenance: 0,
  unknown: 0,
  ...more
})
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

  it("instants of weeks are midnights of the reader, of a year the first of months", () => {
    const to = Date.parse("2026-11-21T12:03:00Z")
    const day = 86_400_000
    const hour = 3_600_000
    expect(instants(to - 30 * day, to, 7, hour).map((instant) => new Date(instant + hour).getUTCHours())).toEqual(
      Array.from({ length: 4 }, () => 0)
    )
    const year = instants(to - 365 * day, to, 7, hour).map((instant) => new Date(instant + hour).toISOString())
    expect(year.map((text) => text.slice(0, 10))).toEqual([
      "2025-12-01",
      "2026-02-01",
      "2026-04-01",
      "2026-06-01",
      "2026-08-01",
      "2026-10-01"
    ])
  })
})

describe("days", () => {
  it("are as bad as their checks; nothing seen is neither good nor bad", () => {
    expect(markOf(counts({ unknown: 288 }))).toEqual({ state: "unknown", weight: 0, seen: 0 })
    expect(markOf(counts())).toEqual({ state: "unknown", weight: 0, seen: 0 })
    expect(markOf(counts({ up: 287, down: 1 })).state).toBe("down")
    expect(markOf(counts({ down: 144, unknown: 144 }))).toEqual({ state: "down", weight: 1, seen: 0.5 })
    expect(markOf(counts({ up: 99, degraded: 1 })).state).toBe("up")
    expect(markOf(counts({ up: 90, degraded: 10 })).state).toBe("degraded")
    expect(markOf(counts({ up: 200, maintenance: 88 })).state).toBe("maintenance")
    expect(markOf(counts({ up: 1, unknown: 99 }))).toEqual({ state: "up", weight: 0, seen: 0.01 })
  })

  it("travel in two letters each", () => {
    const days = [
      counts({ up: 10 }),
      counts({ up: 6, unknown: 4 }),
      counts({ down: 5, up: 5 }),
      counts({ unknown: 9 }),
      counts({ degraded: 9 }),
      counts({ maintenance: 9 })
    ]
    expect(packDays(days)).toBe("u9u699-0g9m9")
    expect(unpackDays("u9u699-0").map(({ state, weight }) => [state, weight])).toEqual([
      ["up", 0],
      ["up", 0],
      ["down", 1],
      ["unknown", 0]
    ])
    expect(unpackDays("")).toEqual([])
  })

  it("are one path per state; a day is as wide as it was seen, the rest is a dash", () => {
    const marks = [
      { state: "up", weight: 0, seen: 1 },
      { state: "down", weight: 1, seen: 1 },
      { state: "unknown", weight: 0, seen: 0 },
      { state: "up", weight: 0, seen: 0.5 },
      { state: "maintenance", weight: 0, seen: 1 }
    ] as const
    expect(dayPaths(marks)).toEqual([
      { state: "up", d: "M0 25.6h6.4v14.4h-6.4zM30 25.6h3.2v14.4h-3.2z" },
      { state: "down", d: "M10 0h6.4v40h-6.4z" },
      { state: "maintenance", d: "M40 32.8h6.4v7.2h-6.4zM40 22.4h6.4v7.2h-6.4z" },
      { state: "unknown", d: "M20 37.6h6.4v2.4h-6.4zM33.2 37.6h3.2v2.4h-3.2z" }
    ])
    expect(dayPaths([{ state: "down", weight: 0.5, seen: 1 }], true)).toEqual([
      { state: "up", d: "M0 25.6h6.4v14.4h-6.4z" },
      { state: "down", d: "M0 12.8h6.4v12.8h-6.4z" }
    ])
    expect(daysViewBox(4)).toBe("0 0 36.4 40")
    expect(daysInWords(marks)).toBe("5 days: 1 with failures, 1 in maintenance, 1 without data.")
  })
})

describe("hours of a row", () => {
  it("travel in one letter each, in capitals where checks failed", () => {
    expect(packHours([100, null, 200, null], [0, 0, 1, 2])).toBe("c-X!")
    expect(packHours([], [])).toBe("")
    expect(packHours([null, null], [])).toBe("--")
  })

  it("are a line that breaks where nothing was measured, and ticks on the floor", () => {
    const { failures, last, line } = hourPaths("a-yY!", 104, 20)
    expect(line).toBe("M2 16h0M52 2h0L77 2")
    expect(failures).toBe("M75.5 18h3M100.5 18h3")
    expect(last).toEqual({ x: 77, y: 2 })
    expect(hourPaths("", 104, 20).line).toBe("")
  })
})

describe("series", () => {
  it("survive the way to the browser", () => {
    const none = { dnsUs: null, connectUs: null, tlsUs: null, firstByteUs: null, transferUs: null, totalUs: null }
    const mean = { ...none, connectUs: 1234, firstByteUs: 5, transferUs: 0, totalUs: 1239 }
    const nothing = { ...counts({ unknown: 5 }), p50Us: null, p95Us: null, p99Us: null, mean: none }
    const series = {
      from: "2026-11-21T12:00:00.000Z",
      to: "2026-11-21T12:20:00.000Z",
      stepSeconds: 600,
      points: [
        { at: "", ...counts({ up: 8, down: 2 }), p50Us: 123_456, p95Us: 200_000, p99Us: 300_000, mean },
        { at: "", ...nothing }
      ]
    }
    const start = Date.parse(series.from)
    expect(unpackSeries(packSeries(series))).toEqual([
      { at: start, p50: 123_000, p95: 200_000, p99: 300_000, phases: [0, 1230, 0, 5, 0], checks: 10, failed: 2 },
      { at: start + stepMs, p50: null, p95: null, p99: null, phases: null, checks: 0, failed: 0 }
    ])
  })
})

describe("latency", () => {
  it("leaves a gap where nothing good was measured; what is not over ends now", () => {
    const buckets = bucketsOf([step(0), step(1, null), step(2)], stepMs, 2.5 * stepMs)
    expect(buckets.map((bucket) => bucket?.at)).toEqual([0.5 * stepMs, undefined, 2.25 * stepMs])
  })

  it("says what was found", () => {
    expect(latencyFinding([])).toBe("No good check, so there is no latency to show.")
    expect(plain(latencyFinding(bucketed(steady(5))))).toBe("Median about 100 ms; 95 % within about 200 ms.")
    expect(plain(latencyFinding(bucketed(steady(50)), { p50: 90_000, p95: 150_000 }))).toBe(
      "Median 90 ms; 95 % within 150 ms."
    )
    const slower = steady(50).map((one, index) => (index >= 40 ? step(index, 300_000) : one))
    const single = Array.from({ length: 20 }, (_, index) =>
      step(index, 100_000 + index, { p95: 100_000 + index * 1000, checks: 1 })
    )
    expect(plain(latencyFinding(bucketed(single)))).toBe("Median 100 ms; 95 % within 118 ms.")
    expect(plain(latencyFinding(bucketed(slower)))).toBe(
      "Median about 100 ms; slower in the last 1 h 30 min: 300 ms after 100 ms."
    )
    const faster = steady(50).map((one, index) => (index >= 40 ? step(index, 50_000) : one))
    expect(plain(latencyFinding(bucketed(faster)))).toContain("faster in the last 1 h 30 min: 50 ms after 100 ms.")
  })
})

describe("phases", () => {
  it("break where nothing was timed", () => {
    expect(phaseRuns([step(0)], stepMs)).toEqual([])
    const runs = phaseRuns([...steady(5), step(5, null), step(6), step(7), step(8, null), step(9)], stepMs)
    expect(runs.map((run) => run.length)).toEqual([5, 2])
    expect(runs[0]?.[0]).toEqual({ at: stepMs / 2, phases: [5000, 10_000, 20_000, 60_000, 5000] })
    expect(plain(phaseFinding(runs))).toBe("Most of the time goes into waiting for the first byte: 60 ms, 60 %.")
  })
})

describe("the week", () => {
  const flat = Array.from({ length: 168 }, () => 100_000)
  const mornings = flat.map((value, cell) => (cell < 120 && cell % 24 >= 6 && cell % 24 < 12 ? value * 2.4 : value))

  it("says when it is slow", () => {
    expect(plain(heatFinding(mornings))).toBe("Slowest on weekday mornings: 240 ms, 2.4 times the usual.")
    expect(plain(heatFinding(flat))).toBe("About as fast at every hour of the week: 100 ms to 100 ms.")
    const nights = flat.map((value, cell) => value * (cell % 24 < 6 ? 1.2 : cell % 24 < 12 ? 0.8 : 1))
    expect(plain(heatFinding(nights))).toBe("Slowest on weekday nights: 120 ms, fastest on weekend mornings: 80 ms.")
    const spiky = flat.map((value, cell) => (cell % 20 === 0 ? 500_000 : value))
    expect(plain(heatFinding(spiky))).toBe(
      "No part of the week is slower than others; single hours took 100 ms to 500 ms."
    )
    expect([isTelling(flat), isTelling(flat.map((value, cell) => (cell < 5 ? value : null)))]).toEqual([true, false])
    expect(heatFinding(flat.map(() => null))).toBe("No good check, so there is no week to show.")
  })

  it("is five paths at most; what was not measured is a dash", () => {
    const { high, low, missing, paths } = heat([null, ...mornings.slice(1)])
    expect([low, high]).toEqual([100_000, 240_000])
    expect(missing).toBe("M3 5h3.3")
    expect(paths.map((d) => d.match(/M/g)?.length ?? 0)).toEqual([137, 0, 0, 0, 30])
    expect(paths[4]?.startsWith("M60 0h9.3v9.3h-9.3z")).toBe(true)
  })
})

describe("marks", () => {
  it("lines break where nothing was measured; what stands alone is a dot", () => {
    const paths = latencyPaths(bucketed([step(0), step(1), step(2, null), step(3)]), 0, 4 * stepMs)
    expect(paths.p50.match(/M/g)).toHaveLength(2)
    expect(paths.dots).toMatch(/^M875 [\d.]+h0$/)
    expect(paths.ends.map(({ name }) => name)).toEqual(["p50", "p95", "p99"])
  })

  it("one slow step does not flatten the others", () => {
    const steps = steady(50).map((one, index) => (index === 40 ? step(index, 30_000_000) : one))
    const { ticks } = latencyPaths(bucketed(steps), 0, 50 * stepMs)
    expect(plain(ticks.at(-1)!.text)).toBe("800 ms")
  })

  it("a single check has one time, not three percentiles", () => {
    const { ends } = latencyPaths(bucketed([step(0), step(1, 80_000, { checks: 1 })]), 0, 2 * stepMs)
    expect(ends.map(({ name, value }) => [name, value])).toEqual([["last", 80_000]])
  })

  it("one slow answer does not flatten the phases of the others", () => {
    const run = Array.from({ length: 50 }, (_, index) => ({
      at: at(index),
      phases: [0, 1000, 0, index === 40 ? 9_000_000 : 3000, 1000]
    }))
    const { areas, ticks } = stackPaths([run], at(0), at(49))
    expect(plain(ticks.at(-1)!.text)).toBe("20 ms")
    expect(areas.every(({ d }) => !d.includes("-"))).toBe(true)
  })

  it("an empty chart is still a chart", () => {
    const paths = latencyPaths([], 0, 1)
    expect([paths.p50, paths.ends]).toEqual(["", []])
    expect(stackPaths([], 0, 1).areas).toEqual([])
  })

  it("phases that were not needed are left out of the stack", () => {
    const run = [0, 1].map((index) => ({ at: at(index), phases: [0, 1000, 0, 3000, 1000] }))
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
