/** An HTTP or HTTPS request: the answer must come in time, over a trusted connection, and be as expected. */
import { Clock, Effect, Schema } from "effect"
import type { CheckOutcome } from "../model/CheckOutcome.ts"
import { CheckEvidence } from "./CheckEvidence.ts"
import { CheckProgress, Dialer, type ExchangeRequest, type Phase } from "./Dialer.ts"
import { Effort } from "./Effort.ts"
import { hasConnected, timingsOf } from "./facts.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { identityFields, identityOf, identityProblem } from "./fields/ClientIdentity.ts"
import { ExpectedStatus } from "./fields/ExpectedStatus.ts"
import { Headers } from "./fields/Headers.ts"
import { authFields, authorizationOf, authProblem } from "./fields/HttpAuth.ts"
import { HttpUrl } from "./fields/HttpUrl.ts"
import { familyOf, httpAssertionSources, httpVersion, ipVersion, ipVersionProblem, keepBody } from "./fields/HttpWay.ts"
import { Method } from "./fields/Method.ts"
import { ca, ignoreTlsErrors, trustOf } from "./fields/Trust.ts"
import { evidenceOf, judgeAnswer, looksIntoBody, shownUrl, traitsOf } from "./httpAnswer.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { defaultHeaders, follow, type Followed, maxRedirects } from "./redirects.ts"

const Settings = Schema.Struct({
  url: HttpUrl.annotate({ title: "URL", description: "What to request, with http:// or https://." }),
  method: Method.pipe(Schema.withDecodingDefaultKey(Effect.succeed("GET"))),
  headers: Headers.annotate({ title: "Headers", description: "Sent with every request." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed({}))
  ),
  body: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(64 * 1024))).annotate({
      title: "Body",
      description: "Sent as it is, UTF-8."
    })
  ),
  ...authFields,
  expectedStatus: ExpectedStatus.annotate({
    title: "Expected status",
    description: "A status such as 200, a range such as 200-299, 2xx, or several with commas."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("200-299"))),
  assertions: assertionsOf(httpAssertionSources),
  followRedirects: Schema.Boolean.annotate({
    title: "Follow redirects",
    description: `At most ${maxRedirects}; credentials are not sent to another origin.`
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  ignoreTlsErrors,
  ca,
  ...identityFields,
  ipVersion,
  httpVersion,
  keepBody
})
  .check(
    Schema.makeFilter((settings) => authProblem(settings)),
    Schema.makeFilter((settings) => identityProblem(settings)),
    Schema.makeFilter(({ ipVersion, url }) => ipVersionProblem(ipVersion, [url]))
  )
  .annotate({ identifier: "HttpSettings" })
type Settings = typeof Settings.Type

export const http = define({
  type: "http",
  label: "HTTP(S)",
  description: "A website or an API answers as it should.",
  target: ({ url }) => {
    const { host, pathname } = new URL(url)
    return pathname === "/" ? host : `${host}${pathname}`
  },
  settings: Settings,
  secrets: ["password", "token", "clientKey"],
  check: Effect.fnUntraced(function* (settings: Settings, limits: CheckLimits) {
    const request = requestOf(settings, limits, yield* CheckProgress)
    const followed = yield* follow(yield* Dialer, request, settings.followRedirects)
    const [isWatched, now] = [yield* CheckEvidence, yield* Clock.currentTimeMillis]
    const told = () => outcomeOf(settings, followed, isWatched, now)
    return settings.assertions.length === 0 ? told() : yield* (yield* Effort)(told)
  })
})

/** Enough to see that a body's coding is sound, and what is kept as evidence. */
const keepBytes = 64 * 1024

const requestOf = (
  settings: Settings,
  { timeoutMs }: CheckLimits,
  onPhase: (phase: Phase, microseconds: number) => void
): ExchangeRequest => ({
  url: new URL(settings.url),
  method: settings.method,
  headers: requestHeaders(settings),
  body: settings.body == null ? undefined : new TextEncoder().encode(settings.body),
  tls: { ...trustOf(settings), ...identityOf(settings) },
  family: familyOf(settings.ipVersion),
  httpVersion: settings.httpVersion,
  timeoutMs,
  // Absent: all that the dialer keeps.
  keepBytes: looksIntoBody(settings.assertions) ? undefined : keepBytes,
  onPhase
})

const requestHeaders = (settings: Settings): ReadonlyArray<readonly [string, string]> => {
  const given = Object.entries(settings.headers)
  const authorization = authorizationOf(settings)
  return [
    ...defaultHeaders(given),
    ...(authorization === undefined ? [] : [["Authorization", authorization] as const]),
    ...given
  ]
}

const outcomeOf = (settings: Settings, followed: Followed, isWatched: boolean, now: number): CheckOutcome => {
  const { address, certificate, failure, response, tlsVersion } = followed.result
  const { error, status, verdicts } = judgeAnswer(followed, settings, now)
  const isShown = isWatched || status !== "up"
  return {
    status,
    timings: timingsOf(followed),
    httpStatus: response?.status ?? null,
    error,
    certificate: certificate ?? null,
    address: address ?? null,
    attempts: 1,
    detail: hasConnected(followed.phases, failure?.cause)
      ? {
          tlsVersion: tlsVersion ?? null,
          redirects: followed.redirects.map(shownUrl),
          assertions: verdicts,
          traits: traitsOf(followed),
          response: isShown && response !== undefined ? evidenceOf(response, settings.keepBody) : null
        }
      : null
  }
}
