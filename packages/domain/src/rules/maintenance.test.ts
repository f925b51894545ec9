import { assert, describe, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import type { MaintenanceWindow } from "../model/MaintenanceWindow.ts"
import { isOn, occurrences, onUntil, type PlannedWindow, windowAt } from "./maintenance.ts"

const everything = { monitorIds: [], tags: [] }
const windowOf = (
  [startsAt, endsAt]: readonly [string, string],
  recurrence: MaintenanceWindow["recurrence"] = null,
  timeZone = "Europe/Berlin"
): PlannedWindow => ({ id: "w", name: "Nightly work", startsAt, endsAt, timeZone, recurrence, scope: everything })

const at = (text: string): number => DateTime.toEpochMillis(DateTime.makeUnsafe(text))
const iso = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms)).replace(":00.000Z", "Z")
const list = (window: PlannedWindow, from: string, to: string, max = 100) =>
  occurrences(window, at(from), at(to), max).map((one) => `${iso(one.from)} ${iso(one.to)}`)

const daily = { every: "day", until: null } as const
const monitor = { id: "m", tags: ["shop"] }

describe("planned work once", () => {
  const window = windowOf(["2026-05-01T10:00:00Z", "2026-05-01T11:00:00Z"])

  it("is on from its beginning until before its end", () => {
    assert.deepStrictEqual(
      ["09:59:59.999", "10:00:00", "10:59:59.999", "11:00:00"].map((time) => isOn(window, at(`2026-05-01T${time}Z`))),
      [false, true, true, false]
    )
    assert.strictEqual(onUntil(window, at("2026-05-01T10:30:00Z")), at("2026-05-01T11:00:00Z"))
  })

  it("is about the monitors it names, those with its tags, or all", () => {
    const now = at("2026-05-01T10:30:00Z")
    const about = (monitorIds: ReadonlyArray<string>, tags: ReadonlyArray<string>) =>
      windowAt([{ ...window, scope: { monitorIds, tags } }], monitor, now) !== undefined
    assert.isTrue(about([], []))
    assert.isTrue(about(["m"], ["billing"]))
    assert.isTrue(about([], ["billing", "shop"]))
    assert.isFalse(about(["n"], ["billing"]))
  })

  it("of several, the first that is on is told", () => {
    const other = { ...window, id: "x" }
    const over = windowOf(["2026-04-01T10:00:00Z", "2026-04-01T11:00:00Z"])
    assert.strictEqual(windowAt([over, other, window], monitor, at("2026-05-01T10:30:00Z"))?.id, "x")
    assert.isUndefined(windowAt([over], monitor, at("2026-05-01T10:30:00Z")))
    assert.isUndefined(windowAt([], monitor, 0))
  })
})

