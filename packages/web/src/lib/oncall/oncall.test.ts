import type { OnCallAnswer, OnCallSpan, OnCallTimeline } from "@v-insight/domain/model/OnCallTimeline"
import { describe, expect, it } from "vitest"
import { rangeOf, strips, ticks } from "./timeline.ts"
import {
  gapReport,
  nowSentence,
  pagedSentence,
  schedulesHeadline,
  shortName,
  stretch,
  timelineFinding
} from "./words.ts"

const zone = "Europe/Berlin"
const from = "2026-11-22T23:00:00.000Z"
const to = "2026-11-29T23:00:00.000Z"
const span = (from: string, to: string, email: string | null, more: Partial<OnCallSpan> = {}) =>
  ({
    from,
    to,
    email,
    source: email === null ? null : "layer",
    layer: email === null ? null : "Days",
    ...more
  }) as OnCallSpan
const mara = "mara@halyard.example"
const jun = "jun@halyard.example"
const tuesday = "2026-11-24T08:00:00.000Z"
const friday = "2026-11-27T17:00:00.000Z"
const timeline = {
  from,
  to,
  spans: [
    span(from, tuesday, mara),
    span(tuesday, friday, jun, { source: "override", layer: null }),
    span(friday, to, null)
  ],
  // Mara has the whole week; she is not on call while somebody stands in.
  layers: [{ name: "Days", spans: [span(from, friday, mara)] }],
  gaps: [{ from: friday, to }]
} as unknown as OnCallTimeline

describe("who is on call", () => {
  it("is said in a sentence", () => {
    const answer = { at: tuesday, email: jun, until: friday, reasons: [{ code: "x", message: "They stand in." }] }
    expect(nowSentence({ email: mara, until: tuesday }, zone)).toBe(`${mara} is on call until Tue 24 Nov, 09:00.`)
    expect(nowSentence({ email: null, until: null }, zone)).toBe("Nobody is on call.")
    expect(pagedSentence(answer as unknown as OnCallAnswer, zone)).toBe(
      `On Tue 24 Nov, 09:00 ${jun} is paged. They stand in.`
    )
    expect([shortName(mara), shortName(null)]).toEqual(["mara", "nobody"])
  })

  it("is said for all schedules at once", () => {
    const [nights, days] = [
      { name: "Nights", email: null },
      { name: "Days", email: mara }
    ]
    expect([[], [days], [days, days], [days, nights]].map(schedulesHeadline)).toEqual([
      "Nobody is on call.",
      `${mara} is on call in Days.`,
      "Somebody is on call in all 2 schedules.",
      "Nobody is on call in Nights."
    ])
  })

  it("reports gaps in words", () => {
    expect(gapReport(timeline, zone)).toBe("Nobody is on call Fri 27 Nov, 18:00 to Mon 30 Nov, 00:00.")
    expect(gapReport({ ...timeline, gaps: [] }, zone)).toBeUndefined()
    expect(gapReport({ ...timeline, gaps: [{ from, to }] }, zone)).toBe("Nobody is on call until Mon 30 Nov, 00:00.")
    const evening = { from: "2026-11-28T17:00:00.000Z", to: "2026-11-28T19:00:00.000Z" }
    expect(gapReport({ ...timeline, gaps: Array.from({ length: 5 }, () => evening) }, zone)).toBe(
      `Nobody is on call ${Array(3).fill("Sat 28 Nov, 18:00 to 20:00").join(", ")} and 2 more times.`
    )
    expect([timeline, { ...timeline, gaps: [] }, { ...timeline, gaps: [{ from, to }] }].map(timelineFinding)).toEqual([
      "Nobody is on call for 2 days 6 hours.",
      "Somebody is on call all the time.",
      "Nobody is on call at all."
    ])
    expect(stretch(evening.from, evening.to, "UTC")).toBe("Sat 28 Nov, 17:00 to 19:00")
  })
})

describe("the timeline", () => {
  it("has a strip for each layer, for those who stand in, and for who it comes to", () => {
    const found = strips(timeline, zone)
    expect(found.map(({ name, bars }) => [name, bars.map(({ name, left, width }) => [name, left, width])])).toEqual([
      ["Days", [["mara", 0, 67.86]]],
      ["Standing in", [["jun", 19.64, 48.22]]],
      [
        "On call",
        [
          ["mara", 0, 19.64],
          ["jun", 19.64, 48.22],
          [null, 67.86, 32.14]
        ]
      ]
    ])
    expect(found.map(({ bars }) => bars.map(({ shade }) => shade))).toEqual([[0], [1], [0, 1, 0]])
  })

  it("begins today, on the schedule's clock, unless another day is asked for", () => {
    const now = Date.parse("2026-11-22T23:30:00Z")
    expect(rangeOf(null, "week", now, zone)).toEqual({
      first: "2026-11-23",
      from,
      to,
      previous: "2026-11-16",
      next: "2026-11-30"
    })
    expect(rangeOf("2026-12-01", "month", now, zone).next).toBe("2026-12-29")
    expect(rangeOf("soon", "week", now, "UTC").first).toBe("2026-11-22")
  })

  it("names the days of a week and the Mondays of a month", () => {
    expect(ticks(timeline, zone, "week").map(({ day }) => day)).toEqual([
      "Mon",
      "Tue",
      "Wed",
      "Thu",
      "Fri",
      "Sat",
      "Sun"
    ])
    const month = { from, to: "2026-12-20T23:00:00.000Z" }
    expect(ticks(month, zone, "month").map(({ left, day, date }) => [left, `${day} ${date}`])).toEqual([
      [0, "Mon 23 Nov"],
      [25, "Mon 30 Nov"],
      [50, "Mon 7 Dec"],
      [75, "Mon 14 Dec"]
    ])
  })
})
