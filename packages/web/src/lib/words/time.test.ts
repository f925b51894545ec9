import { describe, expect, it } from "vitest"
import { clock, clockShort, date, daysUntil, full, moment, span, spanInWords, zoneOffset } from "./time.ts"

const plain = (text: string) => text.replaceAll("\u00a0", " ")
const [s, min, h, d] = [1000, 60_000, 3_600_000, 86_400_000]
const now = Date.parse("2026-11-21T12:03:10.000Z")

describe("span", () => {
  it.each([
    [-5, "0 s"],
    [999, "0 s"],
    [12.9 * s, "12 s"],
    [26 * min + 59 * s, "26 min"],
    [h, "1 h"],
    [h + 12 * min, "1 h 12 min"],
    [23 * h + 59 * min, "23 h 59 min"],
    [3 * d + 4 * h + 5 * min, "3 d 4 h"],
    [17 * d + 4 * h, "17 d"]
  ])("%d ms is %s", (milliseconds, text) => {
    expect(plain(span(milliseconds))).toBe(text)
  })

  it("is spelt out in sentences", () => {
    expect(spanInWords(s)).toBe("1 second")
    expect(spanInWords(26 * min)).toBe("26 minutes")
    expect(spanInWords(h + min)).toBe("1 hour 1 minute")
  })
})

describe("instants", () => {
  const instant = "2026-11-21T11:37:02.500Z"

  it("are written in the reader's time zone", () => {
    expect(clock(instant, "UTC")).toBe("11:37:02")
    expect(clockShort(instant, "Asia/Ho_Chi_Minh")).toBe("18:37")
    expect(full(instant, "UTC")).toBe("Sat, 21 Nov 2026, 11:37:02 UTC")
  })

  it("say as much as is needed", () => {
    expect(moment(instant, "UTC", now)).toBe("11:37")
    expect(moment("2026-11-20T23:10:00Z", "UTC", now)).toBe("20 Nov, 23:10")
    expect(moment("2025-09-03T23:10:00Z", "UTC", now)).toBe("3 Sept 2025")
    // Yesterday in UTC is today in Vietnam.
    expect(moment("2026-11-20T23:10:00Z", "Asia/Ho_Chi_Minh", now)).toBe("06:10")
    expect(date("2027-02-02T00:00:00Z", "UTC")).toBe("2 Feb 2027")
  })

  it("midnight is 00, not 24", () => {
    expect(clock("2026-11-21T00:00:00Z", "UTC")).toBe("00:00:00")
  })

  it("know how far a zone is from UTC", () => {
    expect(zoneOffset(now, "UTC")).toBe(0)
    expect(zoneOffset(now, "Asia/Kathmandu")).toBe(5.75 * h)
    expect(zoneOffset(now, "America/New_York")).toBe(-5 * h)
    expect(zoneOffset(Date.parse("2026-07-01T00:00:00Z"), "America/New_York")).toBe(-4 * h)
  })

  it("count whole days", () => {
    expect(daysUntil("2027-02-02T12:03:10Z", now)).toBe(73)
    expect(daysUntil("2026-11-21T13:00:00Z", now)).toBe(0)
    expect(daysUntil("2026-11-20T13:00:00Z", now)).toBe(-1)
  })
})
