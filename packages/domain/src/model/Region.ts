/** A place that monitors are checked from. Its workers say its name when they start; the first one becomes the default. */
import { Schema } from "effect"
import { CheckError } from "./CheckOutcome.ts"
import { Timestamp } from "./Timestamp.ts"

/** Part of table names: short, and nothing that needs quoting. */
export const RegionName = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9-]{0,19}$/, {
    message: "Name a region with 1 to 20 of a-z, 0-9 and -, beginning with a letter"
  })
)

export const Region = Schema.Struct({
  name: Schema.String,
  /** Checks the monitors that name no region. */
  isDefault: Schema.Boolean,
  /** A worker of it was heard of within the last minute. */
  isPresent: Schema.Boolean,
  /** The newest sign of life of one of its workers. */
  seenAt: Timestamp
}).annotate({ identifier: "Region" })
export type Region = typeof Region.Type

/** How a monitor stands in one of its regions. */
export const RegionStanding = Schema.Struct({
  region: Schema.String,
  /** What the region believes; `unknown`: it is blind, or was not heard of for too long, and does not vote. */
  status: Schema.Literals(["up", "degraded", "down", "unknown", "pending", "maintenance"]),
  /** When `status` last changed; null before the first check. */
  statusSince: Schema.NullOr(Timestamp),
  lastCheckedAt: Schema.NullOr(Timestamp),
  totalUs: Schema.NullOr(Schema.Int),
  error: Schema.NullOr(CheckError)
}).annotate({ identifier: "RegionStanding" })
export type RegionStanding = typeof RegionStanding.Type

/** How a monitor stands in all of its regions. */
export const RegionStandings = Schema.Struct({
  /** How many must find it down. */
  quorum: Schema.Int,
  /** In the order in which the monitor names them. */
  regions: Schema.Array(RegionStanding)
}).annotate({ identifier: "RegionStandings" })
export type RegionStandings = typeof RegionStandings.Type
