import { assert, describe, it } from "@effect/vitest"
import { AlertChannelId } from "../model/AlertChannel.ts"
import { type Decision, type Incident, IncidentId } from "../model/Incident.ts"
import { MonitorId } from "../model/Monitor.ts"
import { NotificationId } from "../model/Notification.ts"
import { chainOf, summaryOf, type ToldNotification, type WhyFacts, whyOf } from "./why.ts"

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`
const at = (minutes: number) => `2026-11-21T12:${String(minutes).padStart(2, "0")}:00.000Z`
const incidentId = IncidentId.make(id(1))
const monitorId = MonitorId.make(id(2))

const incident: Incident = {
  id: incidentId,
  monitorId,
  monitorName: "Shop",
  trigger: "down",
  ruleId: null,
  status: "open",
  severity: "critical",
  ownerId: null,
  groupId: null,
  mergedIntoId: null,
  startedAt: at(3),
  acknowledgedAt: null,
  acknowledgedBy: null,
  resolvedAt: null,
  resolvedBy: null,
  cause: { code: "refused", message: "Connection refused." },
  updatedAt: at(3)
}

const opening: Decision = {
  id: id(3),
  monitorId,
  incidentId,
  ruleId: null,
  kind: "went-down",
  decidedAt: at(3),
  reasons: [{ code: "confirmed", message: "2 of 2 tries failed: connection refused." }]
}

const told = (channel: number, fields: Partial<ToldNotification> = {}): ToldNotification => ({
  id: NotificationId.make(id(100 + channel)),
  incidentId,
  channelId: AlertChannelId.make(id(channel)),
  channelName: `Channel ${channel}`,
  type: "incident.opened",
  status: "sent",
  attempts: 1,
  lastError: null,
  monitorName: "Shop",
  ruleId: null,
  sequence: 0,
  dueAt: at(3),
  reasons: [],
  digestId: null,
  createdAt: at(3),
  sentAt: at(4),
  ...fields
})

const quiet = { code: "quiet_hours", message: "Quiet hours until 07:00.", at: at(5) }
const suppressed = { status: "suppressed", sentAt: null, attempts: 0 } as const

const facts: WhyFacts = { incident, decisions: [opening], acts: [], notifications: [], parents: [], group: null }

describe("the summary", () => {
  it("tells since when, why, how many were told, and why not all", () => {
    const notifications = [told(10), told(11), told(12, { ...suppressed, reasons: [quiet] })]
    assert.strictEqual(
      summaryOf({ ...facts, notifications }),
      "Down since 2026-11-21 12:03 UTC because 2 of 2 tries failed: connection refused. 2 channels were told, 1 was not: quiet hours until 07:00."
    )
  })

  const outcomes: ReadonlyArray<readonly [ReadonlyArray<ToldNotification>, string]> = [
    [[], "Nobody was told: no alert rule with a channel concerns it."],
    [[told(10)], "1 channel was told."],
    [
      [told(10, { status: "failed", sentAt: null, lastError: "The receiver answered 500." })],
      "1 channel could not be told: the receiver answered 500."
    ],
    [
      [told(10, { status: "pending", sentAt: null, reasons: [quiet] })],
      "1 channel is not told yet: quiet hours until 07:00."
    ],
    [
      [told(10, { status: "digested", sentAt: null }), told(11, suppressed)],
      "1 channel was told in a digest, 1 was not."
    ],
    // The rule waits: that it matched is no reason why nobody has been told.
    [
      [
        told(10, {
          status: "pending",
          sentAt: null,
          dueAt: at(5),
          reasons: [{ code: "rule_matched", message: "The alert rule “All” is for every monitor." }]
        })
      ],
      "1 channel is not told yet: it is due at 2026-11-21 12:05 UTC, if it lasts until then."
    ],
    // A repeat that is suppressed takes nothing back, and the end is not the beginning.
    [
      [
        told(10),
        told(10, { ...suppressed, type: "incident.repeated", sequence: 1 }),
        told(10, { ...suppressed, type: "incident.resolved" })
      ],
      "1 channel was told."
    ]
  ]
  for (const [notifications, text] of outcomes) {
    it(`tells that ${text}`, () => assert.include(summaryOf({ ...facts, notifications }), ` ${text}`))
  }

  it("takes the cause where no decision is kept, and tells when it was over", () => {
    const over = { ...incident, resolvedAt: at(31) }
    assert.strictEqual(
      summaryOf({ ...facts, incident: over, decisions: [] }),
      "Down from 2026-11-21 12:03 UTC to 2026-11-21 12:31 UTC because connection refused. Nobody was told: no alert rule with a channel concerns it."
    )
  })

  it("of a merged one says where it is told", () => {
    const merged = { ...incident, mergedIntoId: IncidentId.make(id(9)) }
    assert.include(summaryOf({ ...facts, incident: merged }), "It is told as part of another incident.")
  })
})

describe("the chain", () => {
  it("is everything that was decided, told and done, oldest first, non-pages too", () => {
    const planned: Decision = {
      ...opening,
      id: id(4),
      incidentId: null,
      kind: "failed-in-maintenance",
      decidedAt: at(1),
      reasons: [{ code: "maintenance", message: "Nobody is told: maintenance “Move” is on." }]
    }
    const { chain, incidentId: of } = whyOf({
      ...facts,
      decisions: [planned, opening],
      acts: [
        { at: at(6), kind: "note", userId: null, message: "Looks like the router." },
        { at: at(5), kind: "escalated", userId: null, message: "Step 2 of Night shift." }
      ],
      notifications: [told(10), told(12, { ...suppressed, reasons: [quiet] })],
      parents: [{ name: "Router", at: at(2) }],
      group: { key: "tag:prod", incidents: 3, openedAt: at(2) }
    })
    assert.strictEqual(of, incidentId)
    assert.deepStrictEqual(
      chain.map(({ at, kind, message, source }) => [at.slice(14, 16), source, kind, message]),
      [
        ["01", "decision", "failed-in-maintenance", "Nobody is told: maintenance “Move” is on."],
        ["03", "decision", "went-down", "2 of 2 tries failed: connection refused."],
        ["03", "decision", "parent_down", "Router, which this monitor depends on, was down."],
        ["03", "decision", "grouped", "It opened together with 2 other incidents: all are tagged prod."],
        ["04", "notification", "sent", "Channel 10 was told."],
        ["05", "decision", "escalated", "Step 2 of Night shift."],
        ["05", "notification", "suppressed", "Channel 12 was not told: quiet hours until 07:00."],
        ["06", "person", "note", "Looks like the router."]
      ]
    )
  })

  it("keeps the reasons of each message, without when they were found", () => {
    const [, entry] = chainOf({ ...facts, notifications: [told(12, { ...suppressed, reasons: [quiet] })] })
    assert.deepStrictEqual(entry?.reasons, [{ code: "quiet_hours", message: "Quiet hours until 07:00." }])
  })

  it("says nothing of a group of one", () => {
    assert.lengthOf(chainOf({ ...facts, group: { key: "cause:refused", incidents: 1, openedAt: at(3) } }), 1)
  })
})