describe("planned work again and again", () => {
  it("every day stays at its time of day when clocks change", () => {
    const window = windowOf(["2026-03-27T01:00:00Z", "2026-03-27T02:00:00Z"], daily)
    // 02:00 to 03:00 in Berlin; on the 29th these times are left out.
    assert.deepStrictEqual(list(window, "2026-03-28T00:00:00Z", "2026-03-31T12:00:00Z"), [
      "2026-03-28T01:00Z 2026-03-28T02:00Z",
      "2026-03-29T01:00Z 2026-03-29T02:00Z",
      "2026-03-30T00:00Z 2026-03-30T01:00Z",
      "2026-03-31T00:00Z 2026-03-31T01:00Z"
    ])
  })

  it("at 02:30 in the spring gap begins at the jump, and lasts until work of its length after it is done", () => {
    const window = windowOf(["2026-03-27T01:30:00Z", "2026-03-27T02:00:00Z"], daily)
    assert.deepStrictEqual(list(window, "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"), [
      "2026-03-29T01:00Z 2026-03-29T02:00Z"
    ])
  })

  it("that ends in the spring gap ends as long after it", () => {
    const window = windowOf(["2026-03-27T00:30:00Z", "2026-03-27T01:30:00Z"], daily)
    assert.deepStrictEqual(list(window, "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"), [
      "2026-03-29T00:30Z 2026-03-29T01:30Z"
    ])
  })

  it("at 02:30 in the autumn fold is on at both", () => {
    const window = windowOf(["2026-10-23T00:30:00Z", "2026-10-23T00:45:00Z"], daily)
    assert.deepStrictEqual(list(window, "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z"), [
      "2026-10-25T00:30Z 2026-10-25T01:45Z"
    ])
  })

  it("over midnight belongs to the day on which it begins", () => {
    const window = windowOf(
      ["2026-05-01T21:00:00Z", "2026-05-02T01:00:00Z"],
      { every: "week", days: ["fri"], until: null },
      "UTC"
    )
    assert.isTrue(isOn(window, at("2026-05-09T00:30:00Z")))
    assert.isFalse(isOn(window, at("2026-05-08T00:30:00Z")))
    assert.isFalse(isOn(window, at("2026-05-09T22:00:00Z")))
  })

  it("of weekdays, and the first one on whatever day it is", () => {
    const window = windowOf(
      ["2026-05-06T10:00:00Z", "2026-05-06T11:00:00Z"],
      { every: "week", days: ["mon", "fri"], until: "2026-05-15T10:00:00Z" },
      "UTC"
    )
    assert.deepStrictEqual(
      list(window, "2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z").map((line) => line.slice(5, 10)),
      ["05-06", "05-08", "05-11", "05-15"]
    )
  })

  it("of a day of the month leaves out months without it", () => {
    const window = windowOf(
      ["2026-01-31T10:00:00Z", "2026-01-31T11:00:00Z"],
      { every: "month", dayOfMonth: 31, until: null },
      "UTC"
    )
    assert.deepStrictEqual(
      list(window, "2026-01-01T00:00:00Z", "2026-08-01T00:00:00Z").map((line) => line.slice(5, 10)),
      ["01-31", "03-31", "05-31", "07-31"]
    )
  })

  it("tells no more than asked for, and whether there is any", () => {
    const window = windowOf(["2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"], daily, "UTC")
    assert.lengthOf(list(window, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 7), 7)
    assert.lengthOf(list(window, "2026-06-01T10:59:00Z", "2026-06-01T12:00:00Z"), 1)
    assert.lengthOf(list(window, "2026-06-01T11:00:00Z", "2026-06-02T10:00:00Z"), 0)
    assert.lengthOf(list(window, "2025-06-01T10:00:00Z", "2025-06-01T11:00:00Z"), 0)
  })

  it("that cannot be read never comes", () => {
    for (const recurrence of [null, daily]) {
      const window = windowOf(["yesterday", "2026-01-01T11:00:00Z"], recurrence)
      assert.isFalse(isOn(window, at("2026-01-01T10:30:00Z")))
      assert.deepStrictEqual(list(window, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"), [])
    }
  })
})

describe("whatever the window", () => {
  const AnyWindow = Schema.Struct({
    timeZone: Schema.Literals(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    startMinute: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20_000 })),
    lengthMinutes: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4000 })),
    every: Schema.Literals(["day", "week", "month", "once"]),
    lookMinute: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 600_000 }))
  })

  it.prop(
    "a look at an instant says what the list of occurrences says, in any order of looking",
    [AnyWindow],
    ([{ every, lengthMinutes, lookMinute, startMinute, timeZone }]) => {
      const start = at("2026-01-05T00:00:00Z") + startMinute * 60_000
      const recurrence: MaintenanceWindow["recurrence"] =
        every === "day"
          ? daily
          : every === "week"
            ? { every, days: ["tue", "sun"], until: null }
            : every === "month"
              ? { every, dayOfMonth: 29, until: null }
              : null
      const window = windowOf([iso(start), iso(start + lengthMinutes * 60_000)], recurrence, timeZone)
      const around = start + lookMinute * 60_000
      const spans = occurrences(window, around - 3 * 86_400_000, around + 3 * 86_400_000, 100)
      for (const hours of [0, 1, -30, 29.5, 2, -0.5]) {
        const now = around + hours * 3_600_000
        const expected = spans.some(({ from, to }) => from <= now && now < to)
        assert.strictEqual(isOn(window, now), expected, iso(now))
      }
      spans.forEach(({ from, to }) => assert.isBelow(from, to))
    },
    { arbitrary: { runs: 1_000 } }
  )
})
