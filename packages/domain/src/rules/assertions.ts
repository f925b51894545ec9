/**
 * Whether what a check found is as expected. Total: whatever a stranger answered, there is a verdict and no exception.
 * A header that came several times, and DNS records, meet an assertion when any of them does; `not_...` is the opposite
 * of its counterpart, so that it holds when none does, and also when there is nothing.
 */
import { DateTime, Option, Result } from "effect"
import type { Assertion, AssertionOperator, AssertionSource } from "../model/Assertion.ts"
import type { AssertionVerdict, Certificate, CheckError, Timings } from "../model/CheckOutcome.ts"
import { lookUp, parseJson, parseJsonPath } from "./jsonPath.ts"
import { occurs } from "./pattern.ts"
import { plainText } from "./plainText.ts"

/** What there is to judge; a kind leaves out what it does not know. */
export interface Findings {
  readonly status?: number | undefined
  readonly timings: Timings
  /** Names in lower case. */
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]> | undefined
  /** May be a getter, so that a body is only decoded when something asks for it. */
  readonly text?: string | undefined
  readonly bodyBytes?: number | undefined
  readonly certificate?: Certificate | null | undefined
  readonly tlsVersion?: string | null | undefined
  readonly records?: ReadonlyArray<string> | undefined
  /** Of a query. */
  readonly rows?: number | undefined
}

export interface Judgement {
  readonly verdicts: ReadonlyArray<AssertionVerdict>
  readonly status: "up" | "degraded" | "down"
  /** Of the first unmet one, hard ones first; null when all are met. */
  readonly error: CheckError | null
}

export const assertionFailed = "assertion_failed"

/** Of no assertions at all. */
export const allMet: Judgement = { verdicts: [], status: "up", error: null }

/** `now` in epoch milliseconds: certificates are as old as the moment says. */
export const judge = (assertions: ReadonlyArray<Assertion>, findings: Findings, now: number): Judgement => {
  if (assertions.length === 0) return allMet
  const find = finder(findings, now)
  const searches = assertions.filter(({ operator }) => operator.endsWith("matches")).length
  const verdicts = assertions.map((assertion) => verdictOf(assertion, find(assertion), searches))
  const unmet = verdicts.filter(({ isMet }) => !isMet)
  const first = unmet.find(({ severity }) => severity === "down") ?? unmet[0]
  if (first === undefined) return { verdicts, status: "up", error: null }
  const found = first.actual === null ? "there is none" : `it is ${first.actual === "" ? "empty" : first.actual}`
  const more = unmet.length === 1 ? "" : ` (and ${unmet.length - 1} more)`
  return {
    verdicts,
    status: first.severity,
    error: { code: assertionFailed, message: `Expected that ${first.assertion}, but ${found}${more}.` }
  }
}

type Value = number | string
/** `unreadable`: it cannot be told whether there is something, so that not even its absence is believed. */
type Found = ReadonlyArray<Value> | "unreadable"

const verdictOf = (assertion: Assertion, found: Found, searches: number): AssertionVerdict => ({
  assertion: sentenceOf(assertion),
  actual:
    found === "unreadable" ? "not readable as JSON" : found.length === 0 ? null : shown(assertion, found.join(", ")),
  isMet: found !== "unreadable" && isMet(assertion, found, searches),
  severity: assertion.severity
})

const isMet = ({ operator, expected = "" }: Assertion, found: ReadonlyArray<Value>, searches: number): boolean => {
  switch (operator) {
    case "exists":
      return found.length > 0
    case "not_exists":
      return found.length === 0
    case "equals":
      return found.some((value) => isSame(value, expected))
    case "not_equals":
      return !found.some((value) => isSame(value, expected))
    case "contains":
      return found.some((value) => String(value).includes(String(expected)))
    case "not_contains":
      return !found.some((value) => String(value).includes(String(expected)))
    case "matches":
      return found.some((value) => occurs(String(expected), String(value), searches))
    case "not_matches":
      return !found.some((value) => occurs(String(expected), String(value), searches))
    case "less_than":
      return found.some((value) => numberOf(value) < numberOf(expected))
    case "at_most":
      return found.some((value) => numberOf(value) <= numberOf(expected))
    case "greater_than":
      return found.some((value) => numberOf(value) > numberOf(expected))
    case "at_least":
      return found.some((value) => numberOf(value) >= numberOf(expected))
  }
}

