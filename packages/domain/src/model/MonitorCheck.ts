/** One stored check of one monitor from one region: a row of `monitor_checks`. At most one per slot. */
import { Schema } from "effect"
import { CheckOutcome, CheckStatus } from "./CheckOutcome.ts"
import { MonitorId } from "./Monitor.ts"
import { Timestamp } from "./Timestamp.ts"

/** What a check is counted as: in a maintenance window as maintenance, whatever it found. */
export const CountedStatus = Schema.Literals([...CheckStatus.literals, "maintenance"]).annotate({
  identifier: "CountedStatus"
})
export type CountedStatus = typeof CountedStatus.Type

export const MonitorCheck = Schema.Struct({
  monitorId: MonitorId,
  region: Schema.String,
  /** The instant this check was due. */
  slot: Timestamp,
  /** The instant it began. */
  checkedAt: Timestamp,
  ...CheckOutcome.fields,
  status: CountedStatus
}).annotate({ identifier: "MonitorCheck" })
export type MonitorCheck = typeof MonitorCheck.Type
