/** What is watched, how often, and how much evidence it takes to believe a change. */
import { Schema } from "effect"
import { CheckError } from "./CheckOutcome.ts"
import { Name } from "./Name.ts"
import { RegionName } from "./Region.ts"
import { Timestamp } from "./Timestamp.ts"

export const MonitorId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("MonitorId"))
export type MonitorId = typeof MonitorId.Type

export const MonitorStatus = Schema.Literals([
  "up",
  "degraded",
  "down",
  "unknown",
  "pending",
  "paused",
  "maintenance"
]).annotate({ identifier: "MonitorStatus" })
export type MonitorStatus = typeof MonitorStatus.Type

export const MonitorName = Name
export const Tag = Schema.Trimmed.check(Schema.isBetweenLength(1, 40))
export const Tags = Schema.Array(Tag).check(Schema.isMaxLength(20), Schema.isUnique())

/** The deployment's floor (`VINSIGHT_MIN_INTERVAL_SECONDS`) is applied on top of this one. */
export const IntervalSeconds = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 86_400 }))
export const TimeoutSeconds = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 }))
/** Failing tries beyond the first one before a monitor is down. */
export const Confirmations = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 }))
/** Good checks in a row before a monitor that was down has recovered. */
export const RecoveryChecks = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 }))

/** None: the deployment's default region. */
export const Regions = Schema.Array(RegionName).check(Schema.isMaxLength(20), Schema.isUnique())
/** How many regions must find a monitor down; null: more than half of them. */
export const Quorum = Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })))

/** An answer that took longer makes a good check degraded, milliseconds; null: never. */
export const DegradedAfterMs = Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 120_000 })))

export const defaults = {
  intervalSeconds: 60,
  timeoutSeconds: 10,
  confirmations: 1,
  recoveryChecks: 1,
  inverted: false
} as const

/** While one of them is down, nobody is told that the monitor is. */
export const ParentIds = Schema.Array(MonitorId).check(Schema.isMaxLength(10), Schema.isUnique())

/** The newest check in short, so that a list needs no second call. */
export const LastCheck = Schema.Struct({
  totalUs: Schema.NullOr(Schema.Int),
  httpStatus: Schema.NullOr(Schema.Int),
  error: Schema.NullOr(CheckError),
  certificateValidTo: Schema.NullOr(Timestamp)
}).annotate({ identifier: "LastCheck" })
export type LastCheck = typeof LastCheck.Type

/** A monitor as it is read. `type` and `settings` are checked against the registry when it is written. */
export const Monitor = Schema.Struct({
  id: MonitorId,
  name: Schema.String,
  type: Schema.String,
  /** Without the secret ones. */
  settings: Schema.Record(Schema.String, Schema.Json),
  /** Names of the secret settings that have a value. */
  secretsSet: Schema.Array(Schema.String),
  intervalSeconds: Schema.Int,
  timeoutSeconds: Schema.Int,
  confirmations: Schema.Int,
  recoveryChecks: Schema.Int,
  /** Good when the check fails: for what must not be reachable. */
  inverted: Schema.Boolean,
  tags: Schema.Array(Schema.String),
  /** Where it is checked from; none: the deployment's default region. */
  regions: Schema.Array(Schema.String),
  /** How many of its regions must find it down; null: more than half. */
  quorum: Schema.NullOr(Schema.Int),
  /** An answer that took longer makes a good check degraded, milliseconds; null: never. */
  degradedAfterMs: Schema.NullOr(Schema.Int),
  /** While one of them is down, nobody is told that this one is. */
  parentIds: Schema.Array(MonitorId),
  paused: Schema.Boolean,
  /** Of several regions, their verdict. */
  status: MonitorStatus,
  /** When `status` last changed; null before the first check. */
  statusSince: Schema.NullOr(Timestamp),
  lastCheckedAt: Schema.NullOr(Timestamp),
  nextCheckAt: Schema.NullOr(Timestamp),
  lastCheck: Schema.NullOr(LastCheck),
  createdAt: Timestamp,
  updatedAt: Timestamp
}).annotate({ identifier: "Monitor" })
export type Monitor = typeof Monitor.Type
