/**
 * What must be true of an answer beyond "it came": a typed comparison of one thing that was found with what is expected.
 * An unmet one makes the check `down`, or `degraded` when it is soft.
 */
import { Schema } from "effect"

/** Compared as numbers: times in milliseconds, sizes in bytes, whole days. */
export const numberSources = [
  "status",
  "total_ms",
  "dns_ms",
  "connect_ms",
  "tls_ms",
  "first_byte_ms",
  "transfer_ms",
  "body_bytes",
  "certificate_days",
  "rows"
] as const
/** Compared as text. `header` takes a name as property; `record` is met when any record meets it. */
export const textSources = [
  "header",
  "body",
  "record",
  "certificate_issuer",
  "certificate_subject",
  "tls_version"
] as const
/** `json` takes a path as property and compares what stands there, as number or text. */
export const AssertionSource = Schema.Literals([...numberSources, ...textSources, "json"]).annotate({
  identifier: "AssertionSource"
})
export type AssertionSource = typeof AssertionSource.Type

export const AssertionOperator = Schema.Literals([
  "equals",
  "not_equals",
  "less_than",
  "at_most",
  "greater_than",
  "at_least",
  "contains",
  "not_contains",
  "matches",
  "not_matches",
  "exists",
  "not_exists"
]).annotate({
  identifier: "AssertionOperator",
  message: "Write how to compare, such as equals or less_than: docs/monitors.md has them all"
})
export type AssertionOperator = typeof AssertionOperator.Type

export const AssertionSeverity = Schema.Literals(["down", "degraded"]).annotate({
  identifier: "AssertionSeverity",
  message: "Write down or degraded"
})
export type AssertionSeverity = typeof AssertionSeverity.Type

export interface Assertion {
  readonly source: AssertionSource
  /** A header's name or a JSON path; nothing else has one. */
  readonly property?: string | undefined
  readonly operator: AssertionOperator
  /** Absent only with `exists` and `not_exists`. */
  readonly expected?: string | number | undefined
  readonly severity: AssertionSeverity
}
