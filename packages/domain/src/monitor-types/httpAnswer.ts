/** What an HTTP answer tells, for assertions, for people and for "what changed". */
import { Result } from "effect"
import type { Assertion, AssertionSource } from "../model/Assertion.ts"
import type { AssertionVerdict, CheckDetail, CheckError, CheckStatus, ResponseEvidence } from "../model/CheckOutcome.ts"
import { allMet, type Findings, judge } from "../rules/assertions.ts"
import { plainText, withoutControls } from "../rules/plainText.ts"
import type { ExchangeResult } from "./Dialer.ts"
import { isBlind } from "./explain.ts"
import { tlsTraits, timingsOf } from "./facts.ts"
import { describeExpected, type ExpectedStatus, isExpected } from "./fields/ExpectedStatus.ts"
import type { Followed } from "./redirects.ts"

export type HttpResponse = NonNullable<ExchangeResult["response"]>

const bodySources: ReadonlySet<AssertionSource> = new Set(["body", "json", "body_bytes"])

export const looksIntoBody = (assertions: ReadonlyArray<Assertion>): boolean =>
  assertions.some(({ source }) => bodySources.has(source))

export interface Expectations {
  readonly expectedStatus: ExpectedStatus
  readonly assertions: ReadonlyArray<Assertion>
}

export interface AnswerJudgement {
  readonly status: CheckStatus
  readonly error: CheckError | null
  readonly verdicts: ReadonlyArray<AssertionVerdict>
}

/** The exchange comes first, then the status; assertions are judged of every answer, so that all actual values show. */
export const judgeAnswer = (followed: Followed, expected: Expectations, now: number): AnswerJudgement => {
  const { failure, response } = followed.result
  if (failure !== undefined || response === undefined) {
    const isOurs = failure !== undefined && isBlind(failure.cause)
    return { status: isOurs ? "unknown" : "down", error: followed.error, verdicts: [] }
  }
  const { assertions } = expected
  const judged = assertions.length === 0 ? allMet : judge(assertions, findingsOf(followed, response), now)
  const error = followed.error ?? statusError(expected.expectedStatus, response.status)
  return error === null ? judged : { status: "down", error, verdicts: judged.verdicts }
}

const statusError = (expected: ExpectedStatus, status: number): CheckError | null =>
  isExpected(expected, status)
    ? null
    : { code: "unexpected_status", message: `The status is ${status}, expected ${describeExpected(expected)}.` }

/** The body is decoded when an assertion asks for it, once. */
const findingsOf = (followed: Followed, response: HttpResponse): Findings => {
  const { certificate, tlsVersion } = followed.result
  let text: string | undefined
  return {
    status: response.status,
    timings: timingsOf(followed),
    headers: response.headers,
    get text() {
      return (text ??= textOf(response))
    },
    bodyBytes: response.body.length,
    certificate,
    tlsVersion
  }
}

const charsetOf = ({ headers }: HttpResponse): string =>
  /;\s*charset="?([\w.:-]+)/i.exec(headers.find(([name]) => name === "content-type")?.[1] ?? "")?.[1] ?? "utf-8"

/** In the charset that the answer states; UTF-8 where it states none, or one that nobody knows. */
export const textOf = (response: HttpResponse, maxBytes = Number.POSITIVE_INFINITY): string => {
  const decoder = Result.getOrElse(
    Result.try(() => new TextDecoder(charsetOf(response))),
    () => new TextDecoder()
  )
  const { body, isTruncated } = response
  // As a stream, half a character at the cut is left out.
  return decoder.decode(body.subarray(0, maxBytes), { stream: isTruncated || body.length > maxBytes })
}

/** What is kept of a body for people, bytes. */
const maxEvidenceBytes = 64 * 1024

/** Values of these are credentials of whoever the target takes us for. */
const secretHeaders = /^(?:authorization|proxy-authorization|authentication-info|x-(?:auth|csrf|xsrf|access)-token)$/

/** For people who look for the cause; without the body where nobody may keep it. */
export const evidenceOf = (response: HttpResponse, keepBody = true): ResponseEvidence => ({
  headers: response.headers.map(([name, value]) => [name, withoutControls(masked(name, value))] as const),
  body: keepBody ? withoutControls(textOf(response, maxEvidenceBytes)) : "",
  isTruncated: keepBody && (response.isTruncated || response.body.length > maxEvidenceBytes)
})

/** The name of a cookie and its attributes tell enough. */
const masked = (name: string, value: string): string =>
  name === "set-cookie" ? value.replace(/=[^;]*/, "=...") : secretHeaders.test(name) ? "..." : value

/** Queries of redirects carry codes and tokens. */
export const shownUrl = (href: string): string => {
  const { origin, pathname, search } = new URL(href)
  return plainText(`${origin}${pathname}${search === "" ? "" : "?..."}`, 500)
}

/** Cheap, and the same from check to check for as long as nothing changes. */
export const traitsOf = ({ redirects, result }: Followed): CheckDetail["traits"] => {
  const traits: Record<string, string> = {}
  const { response } = result
  if (response !== undefined) {
    traits["status"] = String(response.status)
    for (const [name, value] of response.headers) {
      if (name === "server" || name === "content-type") traits[name] = plainText(value, 100)
    }
    traits["body"] = sizeClass(response.body.length)
  }
  const final = redirects.at(-1)
  if (final !== undefined) traits["final URL"] = shownUrl(final)
  return { ...traits, ...tlsTraits(result) }
}

/** Pages differ in every second; that one is suddenly empty, or ten times as long, means something. */
const sizeClass = (bytes: number): string => {
  if (bytes === 0) return "empty"
  if (bytes < 100) return "under 100 bytes"
  if (bytes < 1000) return "under 1 kB"
  if (bytes < 10_000) return "under 10 kB"
  return bytes < 60_000 ? "under 60 kB" : "60 kB or more"
}
