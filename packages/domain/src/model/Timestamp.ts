/**
 * An instant as the API, the tables' views and the screens speak of it: RFC 3339 text in UTC with milliseconds.
 * Rules compute with epoch milliseconds; text is made once, where a row is read.
 */
import { Schema } from "effect"

export const Timestamp = Schema.String.annotate({
  identifier: "Timestamp",
  title: "Timestamp",
  description: "RFC 3339 instant in UTC, for example 2026-11-21T12:03:10.250Z.",
  format: "date-time"
})
export type Timestamp = typeof Timestamp.Type
