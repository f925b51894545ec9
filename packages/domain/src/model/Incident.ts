/** A span of time in which a monitor was down. At most one is open per monitor. */
import { Schema } from "effect"
import { CheckDetail, CheckError } from "./CheckOutcome.ts"
import { MonitorId } from "./Monitor.ts"
import { Timestamp } from "./Timestamp.ts"
import { UserId } from "./User.ts"

export const IncidentId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("IncidentId"))
export type IncidentId = typeof IncidentId.Type

export const IncidentStatus = Schema.Literals(["open", "acknowledged", "resolved"]).annotate({
  identifier: "IncidentStatus"
})
export type IncidentStatus = typeof IncidentStatus.Type

export const Incident = Schema.Struct({
  id: IncidentId,
  monitorId: MonitorId,
  monitorName: Schema.String,
  status: IncidentStatus,
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

/** One incident looked at closely; null when it was opened without evidence. */
export const IncidentReport = Schema.Struct({
  ...Incident.fields,
  evidence: Schema.NullOr(IncidentEvidence)
}).annotate({ identifier: "IncidentReport" })
export type IncidentReport = typeof IncidentReport.Type
