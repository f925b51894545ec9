import type { Incident } from "@v-insight/domain/model/Incident"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import type { Notification } from "@v-insight/domain/model/Notification"
import { describe, expect, it } from "vitest"
import { evidence } from "./evidence.ts"
import { timeline } from "./timeline.ts"
import { why } from "./why.ts"
import { headline, listHeadline } from "./words.ts"

const plain = (text: string) => text.replaceAll("\u00a0", " ")
const at = (seconds: number) => new Date(Date.parse("2026-11-21T11:37:00.000Z") + seconds * 1000).toISOString()
const timings = { dnsUs: null, connectUs: 1000, tlsUs: null, firstByteUs: 100_000, transferUs: 10, totalUs: 101_010 }
const check = (seconds: number, more: Partial<MonitorCheck> = {}) =>
  ({
    slot: at(seconds),
    checkedAt: at(seconds + 0.2),
    status: "up",
    httpStatus: 200,
    error: null,
    attempts: 1,
    address: "203.0.113.14",
    certificate: null,
    timings,
    ...more
  }) as unknown as MonitorCheck
const failed = (seconds: number, more: Partial<MonitorCheck> = {}) =>
  check(seconds, {
    status: "down",
    httpStatus: 503,
    error: { code: "unexpected_status", message: "The status is 503, expected 200." },
    ...more
  })
const incident = {
  id: "i",
  monitorId: "m",
  monitorName: "Checkout",
  status: "acknowledged",
  startedAt: at(60),
  acknowledgedAt: at(240),
  acknowledgedBy: "me",
  resolvedAt: null,
  resolvedBy: null,
  cause: { code: "x", message: "The status is 503." },
  updatedAt: at(240)
} as unknown as Incident
const notification = (more: Partial<Notification>) =>
  ({
    id: "n",
    channelName: "Ops",
    type: "incident.opened",
    status: "sent",
    attempts: 1,
    lastError: null,
    createdAt: at(60),
    sentAt: at(60.4),
    ...more
  }) as unknown as Notification

describe("words", () => {
  it("say how long", () => {
    expect(headline(incident, Date.parse(at(60 + 26 * 60)))).toBe("Checkout has been down for 26 minutes.")
    expect(headline({ ...incident, resolvedAt: at(120) }, 0)).toBe("Checkout was down for 1 minute.")
    expect([listHeadline(0, 0), listHeadline(1, 2), listHeadline(0, 1)]).toEqual([
      "Nothing is open.",
      "1 open, 2 acknowledged.",
      "1 acknowledged."
    ])
  })
})

describe("the timeline", () => {
  const entries = (one: Incident, ...messages: ReadonlyArray<Notification>) =>
    timeline(one, messages, "me").map(({ kind, text, note }) => [kind, text, plain(note)])

  it("joins turns and messages, newest first", () => {
    expect(
      entries(
        incident,
        notification({}),
        notification({ status: "pending", attempts: 3, lastError: "It answered 500.", sentAt: null })
      )
    ).toEqual([
      ["State", "Acknowledged by you.", "after 3 min"],
      ["Sent", "Ops was told of the outage.", "after 0.4 s"],
      ["Retrying", "Ops is still to be told of the outage. It answered 500.", "3 tries"],
      ["Opened", "The status is 503.", ""]
    ])
  })

  it("tells a recovery from a person's word", () => {
    expect(entries({ ...incident, acknowledgedAt: null, resolvedAt: at(120) })[0]).toEqual([
      "State",
      "Resolved: the checks are good again.",
      "after 1 min"
    ])
    const other = "other" as Incident["resolvedBy"]
    expect(entries({ ...incident, acknowledgedAt: null, resolvedAt: at(120), resolvedBy: other })[0]?.[1]).toBe(
      "Resolved by somebody else."
    )
  })

  it("shows what did not arrive", () => {
    const [first] = timeline(
      { ...incident, acknowledgedAt: null },
      [notification({ status: "failed", attempts: 9, lastError: "410.", sentAt: null })],
      "me"
    )
    expect([first?.kind, first?.tone, first?.note]).toEqual(["Failed", "down", "9 tries"])
  })
})

