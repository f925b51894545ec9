import { describe, expect, it } from "vitest"
import { changesCounts, withCheck, withIncident } from "./apply.ts"

const check = { totalUs: 1000, httpStatus: 200, error: null, certificateValidTo: null }
const monitor = {
  id: "m" as never,
  status: "up" as const,
  statusSince: "2026-11-21T11:00:00.000Z",
  lastCheckedAt: "2026-11-21T12:00:00.000Z",
  nextCheckAt: null,
  lastCheck: check,
  paused: false
}
const event = {
  monitorId: "m" as never,
  status: "down" as const,
  statusSince: "2026-11-21T12:00:30.000Z",
  checkedAt: "2026-11-21T12:00:30.000Z",
  nextCheckAt: "2026-11-21T12:01:00.000Z",
  check: { ...check, httpStatus: 503 }
}

describe("a check event", () => {
  it("brings the row up to date, and twice is once", () => {
    const once = withCheck(monitor, event)
    expect(once).toMatchObject({ status: "down", lastCheckedAt: event.checkedAt, lastCheck: { httpStatus: 503 } })
    expect(withCheck(once, event)).toEqual(once)
  })

  it("that is older than the row, or comes after a pause, is no news", () => {
    expect(withCheck(monitor, { ...event, checkedAt: "2026-11-21T11:59:00.000Z" })).toBe(monitor)
    const paused = { ...monitor, paused: true }
    expect(withCheck(paused, event)).toBe(paused)
    expect(withCheck(monitor, undefined)).toBe(monitor)
  })
})

describe("an incident event", () => {
  it("wins unless it is older", () => {
    const known = { id: "i" as never, updatedAt: "2026-11-21T12:00:00.000Z", status: "open" }
    const news = { ...known, updatedAt: "2026-11-21T12:00:01.000Z", status: "resolved" }
    expect(withIncident(known, news)).toBe(news)
    expect(withIncident(news, known)).toBe(news)
    expect(withIncident(known, undefined)).toBe(known)
  })
})

describe("the counts", () => {
  const readAt = Date.parse("2026-11-21T12:00:00.000Z")
  const since = (statusSince: string | null) => ({ status: "up" as const, statusSince })

  it("change with the state of a monitor on screen", () => {
    expect(changesCounts(since(null), "down", readAt)).toBe(true)
    expect(changesCounts(since("2026-11-21T12:00:30.000Z"), "up", readAt)).toBe(false)
  })

  it("change with another monitor only if its state is newer than they are", () => {
    expect(changesCounts(since("2026-11-21T12:00:30.000Z"), undefined, readAt)).toBe(true)
    expect(changesCounts(since("2026-11-20T12:00:00.000Z"), undefined, readAt)).toBe(false)
    expect(changesCounts(since(null), undefined, readAt)).toBe(false)
  })
})
