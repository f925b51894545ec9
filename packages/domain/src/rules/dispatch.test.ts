import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ActiveHours } from "../model/ActiveHours.ts"
import { QuietHours, StormBudget } from "../model/AlertChannel.ts"
import { AlertTrigger } from "../model/AlertRule.ts"
import { NotificationType } from "../model/Notification.ts"
import { Severity } from "../model/Severity.ts"
import { SilenceMatcher } from "../model/Silence.ts"
import { dispatch, type DispatchFacts, longestHoldMs } from "./dispatch.ts"

const minute = 60_000
const now = Date.parse("2026-11-20T12:00:00Z")
const subject = {
  monitorId: "m",
  monitorType: "http",
  tags: ["web"],
  trigger: "down",
  severity: "warning",
  cause: "timeout"
} as const
const open = { status: "open", resolvedAt: null, isMerged: false, subject } as const
const opening: DispatchFacts = {
  type: "incident.opened",
  dueAt: now,
  attempts: 0,
  isByHand: false,
  isWorse: false,
  incident: open,
  rule: { isInForce: true, activeHours: null },
  quietHours: null,
  budget: { messages: 20, seconds: 300 },
  hasRoom: true,
  earlier: "none",
  parentDown: null,
  maintenance: null,
  silences: []
}
const resolved = (resolvedAt: number) => ({ ...open, status: "resolved", resolvedAt }) as const
const silence = {
  matchers: [{ field: "tag", is: "equal", value: "web" }],
  reason: "Rack moves",
  startsAt: now - minute,
  endsAt: now + 10 * minute
} as const
const noon: ActiveHours = { timeZone: "UTC", days: ["fri"], from: 12 * 60, to: 13 * 60 }
const evening: ActiveHours = { timeZone: "UTC", days: ["fri"], from: 20 * 60, to: 21 * 60 }
const everything = {
  parentDown: "Router",
  maintenance: { name: "Night shift", endsAt: now + minute },
  silences: [silence],
  quietHours: { ...noon, exceptCritical: false },
  rule: { isInForce: true, activeHours: evening },
  hasRoom: false
} satisfies Partial<DispatchFacts>
const repeat = { type: "incident.repeated", earlier: "told" } as const
const recovery = { type: "incident.resolved", incident: resolved(now) } as const

