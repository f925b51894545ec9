/**
 * Who is told of what: "when one of these monitors goes down, tell these channels". A trigger other than `down` is judged
 * for each rule by itself and opens incidents of its own.
 */
import { Schema } from "effect"
import { ActiveHours } from "./ActiveHours.ts"
import { AlertChannelId } from "./AlertChannel.ts"
import { EscalationPolicyId } from "./EscalationPolicy.ts"
import { MonitorId, Tag } from "./Monitor.ts"
import { Name } from "./Name.ts"
import { Severity } from "./Severity.ts"
import { Timestamp } from "./Timestamp.ts"

export const AlertRuleId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("AlertRuleId"))
export type AlertRuleId = typeof AlertRuleId.Type

export const AlertRuleName = Name

export const AlertTrigger = Schema.Literals([
  "down",
  "degraded",
  "slow_response",
  "ssl_expiry",
  "heartbeat_missed",
  "flapping",
  "coverage_lost"
]).annotate({ identifier: "AlertTrigger" })
export type AlertTrigger = typeof AlertTrigger.Type

/**
 * Rules other than `down` and `heartbeat_missed` that are judged with the checks of one monitor: each remembers up to 3 KB,
 * in memory and in a row that is written with each check.
 */
export const maxRulesPerMonitor = 20

const bounded = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const WindowSeconds = bounded(60, 3600).annotate({ description: "Seconds that are looked back on." })

/**
 * The trigger and its limits. `down`: the monitor's incident opens. `heartbeat_missed`: the same, of heartbeat monitors
 * whose call did not come. The others are judged with each check of the monitor.
 */
export const AlertCondition = Schema.Union([
  Schema.Struct({ trigger: Schema.Literal("down") }),
  Schema.Struct({ trigger: Schema.Literal("heartbeat_missed") }),
  Schema.Struct({
    trigger: Schema.Literal("degraded"),
    /** Degraded checks in a row. */
    checks: bounded(1, 100)
  }),
  Schema.Struct({
    trigger: Schema.Literal("slow_response"),
    /** Of the durations of good checks. */
    percentile: Schema.Literals([50, 75, 90, 95, 99]),
    aboveMs: bounded(1, 120_000),
    windowSeconds: WindowSeconds
  }),
  Schema.Struct({
    trigger: Schema.Literal("ssl_expiry"),
    /** Each is told once for each certificate; 0: it has expired. */
    daysBefore: Schema.Array(bounded(0, 365)).check(Schema.isMinLength(1), Schema.isMaxLength(10), Schema.isUnique())
  }),
  Schema.Struct({ trigger: Schema.Literal("flapping") }),
  Schema.Struct({
    trigger: Schema.Literal("coverage_lost"),
    /** Of the checks that were due in the window. */
    belowPercent: bounded(1, 100),
    windowSeconds: bounded(300, 3600)
  })
]).annotate({
  identifier: "AlertCondition",
  message: 'Send an object with a trigger and its limits, such as {"trigger": "degraded", "checks": 3}'
})
export type AlertCondition = typeof AlertCondition.Type

/** A monitor is in scope when it is named or carries one of the tags; an empty scope is every monitor. */
export const AlertScope = Schema.Struct({
  monitorIds: Schema.optionalKey(Schema.Array(MonitorId).check(Schema.isMaxLength(1000), Schema.isUnique())),
  tags: Schema.optionalKey(Schema.Array(Tag).check(Schema.isMaxLength(20), Schema.isUnique()))
}).annotate({ identifier: "AlertScope" })
export type AlertScope = typeof AlertScope.Type

export const AlertRuleChannels = Schema.Array(AlertChannelId).check(Schema.isMaxLength(20), Schema.isUnique())

/** Told only when it lasts so long, seconds; 0: at once. */
export const DelaySeconds = bounded(0, 86_400)
/** Told again so often until somebody acknowledges, seconds; null: once. */
export const RepeatSeconds = Schema.NullOr(bounded(60, 86_400))

/** What a rule is where nothing is said. */
export const alertRuleDefaults = {
  severity: "critical",
  delaySeconds: 0,
  repeatSeconds: null,
  activeHours: null,
  escalationPolicyId: null,
  enabled: true
} as const

export const AlertRule = Schema.Struct({
  id: AlertRuleId,
  name: Schema.String,
  condition: AlertCondition,
  scope: Schema.Struct({ monitorIds: Schema.Array(MonitorId), tags: Schema.Array(Schema.String) }),
  severity: Severity,
  channelIds: Schema.Array(AlertChannelId),
  delaySeconds: Schema.Int,
  repeatSeconds: Schema.NullOr(Schema.Int),
  /** Outside of them nobody is told until they begin; null: always. */
  activeHours: Schema.NullOr(ActiveHours),
  escalationPolicyId: Schema.NullOr(EscalationPolicyId),
  enabled: Schema.Boolean,
  /** The rule, read back. */
  sentence: Schema.String,
  createdAt: Timestamp,
  updatedAt: Timestamp
}).annotate({ identifier: "AlertRule" })
export type AlertRule = typeof AlertRule.Type
