import { describe, expect, it } from "vitest"
import { dayOf, pageUrl, rangeOf, sinceMade, usualPeriod, wallTime } from "./period.ts"

const now = Date.parse("2026-11-21T12:00:00Z")
const hour = 3_600_000
const read = (query: string, timeZone = "Europe/Berlin") => rangeOf(new URLSearchParams(query), now, timeZone, "24h")

describe("the stretch of time of the charts", () => {
  it("is one of a few, up to now", () => {
    expect(read("")).toEqual({ key: "24h", from: now - 24 * hour, to: now })
    expect(read("period=7d")).toEqual({ key: "7d", from: now - 168 * hour, to: now })
    expect(read("period=never")?.key).toBe("24h")
  })

  it("is anything, as machines write it or as the reader's clock shows it", () => {
    const from = Date.parse("2026-11-20T09:00:00Z")
    expect(read("from=2026-11-20T09:00:00.000Z&to=2026-11-20T11:00:00Z")).toEqual({
      key: undefined,
      from,
      to: from + 2 * hour
    })
    expect(read("from=2026-11-20T10:00&to=")).toEqual({ key: undefined, from, to: now })
    expect(read("from=2026-11-20T10:00&to=2030-01-01T00:00")?.to).toBe(now)
    // Before and after the clocks went back, at the hour that is nearest to it.
    expect(read("from=2026-10-25T01:30")?.from).toBe(Date.parse("2026-10-24T23:30:00Z"))
    expect(read("from=2026-10-25T03:30")?.from).toBe(Date.parse("2026-10-25T02:30:00Z"))
  })

  it.each([
    "from=yesterday",
    "to=2026-11-20T11:00:00Z",
    "from=2026-11-20T11:00:00Z&to=2026-11-20T10:00:00Z",
    "from=2027-01-01T00:00:00Z",
    "from=2026-13-01T00:00:00Z",
    "from=2026-11-20T11:00:00Z&to=later"
  ])("is not %s", (query) => {
    expect(read(query)).toBeUndefined()
  })

  it("is short while something has just gone wrong", () => {
    expect(usualPeriod([undefined, "2026-01-01T00:00:00Z"], now)).toBe("24h")
    expect(usualPeriod(["2026-11-21T11:34:00Z"], now)).toBe("6h")
    expect(usualPeriod(["2026-11-20T11:34:00Z", undefined], now)).toBe("24h")
  })

  it("begins no earlier than the monitor, unless it was chosen so", () => {
    const made = "2026-11-21T11:34:00.000Z"
    expect(sinceMade(read("")!, made)).toEqual({ key: "24h", from: Date.parse(made), to: now })
    expect(sinceMade(read("")!, "2025-01-01T00:00:00.000Z").from).toBe(now - 24 * hour)
    expect(sinceMade(read("from=2026-11-20T10:00")!, made).from).toBeLessThan(Date.parse(made))
    expect(sinceMade(read("")!, "2026-11-21T12:00:05.000Z").from).toBe(now - 1)
  })

  it("is shown as fields for date and time want it", () => {
    expect(wallTime(now, "Europe/Berlin")).toBe("2026-11-21T13:00")
  })
})

it("a day is a whole one, in UTC", () => {
  expect(dayOf("2026-11-03")).toEqual({ from: "2026-11-03T00:00:00.000Z", to: "2026-11-04T00:00:00.000Z" })
  for (const text of [null, "", "2026-02-30", "2026-13-01", "today", "2026-11-3"]) expect(dayOf(text)).toBeUndefined()
})

it("everything is in the URL; a stretch is chosen one way", () => {
  const present = new URLSearchParams("period=7d&day=2026-11-03&cursor=abc&delete=")
  expect(pageUrl("x", present, {})).toBe("/monitors/x?period=7d&day=2026-11-03")
  expect(pageUrl("x", present, { period: "1y" })).toBe("/monitors/x?period=1y&day=2026-11-03")
  expect(pageUrl("x", present, { day: undefined })).toBe("/monitors/x?period=7d")
  expect(pageUrl("x", present, { from: "a", to: "b", day: undefined })).toBe("/monitors/x?from=a&to=b")
  expect(pageUrl("x", new URLSearchParams("from=a&to=b"), { period: "7d" })).toBe("/monitors/x?period=7d")
  expect(pageUrl("x", new URLSearchParams("day=d&only=down"), { day: undefined })).toBe("/monitors/x")
  expect(pageUrl("x", present, { cursor: "next" })).toBe("/monitors/x?period=7d&day=2026-11-03&cursor=next")
  expect(pageUrl("x", new URLSearchParams(), {})).toBe("/monitors/x")
})
