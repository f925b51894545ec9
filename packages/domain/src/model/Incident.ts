/**
 * A span of time in which something was wrong with a monitor: it was down, or what an alert rule watches for held. At most
 * one is open per monitor and rule.
 */
import { Schema } from "effect"
import { AlertRuleId, AlertTrigger } from "./AlertRule.ts"
import { CheckDetail, CheckError } from "./CheckOutcome.ts"
import { MonitorId } from "./Monitor.ts"
import { Reason } from "./Reason.ts"
import { Severity } from "./Severity.ts"
import { Timestamp } from "./Timestamp.ts"
import { UserId } from "./User.ts"

export const IncidentId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("IncidentId"))
export type IncidentId = typeof IncidentId.Type

/** Incidents that opened together: by a tag or by a cause they share. */
export const IncidentGroupId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("IncidentGroupId"))
export type IncidentGroupId = typeof IncidentGroupId.Type

export const IncidentStatus = Schema.Literals(["open", "acknowledged", "resolved"]).annotate({
  identifier: "IncidentStatus"
})
export type IncidentStatus = typeof IncidentStatus.Type

export const Incident = Schema.Struct({
  id: IncidentId,
  monitorId: MonitorId,
  monitorName: Schema.String,
  trigger: AlertTrigger,
  /** Whose it is; null: the monitor was down. */
  ruleId: Schema.NullOr(AlertRuleId),
  status: IncidentStatus,
  severity: Severity,
  /** Who takes care of it. */
  ownerId: Schema.NullOr(UserId),
  groupId: Schema.NullOr(IncidentGroupId),
  /** The incident that it is told as part of. */
  mergedIntoId: Schema.NullOr(IncidentId),
  startedAt: Timestamp,
  acknowledgedAt: Schema.NullOr(Timestamp),
  acknowledgedBy: Schema.NullOr(UserId),
  resolvedAt: Schema.NullOr(Timestamp),
  /** null when it ended by itself. */
  resolvedBy: Schema.NullOr(UserId),
  cause: CheckError,
  updatedAt: Timestamp
}).annotate({ identifier: "Incident" })
export type Incident = typeof Incident.Type

const Traits = CheckDetail.fields.traits

/** What the monitor looked like before and when it went down: what differs between the two is where to look first. */
export const IncidentEvidence = Schema.Struct({
  /** The newest good check before; null when there was none. */
  lastGood: Schema.NullOr(Schema.Struct({ at: Timestamp, traits: Traits })),
  /** The check that opened the incident; `detail` is null when nothing answered. */
  firstBad: Schema.Struct({ at: Timestamp, traits: Traits, detail: Schema.NullOr(CheckDetail) })
}).annotate({ identifier: "IncidentEvidence" })
export type IncidentEvidence = typeof IncidentEvidence.Type

export const IncidentGroup = Schema.Struct({
  id: IncidentGroupId,
  /** What they have in common: `tag:<tag>` or `cause:<code>`. */
  key: Schema.String,
  openedAt: Timestamp,
  /** How many incidents are in it, and how many of them are not over. */
  incidents: Schema.Int,
  open: Schema.Int
}).annotate({ identifier: "IncidentGroup" })
export type IncidentGroup = typeof IncidentGroup.Type

/** One incident looked at closely. */
export const IncidentReport = Schema.Struct({
  ...Incident.fields,
  /** null when it was opened without evidence. */
  evidence: Schema.NullOr(IncidentEvidence),
  group: Schema.NullOr(IncidentGroup),
  /** Those that were merged into this one, at most 100. */
  mergedIds: Schema.Array(IncidentId)
}).annotate({ identifier: "IncidentReport" })
export type IncidentReport = typeof IncidentReport.Type

export const IncidentNote = Schema.Trimmed.check(Schema.isBetweenLength(1, 5000))

/** One turn that was decided, and why. What it was decided on is kept beside it (domain/rules/decisionRecord). */
export const Decision = Schema.Struct({
  id: Schema.String.check(Schema.isUUID()),
  monitorId: MonitorId,
  incidentId: Schema.NullOr(IncidentId),
  ruleId: Schema.NullOr(AlertRuleId),
  kind: Schema.String,
  decidedAt: Timestamp,
  reasons: Schema.Array(Reason)
}).annotate({ identifier: "Decision" })
export type Decision = typeof Decision.Type

/** What people and the escalation did to an incident. */
export const IncidentEventKind = Schema.Literals([
  "acknowledged",
  "resolved",
  "note",
  "owner",
  "severity",
  "merged",
  "unmerged",
  "escalated"
]).annotate({ identifier: "IncidentEventKind" })
export type IncidentEventKind = typeof IncidentEventKind.Type

/** One line of an incident's timeline: a turn that was decided, somebody's act, or a message to somebody. */
export const TimelineEntry = Schema.Struct({
  at: Timestamp,
  source: Schema.Literals(["decision", "person", "notification"]),
  /** Of a decision its kind, of an act its kind, of a message its status. */
  kind: Schema.String,
  /** Who did it; null: V-Insight, or whoever had a signed link. */
  userId: Schema.NullOr(UserId),
  message: Schema.String,
  reasons: Schema.Array(Reason)
}).annotate({ identifier: "TimelineEntry" })
export type TimelineEntry = typeof TimelineEntry.Type

/** Why an incident opened, who was told of it and who was not, and why: the chain, oldest first. */
export const IncidentWhy = Schema.Struct({
  incidentId: IncidentId,
  /** In one sentence. */
  summary: Schema.String,
  chain: Schema.Array(TimelineEntry)
}).annotate({ identifier: "IncidentWhy" })
export type IncidentWhy = typeof IncidentWhy.Type
