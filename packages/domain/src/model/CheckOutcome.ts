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

/** One assertion of the monitor's settings beside what was found. */
export const AssertionVerdict = Schema.Struct({
  /** The assertion as a sentence, such as `header content-type contains json`. */
  assertion: Schema.String,
  /** What was found instead of, or as, the expected; null when there was nothing. At most 200 characters. */
  actual: Schema.NullOr(Schema.String),
  isMet: Schema.Boolean,
  /** What the check is when it is not met. */
  severity: Schema.Literals(["down", "degraded"])
}).annotate({ identifier: "AssertionVerdict" })
export type AssertionVerdict = typeof AssertionVerdict.Type

/** What the target answered, for people who look for the cause: only of tries, runs and the first bad check. */
export const ResponseEvidence = Schema.Struct({
  /** In order of arrival; values of credentials are left out. */
  headers: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  /** Text without control characters, at most 64 KB. */
  body: Schema.String,
  isTruncated: Schema.Boolean
}).annotate({ identifier: "ResponseEvidence" })
export type ResponseEvidence = typeof ResponseEvidence.Type

/** What a check found beyond its verdict. Kept with checks that are not up; of the others the last good one's traits. */
export const CheckDetail = Schema.Struct({
  tlsVersion: Schema.NullOr(Schema.String),
  /** The URLs that were followed, in order; empty without redirects. */
  redirects: Schema.Array(Schema.String),
  assertions: Schema.Array(AssertionVerdict),
  /** The fingerprint for "what changed": few, short, stable facts by name, such as `server`, `content-type`, `records`. */
  traits: Schema.Record(Schema.String, Schema.String),
  response: Schema.NullOr(ResponseEvidence)
}).annotate({ identifier: "CheckDetail" })
export type CheckDetail = typeof CheckDetail.Type

export const CheckOutcome = Schema.Struct({
  status: CheckStatus,
  timings: Timings,
  httpStatus: Schema.NullOr(Schema.Int),
  error: Schema.NullOr(CheckError),
  certificate: Schema.NullOr(Certificate),
  /** The address that was dialled last. */
  address: Schema.NullOr(Schema.String),
  /** Tries on fresh connections within the slot; each failing one is evidence. */
  attempts: Schema.Int,
  detail: Schema.NullOr(CheckDetail)
}).annotate({ identifier: "CheckOutcome" })
export type CheckOutcome = typeof CheckOutcome.Type

/** Of a check that says nothing of its target: why. */
export const unknownOutcome = (error: CheckError): CheckOutcome => ({
  status: "unknown",
  timings: noTimings,
  httpStatus: null,
  error,
  certificate: null,
  address: null,
  attempts: 1,
  detail: null
})
