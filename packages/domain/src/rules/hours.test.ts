import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ActiveHours } from "../model/ActiveHours.ts"
import { hoursAt } from "./hours.ts"

const at = (text: string): number => Date.parse(text)
const all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const
const workdays = ["mon", "tue", "wed", "thu", "fri"] as const
const berlin = (days: ActiveHours["days"], from: number, to: number): ActiveHours => ({
  timeZone: "Europe/Berlin",
  days,
  from,
  to
})
const office = berlin(workdays, 9 * 60, 17 * 60)
const night = berlin(all, 22 * 60, 7 * 60)

describe("hours of the week", () => {
  it.each([
    // 2026-11-20 is a Friday, Berlin is an hour ahead.
    ["before they begin", office, "2026-11-20T07:59:59.999Z", false, "2026-11-20T08:00:00Z"],
    ["as they begin", office, "2026-11-20T08:00:00Z", true, "2026-11-20T16:00:00Z"],
    ["as they end", office, "2026-11-20T16:00:00Z", false, "2026-11-23T08:00:00Z"],
    ["over the weekend", office, "2026-11-21T12:00:00Z", false, "2026-11-23T08:00:00Z"],
    ["before midnight", night, "2026-11-20T22:30:00Z", true, "2026-11-21T06:00:00Z"],
    ["after midnight", night, "2026-11-21T05:59:00Z", true, "2026-11-21T06:00:00Z"],
    [
      "over midnight, of the day on which they begin",
      berlin(["fri"], 1320, 420),
      "2026-11-21T03:00:00Z",
      true,
      "2026-11-21T06:00:00Z"
    ],
    ["a day later they are over", berlin(["fri"], 1320, 420), "2026-11-22T03:00:00Z", false, "2026-11-27T21:00:00Z"],
    ["a whole day from 24:00 to 0:00", berlin(["fri"], 1440, 0), "2026-11-20T23:30:00Z", true, "2026-11-21T23:00:00Z"],
    [
      "a whole day by the same minute twice",
      berlin(["fri"], 0, 0),
      "2026-11-20T12:00:00Z",
      true,
      "2026-11-20T23:00:00Z"
    ],
    ["until midnight", berlin(["fri"], 0, 1440), "2026-11-20T12:00:00Z", true, "2026-11-20T23:00:00Z"],
    // Clocks are set forth on 2026-03-29 at 02:00: 02:30 is left out and begins at 03:00.
    [
      "what clocks leave out begins when they are set",
      berlin(["sun"], 150, 240),
      "2026-03-29T00:59:00Z",
      false,
      "2026-03-29T01:00:00Z"
    ],
    ["the night is shorter", night, "2026-03-28T22:00:00Z", true, "2026-03-29T05:00:00Z"],
    [
      "hours that clocks leave out come a week later",
      berlin(["sun"], 120, 180),
      "2026-03-28T12:00:00Z",
      false,
      "2026-04-05T00:00:00Z"
    ],
    // Set back on 2026-10-25 at 03:00.
    ["the night is longer", night, "2026-10-24T22:00:00Z", true, "2026-10-25T06:00:00Z"],
    [
      "of times that come twice the first counts",
      berlin(["sun"], 150, 240),
      "2026-10-25T00:30:00Z",
      true,
      "2026-10-25T03:00:00Z"
    ]
  ] as const)("%s", (_, hours, now, isWithin, until) => {
    assert.deepStrictEqual(hoursAt(hours, at(now)), { isWithin, until: at(until) })
  })

  it("never end when every day is whole", () => {
    assert.deepStrictEqual(hoursAt(berlin(all, 0, 1440), at("2026-11-20T12:00:00Z")), {
      isWithin: true,
      until: undefined
    })
    assert.deepStrictEqual(hoursAt(berlin(all, 540, 540), at("2026-11-20T12:00:00Z")), {
      isWithin: true,
      until: undefined
    })
  })

  const Zone = Schema.Literals(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
  const Hours = Schema.Struct({ ...ActiveHours.fields, timeZone: Zone })
  const Instant = Schema.Int.check(Schema.isBetween({ minimum: at("2024-01-01"), maximum: at("2028-01-01") }))

  it.prop(
    "hold until the instant they name, and there they turn",
    [Hours, Instant],
    ([hours, now]) => {
      const here = hoursAt(hours, now)
      if (here.until === undefined) return
      assert.isAbove(here.until, now)
      assert.strictEqual(hoursAt(hours, here.until - 1).isWithin, here.isWithin, "just before")
      assert.strictEqual(hoursAt(hours, here.until).isWithin, !here.isWithin, "then")
      assert.isAtMost(here.until - now, 14 * 86_400_000)
    },
    { arbitrary: { runs: 2000 } }
  )
})
