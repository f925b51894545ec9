import type { Incident, TimelineEntry } from "@v-insight/domain/model/Incident"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import type { Notification } from "@v-insight/domain/model/Notification"
import { describe, expect, it } from "vitest"
import { evidence } from "./evidence.ts"
import { links, question } from "./chain.ts"
import { type Facts, timeline, type View } from "./timeline.ts"
import { shape } from "./state.ts"
import { grouped, groupText, headline, listHeadline } from "./words.ts"

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
  trigger: "down",
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
    reasons: [],
    createdAt: at(60),
    sentAt: at(60.4),
    ...more
  }) as unknown as Notification

describe("words", () => {
  it("say how long", () => {
    expect(headline(incident, Date.parse(at(60 + 26 * 60)))).toBe("Checkout has been down for 26 minutes.")
    expect(headline({ ...incident, resolvedAt: at(120) }, 0)).toBe("Checkout was down for 1 minute.")
    expect(headline({ ...incident, trigger: "slow_response" }, Date.parse(at(120)))).toBe(
      "Checkout has been slow for 1 minute."
    )
    expect([shape("open"), shape("open", "ssl_expiry"), shape("resolved", "flapping")]).toEqual([
      "down",
      "degraded",
      "up"
    ])
    expect([groupText("tag:prod"), groupText("cause:timeout")]).toEqual(["tag prod", "the same cause"])
    expect([listHeadline(0, 0), listHeadline(1, 2), listHeadline(0, 1)]).toEqual([
      "Nothing is open.",
      "1 open, 2 acknowledged.",
      "1 acknowledged."
    ])
  })
})

describe("groups", () => {
  it("say what each asks of the reader, in the order that came", () => {
    const list = (["open", "open", "resolved", "acknowledged"] as const).map((status, id) => ({ id, status }))
    const found = grouped(list).map(({ incidents, title }) => [title, ...incidents.map(({ id }) => id)])
    expect(found).toEqual([
      ["Open", 0, 1],
      ["In somebody's hands", 3],
      ["Resolved", 2]
    ])
    expect(grouped([])).toEqual([])
  })
})

describe("the timeline", () => {
  const one = (
    seconds: number,
    source: TimelineEntry["source"],
    kind: string,
    message: string,
    userId: string | null
  ) => ({ at: at(seconds), source, kind, message, userId, reasons: [] }) as unknown as TimelineEntry
  const facts: Facts = {
    incident,
    entries: [],
    notifications: [],
    failing: [],
    isMore: false,
    nameOf: (id) => (id === "me" ? "you" : "jun@halyard.example")
  }
  const told = (more: Partial<Facts>, view?: View) =>
    timeline({ ...facts, ...more }, view).map(({ kind, text, note }) => [kind, text, plain(note)])
  const acts = [
    one(60, "decision", "went-down", "2 tries in a row failed.", null),
    one(240, "person", "acknowledged", "Acknowledged.", "me"),
    one(300, "person", "note", "Rolling back.", "other"),
    one(360, "person", "owner", "jun takes care of it.", "me")
  ]

  it("joins decisions, acts, notes and messages, newest first", () => {
    const notifications = [
      notification({}),
      notification({ status: "pending", attempts: 3, lastError: "It answered 500.", sentAt: null })
    ]
    expect(told({ entries: acts, notifications })).toEqual([
      ["Owner", "jun takes care of it.", "you"],
      ["Note", "Rolling back.", "jun@halyard.example"],
      ["State", "Acknowledged by you.", "after 3 min"],
      ["Sent", "Ops was told of it.", "after 0.4 s"],
      ["Retrying", "Ops is still to be told of it. It answered 500.", "3 tries"],
      ["Opened", "2 tries in a row failed.", ""]
    ])
    expect(told({ entries: acts, notifications }, "notes").map(([kind]) => kind)).toEqual(["Note"])
    expect(told({ entries: acts, notifications }, "sent").map(([kind]) => kind)).toEqual(["Sent", "Retrying"])
  })

  it("begins with the incident itself where no decision is kept", () => {
    expect(told({})).toEqual([["Opened", "The status is 503.", ""]])
  })

  it("says who was not told and why, and where there is more of it", () => {
    const quiet = {
      status: "suppressed",
      reasons: [{ code: "x", message: "It was over before." }],
      sentAt: null
    } as const
    const [first] = timeline({ ...facts, notifications: [notification(quiet)] })
    expect([first?.kind, first?.text, first?.href]).toEqual([
      "Not sent",
      "Ops was not told of it. It was over before.",
      "/alerts/log/n"
    ])
    const failed = { status: "failed", attempts: 9, lastError: "410.", sentAt: null } as const
    const [last] = timeline({ ...facts, notifications: [notification(failed)] })
    expect([last?.kind, last?.tone, last?.note]).toEqual(["Failed", "down", "9 tries"])
  })

  it("tells a signed link from a person", () => {
    expect(told({ entries: [one(90, "person", "acknowledged", "Acknowledged.", null)] })[0]?.[1]).toBe(
      "Acknowledged by a signed link."
    )
  })

  it("folds failing checks", () => {
    const gone = { httpStatus: null, error: { code: "connection_refused", message: "Refused." } }
    const failing = [failed(120), failed(90), failed(60, gone as Partial<MonitorCheck>)]
    expect(told({ failing })[0]).toEqual(["Checks", "3 failing checks.", "503 ×2, connection refused ×1"])
    expect(
      timeline({ ...facts, failing })[0]
        ?.folded.map(({ text }) => text)
        .at(-1)
    ).toBe("Refused.")
    expect(told({ failing, isMore: true })[0]?.[1]).toBe("More than 3 failing checks.")
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
  const one = (source: TimelineEntry["source"], kind: string, message: string) =>
    ({ at: at(60), source, kind, message, userId: null, reasons: [] }) as TimelineEntry
  const down = one("decision", "went-down", "2 tries in a row failed.")
  const held = one("notification", "pending", "Ops is not told yet: quiet hours.")
  const sent = one("notification", "sent", "Ops was told.")

  it("is a chain of sentences with the shape of what was found", () => {
    expect(links([down, sent, one("person", "note", "Hm."), one("person", "acknowledged", "Acknowledged.")])).toEqual([
      { at: at(60), text: "2 tries in a row failed.", status: "down" },
      { at: at(60), text: "Ops was told.", status: "up" },
      { at: at(60), text: "Acknowledged.", status: "unknown" }
    ])
  })

  it("asks what the reader asks", () => {
    expect([question([down, sent]), question([down, held]), question([down])]).toEqual([
      "Why did this page?",
      "Why has this not paged yet?",
      "Why did this not page?"
    ])
  })
})
