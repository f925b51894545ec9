/** A span of time in which a monitor was down. At most one is open per monitor. */
import { Schema } from "effect"
import { CheckError } from "./CheckOutcome.ts"
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
