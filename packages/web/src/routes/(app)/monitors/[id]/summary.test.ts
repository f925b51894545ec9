import { describe, expect, it } from "vitest"
import type { UptimeSpan } from "@v-insight/domain/model/History"
import { daysFinding, shownDays, soSince, spanRows } from "./summary.ts"

const plain = (text: string) => text.replaceAll("\u00a0", " ")
const counts = (up: number, down = 0, unknown = 0) => ({ up, degraded: 0, down, unknown, maintenance: 0 })

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

describe("spans", () => {
  const one: UptimeSpan = {
    span: "30d",
    from: "2026-10-22T12:00:00.000Z",
    to: "2026-11-21T12:03:00.000Z",
    ...counts(99_948, 52, 400),
    uptime: 0.99948,
    coverage: 0.996,
    p50Us: 146_000,
    p95Us: 276_000,
    p99Us: null,
    incidents: 2,
    mttrSeconds: 2400,
    mtbfSeconds: 1_468_800
  }

  it("say uptime never without how much was seen", () => {
    const [row] = spanRows([one], "2026-01-01T00:00:00.000Z", "UTC")
    expect(plain(row!.line)).toBe("2 incidents, 40 min to repair, 17 d between")
    const { line: _line, ...cells } = row!
    expect(Object.values(cells).map((value) => (typeof value === "string" ? plain(value) : value))).toEqual([
      "30 days",
      undefined,
      "99.94 %",
      "99.6 %",
      2,
      "146 ms",
      "276 ms",
      "–",
      "40 min",
      "17 d"
    ])
  })

  it("are as many as differ", () => {
    const spans = (["24h", "7d", "30d"] as const).map((span, index) => ({
      ...one,
      span,
      from: new Date(Date.parse(one.to) - [1, 7, 30][index]! * 86_400_000).toISOString()
    }))
    const names = (createdAt: string) => spanRows(spans, createdAt, "UTC").map(({ name }) => name)
    expect(names("2026-11-21T08:00:00.000Z")).toEqual(["24 hours"])
    expect(names("2026-11-18T08:00:00.000Z")).toEqual(["24 hours", "7 days"])
    expect(names("2026-01-01T08:00:00.000Z")).toEqual(["24 hours", "7 days", "30 days"])
  })

  it("say since when a younger monitor is watched, and what is not over", () => {
    const young = { ...one, ...counts(0), mttrSeconds: null, mtbfSeconds: null }
    expect(spanRows([young], "2026-11-20T08:00:00.000Z", "UTC")[0]).toMatchObject({
      since: "20 Nov 2026",
      uptime: "–",
      seen: "–",
      repair: "open",
      between: "–"
    })
    expect(spanRows([{ ...young, incidents: 0 }], "2026-11-20T08:00:00.000Z", "UTC")[0]).toMatchObject({
      repair: "–",
      line: "no incident"
    })
  })
})

describe("the finding of the days", () => {
  const days = (...all: ReadonlyArray<ReturnType<typeof counts>>) =>
    shownDays(all.map((one, index) => ({ ...one, date: `2026-11-0${index + 1}`, uptime: null, coverage: null })))

  it.each([
    [days(counts(0), counts(0, 0, 9)), "Nothing was seen in 2 days."],
    [days(counts(10), counts(10)), "100 % over 2 days, 100 % of it observed. No check failed. Days in UTC."],
    [days(counts(0), counts(10)), "100 % over its first day, 100 % of it observed. No check failed. Days in UTC."],
    [
      days(counts(0), counts(9, 1), counts(0, 0, 10), counts(6, 4)),
      "75.00 % over its 3 days so far, 66.6 % of it observed. Worst day: 4 Nov, 60.00 %. Days in UTC."
    ]
  ])("%#", (shown, sentence) => {
    const { finding, scope } = daysFinding(shown, undefined)
    expect(plain(`${finding} ${scope}`.trim())).toBe(sentence)
  })

  it("takes the figures of the span where they are known", () => {
    expect(plain(daysFinding(days(counts(9, 1)), counts(99, 1)).finding)).toContain("99.00 % over")
  })
})
