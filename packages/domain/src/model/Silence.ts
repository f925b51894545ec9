/** For a while nobody is told of what it matches; what is still wrong when it ends is told then. */
import { Schema } from "effect"
import { AlertChannelId } from "./AlertChannel.ts"
import { Timestamp } from "./Timestamp.ts"
import { UserId } from "./User.ts"

export const SilenceId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("SilenceId"))
export type SilenceId = typeof SilenceId.Type

/** `tag`: one of the monitor's tags equals it. */
export const SilenceMatcher = Schema.Struct({
  field: Schema.Literals(["monitor", "tag", "type", "trigger", "severity", "cause"]),
  is: Schema.Literals(["equal", "not_equal"]),
  /** Of `monitor`, its id. */
  value: Schema.Trimmed.check(Schema.isBetweenLength(1, 100))
}).annotate({ identifier: "SilenceMatcher" })
export type SilenceMatcher = typeof SilenceMatcher.Type

/** All of them must match. */
export const SilenceMatchers = Schema.Array(SilenceMatcher).check(Schema.isMinLength(1), Schema.isMaxLength(20))
export const SilenceReason = Schema.Trimmed.check(Schema.isBetweenLength(1, 500))

export const SilenceState = Schema.Literals(["active", "coming", "over"]).annotate({ identifier: "SilenceState" })
export type SilenceState = typeof SilenceState.Type

export const Silence = Schema.Struct({
  id: SilenceId,
  matchers: Schema.Array(SilenceMatcher),
  reason: Schema.String,
  startsAt: Timestamp,
  endsAt: Timestamp,
  /** Now. */
  state: SilenceState,
  createdBy: UserId,
  /** Told when the silence has ended; null: nobody. */
  noticeChannelId: Schema.NullOr(AlertChannelId),
  createdAt: Timestamp,
  updatedAt: Timestamp
}).annotate({ identifier: "Silence" })
export type Silence = typeof Silence.Type
