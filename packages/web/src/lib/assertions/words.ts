/** Assertions in words: what can be compared, how, and in which unit. */
import type { AssertionOperator, AssertionSource } from "@v-insight/domain/model/Assertion"

interface SourceWords {
  readonly label: string
  readonly isNumber?: true
  readonly unit?: string
  /** What must be said besides: of which header, where in the JSON. */
  readonly property?: { readonly label: string; readonly placeholder: string }
}

const sources: Readonly<Record<AssertionSource, SourceWords>> = {
  status: { label: "Status", isNumber: true },
  total_ms: { label: "Time in all", isNumber: true, unit: "ms" },
  dns_ms: { label: "DNS time", isNumber: true, unit: "ms" },
  connect_ms: { label: "Connect time", isNumber: true, unit: "ms" },
  tls_ms: { label: "TLS time", isNumber: true, unit: "ms" },
  first_byte_ms: { label: "Time to first byte", isNumber: true, unit: "ms" },
  transfer_ms: { label: "Transfer time", isNumber: true, unit: "ms" },
  body_bytes: { label: "Body size", isNumber: true, unit: "bytes" },
  certificate_days: { label: "Certificate, days left", isNumber: true, unit: "days" },
  rows: { label: "Rows", isNumber: true },
  header: { label: "Header", property: { label: "Header name", placeholder: "content-type" } },
  body: { label: "Body text" },
  json: { label: "JSON value", property: { label: "JSON path", placeholder: "$.status" } },
  record: { label: "Record" },
  certificate_issuer: { label: "Certificate issuer" },
  certificate_subject: { label: "Certificate subject" },
  tls_version: { label: "TLS version" }
}

const operators: Readonly<Record<AssertionOperator, string>> = {
  equals: "is",
  not_equals: "is not",
  less_than: "is less than",
  at_most: "is at most",
  greater_than: "is more than",
  at_least: "is at least",
  contains: "contains",
  not_contains: "does not contain",
  matches: "matches",
  not_matches: "does not match",
  exists: "is there",
  not_exists: "is not there"
}

const forNumbers = ["equals", "not_equals", "less_than", "at_most", "greater_than", "at_least"] as const
const forTexts = ["equals", "not_equals", "contains", "not_contains", "matches", "not_matches"] as const
const forPresence = ["exists", "not_exists"] as const

const sourceOf = (source: string): SourceWords | undefined =>
  Object.hasOwn(sources, source) ? sources[source as AssertionSource] : undefined

const isNumberSource = (source: string): boolean => sourceOf(source)?.isNumber === true
const isOrdering = (operator: string): boolean => /^(less_than|at_most|greater_than|at_least)$/.test(operator)
/** What is expected is a number then. */
export const comparesNumbers = (source: string, operator: string): boolean =>
  isNumberSource(source) || isOrdering(operator)
export const propertyOf = (source: string) => sourceOf(source)?.property
export const unitOf = (source: string): string | undefined => sourceOf(source)?.unit
export const sourceLabel = (source: string): string => sourceOf(source)?.label ?? source
export const operatorLabel = (operator: string): string =>
  Object.hasOwn(operators, operator) ? operators[operator as AssertionOperator] : operator

/** Those that make sense of a source, out of those that are offered. */
export const operatorsOf = (source: string, offered: ReadonlyArray<string>): ReadonlyArray<string> => {
  const fitting: ReadonlyArray<string> = isNumberSource(source)
    ? forNumbers
    : source === "json"
      ? [...new Set([...forTexts, ...forNumbers, ...forPresence])]
      : source === "header" || source === "record"
        ? [...forTexts, ...forPresence]
        : forTexts
  return offered.filter((operator) => fitting.includes(operator))
}

/** Whether something stands at the right of it. */
export const expects = (operator: string): boolean => operator !== "exists" && operator !== "not_exists"
