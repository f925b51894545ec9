/** Why something was decided: one finding. Decisions keep theirs in the order in which they were found. */
import { Schema } from "effect"

export const Reason = Schema.Struct({
  /** Stable, for programs: out of a closed set per rule that decides. */
  code: Schema.String,
  /** A sentence a person understands. */
  message: Schema.String
}).annotate({ identifier: "Reason" })
export type Reason = typeof Reason.Type