const isSame = (value: Value, expected: Value): boolean =>
  typeof value === "number" && typeof expected === "number" ? value === expected : String(value) === String(expected)

/** APIs write prices and versions as text; what is no number is neither less nor more than anything. */
const numberOf = (value: Value): number =>
  typeof value === "number" ? value : /^\s*[+-]?\d[\d.]*(?:e[+-]?\d+)?\s*$/i.test(value) ? Number(value) : Number.NaN

const dayMs = 86_400_000

const finder = (findings: Findings, now: number) => {
  const { certificate, headers, timings } = findings
  let json: ReturnType<typeof parseJson> | "not parsed" = "not parsed"
  const ms = (us: number | null): Found => (us === null ? [] : [us / 1000])

  return ({ property = "", source }: Assertion): Found => {
    switch (source) {
      case "status":
        return present(findings.status)
      case "total_ms":
        return ms(timings.totalUs)
      case "dns_ms":
        return ms(timings.dnsUs)
      case "connect_ms":
        return ms(timings.connectUs)
      case "tls_ms":
        return ms(timings.tlsUs)
      case "first_byte_ms":
        return ms(timings.firstByteUs)
      case "transfer_ms":
        return ms(timings.transferUs)
      case "body_bytes":
        return present(findings.bodyBytes)
      case "certificate_days":
        return Option.match(DateTime.make(certificate?.validTo ?? ""), {
          onNone: () => [],
          onSome: (validTo) => [Math.floor((DateTime.toEpochMillis(validTo) - now) / dayMs)]
        })
      case "rows":
        return present(findings.rows)
      case "certificate_issuer":
        return present(certificate?.issuer)
      case "certificate_subject":
        return present(certificate?.subject)
      case "tls_version":
        return present(findings.tlsVersion)
      case "header": {
        const wanted = property.toLowerCase()
        return headers?.filter(([name]) => name === wanted).map(([, value]) => value) ?? []
      }
      case "body":
        // Most tools end a text with a line break, and nobody types it.
        return present(findings.text?.replace(/\r?\n$/, ""))
      case "record":
        return findings.records ?? []
      case "json": {
        if (json === "not parsed") json = parseJson(findings.text ?? "")
        if (json === undefined) return "unreadable"
        const path = parseJsonPath(property)
        const there = Result.isSuccess(path) ? lookUp(json.value, path.success) : undefined
        return there === undefined ? [] : [asValue(there.value)]
      }
    }
  }
}

const present = (value: Value | null | undefined): Found => (value == null ? [] : [value])

const asValue = (json: unknown): Value =>
  typeof json === "number" || typeof json === "string" ? json : JSON.stringify(json)

/** Values of cookies are credentials: whoever may read checks may not log in with them. */
const shown = ({ property, source }: Assertion, text: string): string =>
  plainText(source === "header" && property?.toLowerCase() === "set-cookie" ? text.replace(/=.*/s, "=...") : text, 200)

const sentenceOf = ({ expected, operator, property, source }: Assertion): string =>
  [
    sources[source],
    ...(property === undefined || property === "" ? [] : [plainText(property, 100)]),
    operators[operator],
    ...(expected === undefined
      ? []
      : [expected === "" ? '""' : plainText(String(expected), 100), ...(source.endsWith("_ms") ? ["ms"] : [])])
  ].join(" ")

const sources: Readonly<Record<AssertionSource, string>> = {
  status: "status",
  total_ms: "total time",
  dns_ms: "DNS time",
  connect_ms: "connect time",
  tls_ms: "TLS time",
  first_byte_ms: "first byte time",
  transfer_ms: "transfer time",
  body_bytes: "body size in bytes",
  certificate_days: "days left of the certificate",
  rows: "number of rows",
  header: "header",
  body: "body",
  record: "record",
  certificate_issuer: "issuer of the certificate",
  certificate_subject: "subject of the certificate",
  tls_version: "TLS version",
  json: "JSON"
}

const operators: Readonly<Record<AssertionOperator, string>> = {
  equals: "equals",
  not_equals: "does not equal",
  less_than: "is less than",
  at_most: "is at most",
  greater_than: "is greater than",
  at_least: "is at least",
  contains: "contains",
  not_contains: "does not contain",
  matches: "matches",
  not_matches: "does not match",
  exists: "exists",
  not_exists: "does not exist"
}
