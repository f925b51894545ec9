/** One stored check of one monitor from one region: a row of `monitor_checks`. At most one per slot. */
import { Schema } from "effect"
import { CheckOutcome } from "./CheckOutcome.ts"
import { MonitorId } from "./Monitor.ts"
import { Timestamp } from "./Timestamp.ts"

export const MonitorCheck = Schema.Struct({
  monitorId: MonitorId,
  region: Schema.String,
  /** The instant this check was due. */
  slot: Timestamp,
  /** The instant it began. */
  checkedAt: Timestamp,
  ...CheckOutcome.fields
}).annotate({ identifier: "MonitorCheck" })
export type MonitorCheck = typeof MonitorCheck.Type
