/** Who is on call at an instant and over a stretch of time, and when nobody is. */
import { Schema } from "effect"
import { OnCallOverrideId, OnCallScheduleId } from "./OnCallSchedule.ts"
import { Reason } from "./Reason.ts"
import { Timestamp } from "./Timestamp.ts"
import { UserId } from "./User.ts"

/** By what somebody is on call: standing in, or the turn of a layer. */
export const OnCallSource = Schema.Literals(["override", "layer"]).annotate({ identifier: "OnCallSource" })
export type OnCallSource = typeof OnCallSource.Type

/** The person; all null: nobody. */
const who = {
  userId: Schema.NullOr(UserId),
  email: Schema.NullOr(Schema.String),
  source: Schema.NullOr(OnCallSource),
  /** The layer's name, where the person is on call by a layer. */
  layer: Schema.NullOr(Schema.String),
  overrideId: Schema.NullOr(OnCallOverrideId)
}

/** "Who is paged at T?" */
export const OnCallAnswer = Schema.Struct({
  scheduleId: OnCallScheduleId,
  at: Timestamp,
  ...who,
  /** It changes then; null: not within the next 62 days. */
  until: Schema.NullOr(Timestamp),
  /** Why, from what counts most to what counts least. */
  reasons: Schema.Array(Reason)
}).annotate({ identifier: "OnCallAnswer" })
export type OnCallAnswer = typeof OnCallAnswer.Type

/** Somebody is on call from `from` on and until before `to`. */
export const OnCallSpan = Schema.Struct({ from: Timestamp, to: Timestamp, ...who }).annotate({
  identifier: "OnCallSpan"
})
export type OnCallSpan = typeof OnCallSpan.Type

export const OnCallTimeline = Schema.Struct({
  scheduleId: OnCallScheduleId,
  from: Timestamp,
  to: Timestamp,
  /** They cover the whole range, one after the other; those with nobody are among them. */
  spans: Schema.Array(OnCallSpan),
  /** Each layer by itself, whatever counts more; stretches without anybody are left out. */
  layers: Schema.Array(Schema.Struct({ name: Schema.String, spans: Schema.Array(OnCallSpan) })),
  /** When nobody is on call. */
  gaps: Schema.Array(Schema.Struct({ from: Timestamp, to: Timestamp }))
}).annotate({ identifier: "OnCallTimeline" })
export type OnCallTimeline = typeof OnCallTimeline.Type
