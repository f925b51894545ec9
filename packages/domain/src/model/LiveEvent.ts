/**
 * What the live stream tells a browser: the newest state of what changed, never a log of every step. An event may come
 * twice (after a reconnect); applying it twice changes nothing.
 */
import { Schema } from "effect"
import { Incident } from "./Incident.ts"
import { LastCheck, MonitorId, MonitorStatus } from "./Monitor.ts"
import { Timestamp } from "./Timestamp.ts"

/** The newest check of a monitor, with the status that followed from it. */
export const CheckEvent = Schema.Struct({
  monitorId: MonitorId,
  status: MonitorStatus,
  statusSince: Schema.NullOr(Timestamp),
  checkedAt: Timestamp,
  nextCheckAt: Schema.NullOr(Timestamp),
  check: LastCheck
}).annotate({ identifier: "CheckEvent" })
export type CheckEvent = typeof CheckEvent.Type

/** A monitor was created, changed, paused, resumed or removed: read it again. */
export const MonitorEvent = Schema.Struct({
  monitorId: MonitorId,
  removed: Schema.Boolean
}).annotate({ identifier: "MonitorEvent" })
export type MonitorEvent = typeof MonitorEvent.Type

export const IncidentEvent = Schema.Struct({ incident: Incident }).annotate({ identifier: "IncidentEvent" })
export type IncidentEvent = typeof IncidentEvent.Type

export type LiveEvent =
  | { readonly event: "check"; readonly data: CheckEvent }
  | { readonly event: "monitor"; readonly data: MonitorEvent }
  | { readonly event: "incident"; readonly data: IncidentEvent }
