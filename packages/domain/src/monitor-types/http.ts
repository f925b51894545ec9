/** An HTTP or HTTPS request: the answer must come in time, over a trusted connection, with an expected status. */
import { Effect, Schema } from "effect"
import type { CheckError, CheckOutcome, Timings } from "../model/CheckOutcome.ts"
import { CheckProgress, Dialer } from "./Dialer.ts"
import { isBlind } from "./explain.ts"
import { describeExpected, ExpectedStatus, isExpected } from "./fields/ExpectedStatus.ts"
import { Headers } from "./fields/Headers.ts"
import { HttpUrl } from "./fields/HttpUrl.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { follow, type Followed, maxRedirects } from "./redirects.ts"

/** What a check keeps of a body, although nothing looks at it yet: enough to see that its coding is sound. */
const keepBytes = 64 * 1024

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const

const Settings = Schema.Struct({
  url: HttpUrl.annotate({ title: "URL", description: "What to request, with http:// or https://." }),
  method: Schema.Literals(methods)
    .annotate({ title: "Method" })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("GET" as const))),
  headers: Headers.annotate({ title: "Headers", description: "Sent with every request." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed({}))
  ),
  body: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(64 * 1024))).annotate({
      title: "Body",
      description: "Sent as it is, UTF-8."
    })
  ),
  expectedStatus: ExpectedStatus.annotate({
    title: "Expected status",
    description: "A status such as 200, a range such as 200-299, 2xx, or several with commas."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("200-299"))),
  followRedirects: Schema.Boolean.annotate({
    title: "Follow redirects",
    description: `At most ${maxRedirects}; credentials are not sent to another origin.`
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  ignoreTlsErrors: Schema.Boolean.annotate({
    title: "Ignore certificate errors",
    description: "Accept expired, self-signed and wrong-host certificates."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(false)))
}).annotate({ identifier: "HttpSettings" })
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
  secrets: [],
  check: Effect.fnUntraced(function* (settings: Settings, limits: CheckLimits) {
    const followed = yield* follow(
      yield* Dialer,
      {
        url: new URL(settings.url),
        method: settings.method,
        headers: requestHeaders(settings.headers),
        body: settings.body == null ? undefined : new TextEncoder().encode(settings.body),
        tls: { ignoreErrors: settings.ignoreTlsErrors },
        timeoutMs: limits.timeoutMs,
        keepBytes,
        onPhase: yield* CheckProgress
      },
      settings.followRedirects
    )
    return outcome(followed, followed.error ?? statusError(settings, followed))
  })
})

const requestHeaders = (headers: Readonly<Record<string, string>>): ReadonlyArray<readonly [string, string]> => {
  const given = Object.entries(headers)
  const has = (wanted: string) => given.some(([name]) => name.toLowerCase() === wanted)
  return [
    ...(has("user-agent") ? [] : [["User-Agent", "V-Insight"] as const]),
    ...(has("accept") ? [] : [["Accept", "*/*"] as const]),
    ...given
  ]
}

const statusError = ({ expectedStatus }: Settings, { result }: Followed): CheckError | null =>
  isExpected(expectedStatus, result.response!.status)
    ? null
    : {
        code: "unexpected_status",
        message: `The status is ${result.response!.status}, expected ${describeExpected(expectedStatus)}.`
      }

const outcome = ({ phases, result, totalUs }: Followed, error: CheckError | null): CheckOutcome => ({
  status: error === null ? "up" : result.failure !== undefined && isBlind(result.failure.cause) ? "unknown" : "down",
  timings: {
    dnsUs: phases.dns ?? null,
    connectUs: phases.connect ?? null,
    tlsUs: phases.tls ?? null,
    firstByteUs: phases.first_byte ?? null,
    transferUs: phases.transfer ?? null,
    totalUs
  } satisfies Timings,
  httpStatus: result.response?.status ?? null,
  error,
  certificate: result.certificate ?? null,
  address: result.address ?? null,
  attempts: 1,
  detail: null
})
