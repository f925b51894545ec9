import { describe, expect, it } from "vitest"
import { monthOf, monthView, shownOf } from "./month.ts"
import { dayAfter, instantAt, instantText, isZone, midnight, wallDay, wallTime } from "./zoned.ts"

const berlin = "Europe/Berlin"
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())

describe("a wall clock", () => {
  it("is read where it hangs, on both sides of a change of the clocks", () => {
    expect(iso(instantAt("2026-11-21T02:00", berlin))).toBe("2026-11-21T01:00:00.000Z")
    expect(iso(instantAt("2026-03-29T01:30", berlin))).toBe("2026-03-29T00:30:00.000Z")
    expect(iso(instantAt("2026-03-29T03:30", berlin))).toBe("2026-03-29T01:30:00.000Z")
    expect(wallTime(Date.parse("2026-07-01T22:30:00Z"), berlin)).toBe("2026-07-02T00:30")
    expect(wallDay(Date.parse("2026-07-01T22:30:00Z"), "UTC")).toBe("2026-07-01")
  })

  it("says nothing where there is nothing to read", () => {
    expect(instantAt("soon", berlin)).toBeUndefined()
    expect(instantAt("2026-13-40T00:00", berlin)).toBeUndefined()
    expect(instantText("soon", berlin)).toBe("soon")
    expect(instantText("2026-11-21T02:00", "Nowhere/Town")).toBe("2026-11-21T02:00")
    expect([isZone(berlin), isZone("UTC"), isZone(""), isZone("Nowhere/Town")]).toEqual([true, true, false, false])
  })

  it("has days of 23 and 25 hours", () => {
    const hours = (day: string) => (midnight(dayAfter(day), berlin) - midnight(day, berlin)) / 3_600_000
    expect([hours("2026-03-29"), hours("2026-10-25"), hours("2026-11-21")]).toEqual([23, 25, 24])
    expect(dayAfter("2026-02-28")).toBe("2026-03-01")
  })
})

describe("a month", () => {
  const now = Date.parse("2026-11-21T12:00:00Z")
  const view = (...occurrences: Parameters<typeof monthView>[1]) =>
    monthView("2026-11", occurrences, { now, timeZone: berlin })
  const marked = (month: ReturnType<typeof view>) =>
    month.weeks.flat().flatMap(({ date, marks }) => marks.map(({ name, time }) => `${date} ${name} ${time}`))
  const one = (name: string, startsAt: string, endsAt: string) => ({ id: name, name, startsAt, endsAt })

  it("has whole weeks from Monday on", () => {
    const { next, previous, title, weeks } = view()
    expect([title, previous, next, weeks.length]).toEqual(["November 2026", "2026-10", "2026-12", 6])
    expect([weeks[0]?.[0]?.date, weeks.at(-1)?.at(-1)?.date]).toEqual(["2026-10-26", "2026-12-06"])
    expect(weeks.flat().find(({ isToday }) => isToday)?.label).toBe("Saturday 21 November")
    expect(shownOf("2026-11", berlin)).toEqual({ from: "2026-10-25T23:00:00.000Z", to: "2026-12-06T23:00:00.000Z" })
  })

  it("cuts what goes over midnight into days", () => {
    expect(marked(view(one("A", "2026-11-10T21:00:00Z", "2026-11-12T03:00:00Z")))).toEqual([
      "2026-11-10 A from 22:00",
      "2026-11-11 A all day",
      "2026-11-12 A to 04:00"
    ])
  })

  it("flags what is on at the same time, and only that", () => {
    const month = view(
      one("A", "2026-11-22T01:00:00Z", "2026-11-22T03:00:00Z"),
      one("B", "2026-11-22T02:00:00Z", "2026-11-22T04:00:00Z"),
      one("C", "2026-11-22T04:00:00Z", "2026-11-22T05:00:00Z")
    )
    const day = month.weeks.flat().find(({ date }) => date === "2026-11-22")
    expect(day?.marks.map(({ name, isOverlapping }) => [name, isOverlapping])).toEqual([
      ["A", true],
      ["B", true],
      ["C", false]
    ])
  })

  it("is this one when none is asked for", () => {
    expect(monthOf("2027-02", now, berlin)).toBe("2027-02")
    expect(["", "2027-13", "now", null].map((text) => monthOf(text, now, berlin))).toEqual(Array(4).fill("2026-11"))
  })
})
