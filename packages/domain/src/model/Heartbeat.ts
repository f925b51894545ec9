/** One call of a job that V-Insight received: it began, it succeeded, or it failed. */
import { Schema } from "effect"
import { Timestamp } from "./Timestamp.ts"

export const HeartbeatKind = Schema.Literals(["start", "success", "fail"]).annotate({ identifier: "HeartbeatKind" })
export type HeartbeatKind = typeof HeartbeatKind.Type

/** Of a body no more is kept, bytes as they came. */
export const heartbeatBodyBytes = 10_000
/** So many calls of a monitor are kept, the newest. */
export const heartbeatsKept = 100

export const Heartbeat = Schema.Struct({
  /** Counted per monitor from 1, without gaps. */
  number: Schema.Int,
  receivedAt: Timestamp,
  kind: HeartbeatKind,
  /** As the job reported it, 0 to 255; null when it did not. */
  exitCode: Schema.NullOr(Schema.Int),
  /** From the start call before it, milliseconds; null without one. */
  durationMs: Schema.NullOr(Schema.Int),
  method: Schema.Literals(["GET", "HEAD", "POST"]),
  /** Where the call came from. */
  address: Schema.String,
  userAgent: Schema.NullOr(Schema.String),
  /** What the job sent along, such as the end of its log: text, at most 10 kB; null when it sent nothing. */
  body: Schema.NullOr(Schema.String),
  /** More was sent than is kept. */
  isTruncated: Schema.Boolean
}).annotate({ identifier: "Heartbeat" })
export type Heartbeat = typeof Heartbeat.Type
