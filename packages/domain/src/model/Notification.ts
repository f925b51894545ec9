/**
 * One delivery of one event to one channel. Its id is the same on every attempt, so that a receiver can drop repeats.
 * `NotificationEvent` is what receivers are told; its shape is part of the public contract.
 */
import { Schema } from "effect"
import { AlertChannelId } from "./AlertChannel.ts"
import { CheckError, CheckStatus } from "./CheckOutcome.ts"
import { IncidentId, IncidentStatus } from "./Incident.ts"
import { MonitorId } from "./Monitor.ts"
import { Timestamp } from "./Timestamp.ts"

export const NotificationId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("NotificationId"))
export type NotificationId = typeof NotificationId.Type

export const NotificationStatus = Schema.Literals(["pending", "sent", "failed"]).annotate({
  identifier: "NotificationStatus"
})
export type NotificationStatus = typeof NotificationStatus.Type

export const NotificationType = Schema.Literals(["incident.opened", "incident.resolved", "test"])
export type NotificationType = typeof NotificationType.Type

export const NotificationEvent = Schema.Struct({
  type: NotificationType,
  timestamp: Timestamp,
  data: Schema.Struct({
    incident: Schema.NullOr(
      Schema.Struct({
        id: IncidentId,
        status: IncidentStatus,
        startedAt: Timestamp,
        resolvedAt: Schema.NullOr(Timestamp),
        cause: CheckError
      })
    ),
    monitor: Schema.NullOr(
      Schema.Struct({
        id: MonitorId,
        name: Schema.String,
        type: Schema.String,
        tags: Schema.Array(Schema.String)
      })
    ),
    check: Schema.NullOr(
      Schema.Struct({
        status: CheckStatus,
        checkedAt: Timestamp,
        httpStatus: Schema.NullOr(Schema.Int),
        totalUs: Schema.NullOr(Schema.Int),
        error: Schema.NullOr(CheckError)
      })
    )
  })
}).annotate({ identifier: "NotificationEvent" })
export type NotificationEvent = typeof NotificationEvent.Type

/** What the receiver answered: shown in the delivery ledger and by "send a test". */
export const DeliveryReport = Schema.Struct({
  delivered: Schema.Boolean,
  status: Schema.NullOr(Schema.Int),
  /** The first 2 KiB of the answer, as text. */
  answer: Schema.NullOr(Schema.String),
  error: Schema.NullOr(CheckError),
  durationMs: Schema.Int
}).annotate({ identifier: "DeliveryReport" })
export type DeliveryReport = typeof DeliveryReport.Type

export const Notification = Schema.Struct({
  id: NotificationId,
  incidentId: Schema.NullOr(IncidentId),
  channelId: AlertChannelId,
  channelName: Schema.String,
  type: NotificationType,
  status: NotificationStatus,
  attempts: Schema.Int,
  lastError: Schema.NullOr(Schema.String),
  createdAt: Timestamp,
  sentAt: Schema.NullOr(Timestamp)
}).annotate({ identifier: "Notification" })
export type Notification = typeof Notification.Type
