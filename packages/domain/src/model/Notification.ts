/**
 * One delivery of one event to one channel. Its id is the same on every attempt, so that a receiver can drop repeats.
 * `NotificationEvent` is what receivers are told; its shape is part of the public contract.
 */
import { Schema } from "effect"
import { AlertChannelId } from "./AlertChannel.ts"
import { AlertRuleId, AlertTrigger } from "./AlertRule.ts"
import { CheckError, CheckStatus } from "./CheckOutcome.ts"
import { IncidentId, IncidentStatus } from "./Incident.ts"
import { MonitorId } from "./Monitor.ts"
import { Reason } from "./Reason.ts"
import { Severity } from "./Severity.ts"
import { Timestamp } from "./Timestamp.ts"

export const NotificationId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("NotificationId"))
export type NotificationId = typeof NotificationId.Type

/** `suppressed`: decided not to be told; `digested`: told as part of a digest. `reasons` say why. */
export const NotificationStatus = Schema.Literals(["pending", "sent", "failed", "suppressed", "digested"]).annotate({
  identifier: "NotificationStatus"
})
export type NotificationStatus = typeof NotificationStatus.Type

/**
 * `incident.repeated`: still open, and nobody has acknowledged it; `digest`: so many incidents at once that they are told
 * together; `silence.ended`: a notice to whoever asked for it.
 */
export const NotificationType = Schema.Literals([
  "incident.opened",
  "incident.repeated",
  "incident.escalated",
  "incident.resolved",
  "digest",
  "silence.ended",
  "test"
])
export type NotificationType = typeof NotificationType.Type

export const NotificationEvent = Schema.Struct({
  type: NotificationType,
  timestamp: Timestamp,
  data: Schema.Struct({
    incident: Schema.NullOr(
      Schema.Struct({
        id: IncidentId,
        status: IncidentStatus,
        trigger: AlertTrigger,
        severity: Severity,
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
    ),
    /** Of `digest`: what it stands for. */
    digest: Schema.optionalKey(
      Schema.Struct({
        /** Incidents in it, and how many of them are over. */
        incidents: Schema.Int,
        resolved: Schema.Int,
        /** The first of their monitors by name, at most 20. */
        monitors: Schema.Array(Schema.String)
      })
    ),
    /** Of `silence.ended`. */
    silence: Schema.optionalKey(Schema.Struct({ reason: Schema.String, endsAt: Timestamp }))
  }),
  /** Where to look and what to do, when the deployment knows its own address (VINSIGHT_PUBLIC_URL). */
  links: Schema.optionalKey(
    Schema.Struct({
      incident: Schema.String,
      /** Signed: whoever has it may acknowledge this incident, without signing in. */
      acknowledge: Schema.NullOr(Schema.String)
    })
  )
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
  monitorName: Schema.NullOr(Schema.String),
  ruleId: Schema.NullOr(AlertRuleId),
  /** First, second ... time that this channel is told of this. */
  sequence: Schema.Int,
  /** Not before. */
  dueAt: Timestamp,
  /** Why it was sent, held back, suppressed or digested. */
  reasons: Schema.Array(Reason),
  /** The digest that told of it instead. */
  digestId: Schema.NullOr(NotificationId),
  createdAt: Timestamp,
  sentAt: Schema.NullOr(Timestamp)
}).annotate({ identifier: "Notification" })
export type Notification = typeof Notification.Type

/** The delivery ledger: one attempt and what the receiver answered. */
export const DeliveryAttempt = Schema.Struct({
  attempt: Schema.Int,
  attemptedAt: Timestamp,
  durationMs: Schema.Int,
  /** null: no answer, or no protocol with a status. */
  responseStatus: Schema.NullOr(Schema.Int),
  /** The first 2 KiB of the answer, as text. */
  answer: Schema.NullOr(Schema.String),
  error: Schema.NullOr(CheckError)
}).annotate({ identifier: "DeliveryAttempt" })
export type DeliveryAttempt = typeof DeliveryAttempt.Type

/** A notification looked at closely. */
export const NotificationReport = Schema.Struct({
  ...Notification.fields,
  event: NotificationEvent,
  deliveries: Schema.Array(DeliveryAttempt)
}).annotate({ identifier: "NotificationReport" })
export type NotificationReport = typeof NotificationReport.Type
