import { describe, expect, it } from "vitest"
import {
  canRetry,
  deliveryHeadline,
  logFilter,
  logHeadline,
  logUrl,
  reasonText,
  sinceOf,
  statuses,
  subject
} from "./deliveries.ts"

const now = Date.parse("2026-11-21T12:00:00Z")
const reasons = [
  { code: "due", message: "It was due." },
  { code: "silenced", message: "A silence held it back." }
]

describe("the delivery log", () => {
  it("keeps its filters in the address", () => {
    const filter = logFilter(new URLSearchParams("status=failed&since=7d&channel=x&cursor=abc"))
    expect(filter).toEqual({ status: "failed", since: "7d", channel: "x", incident: undefined })
    expect(logUrl(filter)).toBe("/alerts/log?status=failed&channel=x&since=7d")
    expect(logUrl(filter, { status: undefined, channel: undefined, since: "" })).toBe("/alerts/log")
    expect(logUrl(filter, { cursor: "next" })).toContain("cursor=next")
    expect(sinceOf(filter, now)).toBe("2026-11-14T12:00:00.000Z")
    expect(logFilter(new URLSearchParams("status=toString&since=ever"))).toMatchObject({ status: undefined, since: "" })
    expect(sinceOf(logFilter(new URLSearchParams()), now)).toBeUndefined()
  })

  it("says what was told, and why not", () => {
    expect(subject({ monitorName: "Labels", type: "incident.resolved" })).toEqual({ name: "Labels", what: "over" })
    expect(subject({ monitorName: null, type: "test" })).toEqual({ name: "A test", what: "" })
    expect(reasonText({ status: "suppressed", lastError: null, reasons })).toBe("A silence held it back.")
    expect(reasonText({ status: "failed", lastError: "It answered 500.", reasons })).toBe("It answered 500.")
    expect(reasonText({ status: "pending", lastError: "It answered 500.", reasons })).toBe("It answered 500.")
    expect(reasonText({ status: "sent", lastError: "It answered 500.", reasons })).toBe("")
    expect(statuses.filter((status) => canRetry({ status }))).toEqual(["failed"])
  })

  it("answers in its first line", () => {
    expect([logHeadline(0, false), logHeadline(1, false), logHeadline(7, false), logHeadline(100, true)]).toEqual([
      "Nothing failed in 24 hours.",
      "1 message did not arrive in 24 hours.",
      "7 messages did not arrive in 24 hours.",
      "More than 100 messages did not arrive in 24 hours."
    ])
    expect(statuses.map((status) => deliveryHeadline({ status, channelName: "#ops", attempts: 0 }))).toEqual([
      "#ops was told.",
      "#ops could not be told.",
      "#ops is told soon.",
      "#ops was not told.",
      "#ops was told in a digest."
    ])
  })
})
