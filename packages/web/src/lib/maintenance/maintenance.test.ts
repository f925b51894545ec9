import type { MaintenanceOccurrence, MaintenanceWindow } from "@v-insight/domain/model/MaintenanceWindow"
import { describe, expect, it } from "vitest"
import { maintenanceHeadline, scopeText, standingOf, whenText, workOn } from "./words.ts"

const timeZone = "Europe/Berlin"
const now = Date.parse("2026-11-21T12:00:00Z")
const window = (recurrence: MaintenanceWindow["recurrence"], endsAt = "2026-11-22T03:00:00.000Z") =>
  ({ id: "w", startsAt: "2026-11-22T01:00:00.000Z", endsAt, timeZone, recurrence }) as MaintenanceWindow
const occurrence = (name: string, startsAt: string, endsAt: string) =>
  ({ windowId: "w", name, startsAt, endsAt }) as MaintenanceOccurrence

describe("planned work", () => {
  it("says when", () => {
    expect(whenText(window(null))).toBe("Sun 22 Nov, 02:00 to 04:00")
    expect(whenText(window({ every: "day", until: null }))).toBe("every day, 02:00 to 04:00")
    expect(
      whenText(
        window({ every: "week", days: ["mon", "wed"], until: "2027-03-01T00:00:00.000Z" }, "2026-11-23T00:00:00Z")
      )
    ).toBe("every week on Mon and Wed, 02:00 to 01:00 the next day, until 1 Mar 2027")
    expect(
      [1, 2, 3, 11, 22, 31].map((dayOfMonth) => whenText(window({ every: "month", dayOfMonth, until: null })))
    ).toEqual(["1st", "2nd", "3rd", "11th", "22nd", "31st"].map((day) => `every month on the ${day}, 02:00 to 04:00`))
  })

  it("says of what", () => {
    const monitors = [{ id: "m", name: "Checkout API" }]
    const scope = (monitorIds: ReadonlyArray<string>, tags: ReadonlyArray<string>) =>
      scopeText({ monitorIds, tags } as MaintenanceWindow["scope"], monitors)
    expect(scope([], [])).toBe("every monitor")
    expect(scope(["m"], ["eu", "web"])).toBe("monitors tagged eu or web and Checkout API")
    expect(scope(["gone"], [])).toBe("a deleted monitor")
  })

  it("is on, to come or over", () => {
    const phase = (one: MaintenanceWindow, ...occurrences: ReadonlyArray<MaintenanceOccurrence>) =>
      standingOf(one, occurrences, now).phase
    const on = occurrence("A", "2026-11-21T11:00:00Z", "2026-11-21T13:00:00Z")
    const past = { ...window(null), startsAt: "2026-11-01T01:00:00Z", endsAt: "2026-11-01T02:00:00Z" }
    expect(phase(window(null), on)).toBe("now")
    expect(phase(window(null), occurrence("A", "2026-11-22T01:00:00Z", "2026-11-22T03:00:00Z"))).toBe("coming")
    expect(phase(past)).toBe("over")
    expect(phase({ ...past, recurrence: { every: "month", dayOfMonth: 31, until: null } })).toBe("coming")
    expect(phase({ ...past, recurrence: { every: "day", until: "2026-11-10T00:00:00Z" } })).toBe("over")
  })

  it("is of a monitor by name, by tag, or of all of them", () => {
    const of = (monitorIds: ReadonlyArray<string>, tags: ReadonlyArray<string>) => ({
      ...occurrence("A", "2026-11-22T01:00:00Z", "2026-11-22T03:00:00Z"),
      scope: { monitorIds, tags } as MaintenanceOccurrence["scope"]
    })
    const on = (one: MaintenanceOccurrence, at = now) => workOn({ id: "m", tags: ["eu"] }, [one], at) !== undefined
    expect([on(of([], [])), on(of(["m"], [])), on(of([], ["eu"]))]).toEqual([true, true, true])
    expect([on(of(["other"], ["us"])), on(of([], []), now + 86_400_000)]).toEqual([false, false])
  })

  it("answers in the first line", () => {
    const said = (...occurrences: ReadonlyArray<MaintenanceOccurrence>) =>
      maintenanceHeadline(occurrences, now, timeZone)
    const on = occurrence("Upgrade", "2026-11-21T11:00:00Z", "2026-11-21T13:00:00Z")
    expect(said()).toBe("Nothing is planned.")
    expect(said(on)).toBe("Upgrade is on until 14:00.")
    expect(said({ ...on, endsAt: "2026-11-22T13:00:00Z" })).toBe("Upgrade is on until Sun 22 Nov, 14:00.")
    expect(said(on, on)).toBe("2 windows are on now.")
    expect(said(occurrence("Upgrade", "2026-11-22T01:00:00Z", "2026-11-22T03:00:00Z"))).toBe(
      "Nothing is on now; Upgrade begins Sun 22 Nov, 02:00."
    )
  })
})
