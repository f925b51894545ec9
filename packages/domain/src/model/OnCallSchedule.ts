/** Who is on call when: rotations on the clock of a time zone, and people who stand in. */
import { Schema } from "effect"
import { ActiveHours } from "./ActiveHours.ts"
import { Name } from "./Name.ts"
import { TimeZone } from "./TimeZone.ts"
import { Instant, Timestamp } from "./Timestamp.ts"
import { UserId } from "./User.ts"

export const OnCallScheduleId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("OnCallScheduleId"))
export type OnCallScheduleId = typeof OnCallScheduleId.Type

export const OnCallScheduleName = Name

/** Of several layers that have somebody on call, the last one counts. */
export const OnCallLayer = Schema.Struct({
  name: Name,
  userIds: Schema.Array(UserId).check(Schema.isMinLength(1), Schema.isMaxLength(50)),
  /** The first person's turn begins. */
  startsAt: Instant,
  /** A turn: so many hours, days or weeks on the schedule's clock. */
  turn: Schema.Struct({
    unit: Schema.Literals(["hour", "day", "week"]),
    count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 52 }))
  }),
  /** Only then; null: around the clock. In the schedule's time zone, whatever it says. */
  hours: Schema.NullOr(ActiveHours)
}).annotate({ identifier: "OnCallLayer" })
export type OnCallLayer = typeof OnCallLayer.Type

export const OnCallLayers = Schema.Array(OnCallLayer).check(Schema.isMinLength(1), Schema.isMaxLength(10))

export const OnCallOverrideId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("OnCallOverrideId"))
export type OnCallOverrideId = typeof OnCallOverrideId.Type

export const OnCallOverride = Schema.Struct({
  id: OnCallOverrideId,
  userId: UserId,
  startsAt: Timestamp,
  endsAt: Timestamp
}).annotate({ identifier: "OnCallOverride" })
export type OnCallOverride = typeof OnCallOverride.Type

export const OnCallSchedule = Schema.Struct({
  id: OnCallScheduleId,
  name: Schema.String,
  timeZone: TimeZone,
  layers: Schema.Array(OnCallLayer),
  /** Those that have not ended. */
  overrides: Schema.Array(OnCallOverride),
  createdAt: Timestamp,
  updatedAt: Timestamp
}).annotate({ identifier: "OnCallSchedule" })
export type OnCallSchedule = typeof OnCallSchedule.Type
