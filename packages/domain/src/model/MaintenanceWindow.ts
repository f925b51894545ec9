/**
 * Planned work: what fails meanwhile opens no incident and pages nobody. Once, or again and again on the clock of a time
 * zone: a window at 02:00 stays at 02:00 when clocks change.
 */
import { Schema } from "effect"
import { Weekday } from "./ActiveHours.ts"
import { MonitorId } from "./Monitor.ts"
import { Name } from "./Name.ts"
import { TimeZone } from "./TimeZone.ts"
import { Instant, Timestamp } from "./Timestamp.ts"

export const MaintenanceWindowId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("MaintenanceWindowId"))
export type MaintenanceWindowId = typeof MaintenanceWindowId.Type

export const MaintenanceWindowName = Name

/** The first occurrence says the time of day and how long. */
export const Recurrence = Schema.Union([
  Schema.Struct({ every: Schema.Literal("day"), until: Schema.NullOr(Instant) }),
  Schema.Struct({
    every: Schema.Literal("week"),
    days: Schema.Array(Weekday).check(Schema.isMinLength(1), Schema.isMaxLength(7), Schema.isUnique()),
    until: Schema.NullOr(Instant)
  }),
  Schema.Struct({
    every: Schema.Literal("month"),
    /** Months without this day have no occurrence. */
    dayOfMonth: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 31 })),
    until: Schema.NullOr(Instant)
  })
]).annotate({ identifier: "Recurrence" })
export type Recurrence = typeof Recurrence.Type

export const MaintenanceWindow = Schema.Struct({
  id: MaintenanceWindowId,
  name: Schema.String,
  /** Of the first occurrence. */
  startsAt: Timestamp,
  endsAt: Timestamp,
  timeZone: TimeZone,
  /** null: once. */
  recurrence: Schema.NullOr(Recurrence),
  /** As of an alert rule: named, or with one of the tags; both empty: every monitor. */
  scope: Schema.Struct({ monitorIds: Schema.Array(MonitorId), tags: Schema.Array(Schema.String) }),
  createdAt: Timestamp,
  updatedAt: Timestamp
}).annotate({ identifier: "MaintenanceWindow" })
export type MaintenanceWindow = typeof MaintenanceWindow.Type

/** One time that a window holds, in a calendar. */
export const MaintenanceOccurrence = Schema.Struct({
  windowId: MaintenanceWindowId,
  name: Schema.String,
  startsAt: Timestamp,
  endsAt: Timestamp,
  timeZone: TimeZone,
  isRecurring: Schema.Boolean,
  scope: MaintenanceWindow.fields.scope,
  /** Another occurrence holds at the same time. */
  overlaps: Schema.Boolean
}).annotate({ identifier: "MaintenanceOccurrence" })
export type MaintenanceOccurrence = typeof MaintenanceOccurrence.Type

export const MaintenanceCalendar = Schema.Struct({
  from: Timestamp,
  to: Timestamp,
  /** By their beginning. */
  occurrences: Schema.Array(MaintenanceOccurrence),
  /** There are more of them than are told: ask for fewer days. */
  isCut: Schema.Boolean
}).annotate({ identifier: "MaintenanceCalendar" })
export type MaintenanceCalendar = typeof MaintenanceCalendar.Type
