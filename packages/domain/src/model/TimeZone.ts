/** A time zone by its IANA name, such as `Europe/Berlin`: its clock changes are known for all times. */
import { DateTime, Option, Schema } from "effect"

export const TimeZone = Schema.String.check(
  Schema.makeFilter(
    (name: string) =>
      (name.length <= 64 && Option.isSome(DateTime.zoneMakeNamed(name))) ||
      "Write a time zone by its IANA name, such as Europe/Berlin or UTC"
  )
).annotate({ identifier: "TimeZone" })
export type TimeZone = typeof TimeZone.Type
