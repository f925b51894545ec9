/** Hours of the week on a clock of a time zone. */
import { Schema } from "effect"
import { TimeZone } from "./TimeZone.ts"

/** Minutes since midnight; `to` before or equal to `from` reaches into the next day. */
const MinuteOfDay = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1440 }))

export const Weekday = Schema.Literals(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]).annotate({
  identifier: "Weekday"
})
export type Weekday = typeof Weekday.Type

export const ActiveHours = Schema.Struct({
  timeZone: TimeZone,
  /** On which the hours begin. */
  days: Schema.Array(Weekday).check(Schema.isMinLength(1), Schema.isMaxLength(7), Schema.isUnique()),
  from: MinuteOfDay,
  to: MinuteOfDay
}).annotate({ identifier: "ActiveHours" })
export type ActiveHours = typeof ActiveHours.Type
