/**
 * An instant as the API, the tables' views and the screens speak of it: RFC 3339 text in UTC with milliseconds.
 * Rules compute with epoch milliseconds; text is made once, where a row is read.
 */
import { DateTime, Option, Schema } from "effect"

export const Timestamp = Schema.String.annotate({
  identifier: "Timestamp",
  title: "Timestamp",
  description: "RFC 3339 instant in UTC, for example 2026-11-21T12:03:10.250Z.",
  format: "date-time"
})
export type Timestamp = typeof Timestamp.Type

/** RFC 3339 in full: what else a machine would take for a date, people mean differently. */
const pattern = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/
/** Years 1 to 9999, as RFC 3339 and PostgreSQL write them in UTC; an offset leads beyond. Epoch ms. */
const earliest = -62_135_596_800_000
export const latestInstant = 253_402_300_799_999

/** Epoch ms; none where it is no instant, such as the 30th of February. */
export const instantOf = (text: string): Option.Option<number> => {
  const date = pattern.exec(text)?.[1]
  const isDay =
    date !== undefined &&
    Option.exists(DateTime.make(`${date}T00:00:00Z`), (day) => DateTime.formatIso(day).startsWith(date))
  const at = isDay ? Option.map(DateTime.make(text), ({ epochMilliseconds }) => epochMilliseconds) : Option.none()
  return Option.filter(at, (ms) => ms >= earliest && ms <= latestInstant)
}

export const writeInstant = "Write an instant such as 2026-11-21T12:00:00Z"

/** An instant that people write, in any offset. */
export const Instant = Schema.String.check(
  Schema.isMaxLength(64),
  Schema.makeFilter((text: string) => Option.isSome(instantOf(text)) || writeInstant)
).annotate({
  identifier: "Instant",
  description: "RFC 3339 instant with its offset, for example 2026-11-21T13:03:10+01:00.",
  format: "date-time"
})
export type Instant = typeof Instant.Type