describe("evidence", () => {
  it("sets the last good check beside the first bad one", () => {
    const slow = { ...timings, firstByteUs: 900_000, totalUs: 901_010 }
    const found = evidence(
      [failed(90), failed(60), failed(30, { timings: slow, address: "203.0.113.15" }), check(0), check(-30)],
      at(60)
    )
    expect([found?.good.slot, found?.bad.slot]).toEqual([at(0), at(30)])
    expect(
      found?.differences.map(({ name, good, bad, isChanged, isFailure }) => [
        name,
        plain(good),
        plain(bad),
        isChanged,
        isFailure
      ])
    ).toEqual([
      ["Answer", "200 OK", "503 Service Unavailable", true, true],
      ["Address", "203.0.113.14", "203.0.113.15", true, false],
      ["First byte", "100 ms", "900 ms", true, false],
      ["In all", "101 ms", "901 ms", true, false],
      ["Connect", "1 ms", "1 ms", false, false]
    ])
  })

  it("names the error where there was no answer", () => {
    const found = evidence(
      [failed(60, { httpStatus: null, error: { code: "connection_refused", message: "Refused." } }), check(0)],
      at(60)
    )
    expect(found?.differences[0]).toEqual({
      name: "Error",
      good: "none",
      bad: "Refused.",
      isChanged: true,
      isFailure: true
    })
  })

  it("is left out when the turn is not among the checks", () => {
    expect(evidence([failed(90)], at(60))).toBeUndefined()
    expect(evidence([check(90), check(60)], at(60))).toBeUndefined()
    expect(evidence([], at(60))).toBeUndefined()
  })
})

describe("why", () => {
  const chain = (facts: Partial<Parameters<typeof why>[0]>) =>
    why({ incident, confirmations: 1, checks: [], notifications: [notification({})], ...facts }).map(({ text }) => text)

  it("tells of one slot tried twice", () => {
    expect(chain({ checks: [failed(60, { attempts: 2 }), check(0)] })).toEqual([
      "The status is 503, expected 200. It was tried again at once, on a fresh connection: 2 tries, all failed.",
      "2 failing tries in a row; 2 in a row are required. The monitor became down.",
      "A rule matched; Ops was told."
    ])
  })

  it("tells of several slots", () => {
    expect(chain({ checks: [failed(60), failed(0), check(-60)] })).toEqual([
      "The status is 503, expected 200. One failing try is not enough.",
      "The status is 503, expected 200.",
      "2 failing tries in a row; 2 in a row are required. The monitor became down.",
      "A rule matched; Ops was told."
    ])
  })

  it("says so when nobody was told", () => {
    expect(chain({ notifications: [] }).at(-1)).toBe("No rule matched, so nobody was told.")
    expect(chain({ notifications: [notification({ status: "pending", lastError: "500." })] }).at(-1)).toBe(
      "A rule matched, but Ops is still to be told. 500."
    )
  })

  it("ends with the check that decided, however late in its slot it began", () => {
    const late = { attempts: 2, slot: at(59), checkedAt: at(60) }
    expect(chain({ checks: [failed(70), failed(60, late), check(0)] }).slice(0, 2)).toEqual([
      "The status is 503, expected 200. It was tried again at once, on a fresh connection: 2 tries, all failed.",
      "2 failing tries in a row; 2 in a row are required. The monitor became down."
    ])
  })

  it("asks for no confirmation where the first word counts", () => {
    expect(chain({ confirmations: 0, checks: [failed(60), check(0)] }).slice(0, 2)).toEqual([
      "The status is 503, expected 200.",
      "That is enough: the monitor became down."
    ])
  })

  it("stands on the incident alone when the checks are gone", () => {
    const onItsOwn = ["The status is 503.", "The monitor became down."]
    expect(chain({ confirmations: undefined }).slice(0, 2)).toEqual(onItsOwn)
    // It still fails, and those with which it began are not among the newest any more.
    expect(chain({ checks: [failed(7200), failed(7140)] }).slice(0, 2)).toEqual(onItsOwn)
  })
})
