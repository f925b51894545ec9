/**
 * What one check found out, as a value: a check that cannot connect is a result, never an error.
 * Phases are whole microseconds; a phase that was not reached is null.
 */
import { Schema } from "effect"
import { Timestamp } from "./Timestamp.ts"

/** `unknown`: we could not look (our own stall, our own outage); it is neither up nor down. */
export const CheckStatus = Schema.Literals(["up", "degraded", "down", "unknown"]).annotate({
  identifier: "CheckStatus"
})
export type CheckStatus = typeof CheckStatus.Type

const Microseconds = Schema.NullOr(Schema.Int)

export const Timings = Schema.Struct({
  dnsUs: Microseconds,
  connectUs: Microseconds,
  tlsUs: Microseconds,
  firstByteUs: Microseconds,
  transferUs: Microseconds,
  totalUs: Microseconds
}).annotate({ identifier: "Timings", description: "Microseconds per phase; null where the phase was not reached." })
export type Timings = typeof Timings.Type

export const noTimings: Timings = {
  dnsUs: null,
  connectUs: null,
  tlsUs: null,
  firstByteUs: null,
  transferUs: null,
  totalUs: null
}

export const CheckError = Schema.Struct({
  /** Out of a closed set per monitor type, for example `connection_refused`. */
  code: Schema.String,
  /** A sentence a person understands. */
  message: Schema.String
}).annotate({ identifier: "CheckError" })
export type CheckError = typeof CheckError.Type

export const Certificate = Schema.Struct({
  subject: Schema.String,
  issuer: Schema.String,
  validFrom: Timestamp,
  validTo: Timestamp,
  fingerprint256: Schema.String
}).annotate({ identifier: "Certificate" })
export type Certificate = typeof Certificate.Type

export const CheckOutcome = Schema.Struct({
  status: CheckStatus,
  timings: Timings,
  httpStatus: Schema.NullOr(Schema.Int),
  error: Schema.NullOr(CheckError),
  certificate: Schema.NullOr(Certificate),
  /** The address that was dialled last. */
  address: Schema.NullOr(Schema.String),
  /** Tries on fresh connections within the slot; each failing one is evidence. */
  attempts: Schema.Int
}).annotate({ identifier: "CheckOutcome" })
export type CheckOutcome = typeof CheckOutcome.Type