describe("dispatch", () => {
  it.each([
    ["nothing is in the way", {}, "send", "told"],
    ["it was over before the delay was", { dueAt: now, incident: resolved(now - 1) }, "suppress", "recovered_before"],
    ["it is over, but it was due before that", { dueAt: now - 2, incident: resolved(now - 1) }, "send", "told"],
    ["it is over, but was tried already", { attempts: 1, incident: resolved(now - 1) }, "send", "tried_again"],
    ["it was merged", { incident: { ...open, isMerged: true } }, "suppress", "merged"],
    ["its rule is gone", { rule: { isInForce: false, activeHours: null } }, "suppress", "rule_gone"],
    ["a parent is down, before all else that holds", everything, "hold", "parent_down"],
    ["maintenance comes next", { ...everything, parentDown: null }, "hold", "maintenance"],
    ["then silences", { ...everything, parentDown: null, maintenance: null }, "hold", "silenced"],
    [
      "a silence of others does nothing",
      { silences: [{ ...silence, matchers: [{ field: "tag", is: "equal", value: "db" }] }] },
      "send",
      "told"
    ],
    ["quiet hours", { ...everything, parentDown: null, maintenance: null, silences: [] }, "hold", "quiet_hours"],
    [
      "quiet hours, except critical, of a warning",
      { quietHours: { ...noon, exceptCritical: true } },
      "hold",
      "quiet_hours"
    ],
    [
      "critical in quiet hours",
      {
        quietHours: { ...noon, exceptCritical: true },
        incident: { ...open, subject: { ...subject, severity: "critical" } }
      },
      "send",
      "told"
    ],
    [
      "critical in quiet hours for everything",
      {
        quietHours: { ...noon, exceptCritical: false },
        incident: { ...open, subject: { ...subject, severity: "critical" } }
      },
      "hold",
      "quiet_hours"
    ],
    ["the rule's hours have not begun", { rule: { isInForce: true, activeHours: evening } }, "hold", "inactive_hours"],
    ["within the rule's hours", { rule: { isInForce: true, activeHours: noon } }, "send", "told"],
    ["the budget is used up", { hasRoom: false }, "digest", "storm_budget"],
    ["it is tried again, whatever came up", { ...everything, attempts: 1 }, "send", "tried_again"],
    [
      "somebody asks for it",
      { ...everything, isByHand: true, incident: { ...open, isMerged: true } },
      "send",
      "by_hand"
    ],
    ["nobody acknowledged", repeat, "send", "told"],
    ["acknowledged", { ...repeat, incident: { ...open, status: "acknowledged" } }, "suppress", "acknowledged"],
    [
      "worse than when it was acknowledged",
      { ...repeat, isWorse: true, incident: { ...open, status: "acknowledged" } },
      "send",
      "told"
    ],
    [
      "acknowledged while it is tried",
      { ...repeat, attempts: 3, incident: { ...open, status: "acknowledged" } },
      "suppress",
      "acknowledged"
    ],
    ["over", { ...repeat, incident: resolved(now) }, "suppress", "over"],
    ["an escalation of what is over", { type: "incident.escalated", incident: resolved(now) }, "suppress", "over"],
    ["the opening is under way", { ...repeat, earlier: "under_way" }, "hold", "turn"],
    ["a recovery after the opening", { ...recovery, earlier: "told" }, "send", "told_of_failure"],
    [
      "a recovery in quiet hours and a silence",
      { ...everything, ...recovery, earlier: "told" },
      "send",
      "told_of_failure"
    ],
    ["a recovery while the opening is under way", { ...recovery, earlier: "under_way" }, "hold", "turn"],
    ["a recovery of what was not told", { ...recovery, earlier: "untold" }, "suppress", "not_told_of_failure"],
    ["a recovery of what is in a digest", { ...recovery, earlier: "digested" }, "digest", "digested_opening"],
    ["a notice that belongs to no incident", { type: "silence.ended", incident: null, hasRoom: false }, "send", "told"]
  ] as ReadonlyArray<readonly [string, Partial<DispatchFacts>, string, string]>)("%s", (_, facts, kind, code) => {
    const outcome = dispatch({ ...opening, ...facts }, now)
    assert.deepStrictEqual([outcome.kind, outcome.reason.code], [kind, code])
  })

  it("says what a message waits for in words that stay the same", () => {
    const held = (at: number) => dispatch({ ...opening, silences: [silence] }, at)
    assert.strictEqual(held(now).reason.message, "Held until 2026-11-20 12:10 UTC: silenced, “Rack moves”.")
    assert.deepStrictEqual(held(now + minute).reason, held(now).reason)
  })

  const Instant = Schema.Int.check(Schema.isBetween({ minimum: now - 86_400_000, maximum: now + 86_400_000 }))
  const Subject = Schema.Struct({
    monitorId: Schema.String,
    monitorType: Schema.String,
    tags: Schema.Array(Schema.String),
    trigger: AlertTrigger,
    severity: Severity,
    cause: Schema.String
  })
  const Utc = Schema.Literal("UTC")
  const Facts = Schema.Struct({
    type: NotificationType,
    dueAt: Instant,
    attempts: Schema.Literals([0, 0, 1]),
    isByHand: Schema.Literal(false),
    isWorse: Schema.Boolean,
    incident: Schema.NullOr(
      Schema.Struct({
        status: Schema.Literals(["open", "acknowledged", "resolved"]),
        resolvedAt: Schema.NullOr(Instant),
        isMerged: Schema.Boolean,
        subject: Subject
      })
    ),
    rule: Schema.NullOr(
      Schema.Struct({
        isInForce: Schema.Boolean,
        activeHours: Schema.NullOr(Schema.Struct({ ...ActiveHours.fields, timeZone: Utc }))
      })
    ),
    quietHours: Schema.NullOr(Schema.Struct({ ...QuietHours.fields, timeZone: Utc })),
    budget: StormBudget,
    hasRoom: Schema.Boolean,
    earlier: Schema.Literals(["none", "told", "under_way", "digested", "untold"]),
    parentDown: Schema.NullOr(Schema.String),
    maintenance: Schema.NullOr(Schema.Struct({ name: Schema.String, endsAt: Instant })),
    silences: Schema.Array(
      Schema.Struct({
        matchers: Schema.Array(SilenceMatcher),
        reason: Schema.String,
        startsAt: Instant,
        endsAt: Instant
      })
    ).check(Schema.isMaxLength(3))
  })

  it.prop(
    "always says why, holds for a while at most, and a recovery is neither silenced nor held by hours",
    [Facts, Instant],
    ([facts, at]) => {
      // Planned work that is over is not on.
      const maintenance = facts.maintenance !== null && facts.maintenance.endsAt > at ? facts.maintenance : null
      const outcome = dispatch({ ...facts, maintenance }, at)
      assert.isNotEmpty(outcome.reason.code)
      assert.match(outcome.reason.message, /\.$/)
      if (outcome.kind === "hold") {
        assert.isAbove(outcome.until, at)
        assert.isAtMost(outcome.until, at + longestHoldMs)
      }
      if (facts.type === "incident.resolved" && facts.incident !== null) {
        assert.notInclude(
          ["parent_down", "maintenance", "silenced", "quiet_hours", "inactive_hours"],
          outcome.reason.code
        )
        if (facts.earlier === "told") assert.strictEqual(outcome.kind, "send")
      }
      if (facts.attempts > 0) assert.notStrictEqual(outcome.kind, "digest")
    },
    { arbitrary: { runs: 3000 } }
  )
})
