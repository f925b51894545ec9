/** An HTTP or HTTPS request: the answer must come in time, over a trusted connection, with an expected status. */
import { Effect, Schema } from "effect"
import type { CheckError, CheckOutcome, Timings } from "../model/CheckOutcome.ts"
import { CheckProgress, Dialer, type ExchangeCause, type ExchangeResult, type Phase, type TlsTrust } from "./Dialer.ts"
import { define, type CheckLimits } from "./MonitorType.ts"

/** What a check keeps of a body, although nothing looks at it yet: enough to see that its coding is sound. */
const keepBytes = 64 * 1024

/** Hops followed before we call it a loop; browsers stop at 20, health checks have no business beyond this. */
const maxRedirects = 5

const isHttpUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== ""
}

/** Absolute, http or https, with a host and without credentials. */
export const HttpUrl = Schema.String.check(
  Schema.makeFilter((text: string) => isHttpUrl(text) || "Write a whole URL such as https://example.org/health"),
  Schema.makeFilter(
    (text: string) =>
      !isHttpUrl(text) ||
      (new URL(text).username === "" && new URL(text).password === "") ||
      "Put credentials into an Authorization header, not into the URL"
  ),
  // Last: JSON Schema keeps what is said of a field with the last check that it can express.
  Schema.isMaxLength(2048, { message: "A URL may have at most 2,048 characters" })
)

/** Fields that frame the message or manage the connection are ours (RFC 9110 section 7.6.1, RFC 9112 section 6). */
const framing = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

const headerProblem = (headers: Readonly<Record<string, string>>): string | undefined => {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return `"${name}" is not a header name`
    if (framing.has(name.toLowerCase())) return `"${name}" is set by V-Insight and cannot be changed`
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      return `The value of "${name}" has a line break or a character HTTP cannot carry`
  }
  return undefined
}

const Headers = Schema.Record(Schema.String, Schema.String.check(Schema.isMaxLength(8192))).check(
  Schema.makeFilter((headers: Readonly<Record<string, string>>) => headerProblem(headers) ?? true),
  Schema.isMaxProperties(50)
)

const isDescending = (range: string): boolean => {
  const [from, to] = range.split("-").map(Number)
  return to !== undefined && to < from!
}

/** `200`, `"200-299"`, `"2xx"`, `"200,204,301-308"`, or a list of numbers. */
const ExpectedStatus = Schema.Union([
  Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 599 })),
  Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 599 }))).check(
    Schema.isMinLength(1),
    Schema.isMaxLength(50)
  ),
  Schema.String.check(
    Schema.isPattern(/^(?:[1-5]xx|[1-5]\d\d(?:-[1-5]\d\d)?)(?:\s*,\s*(?:[1-5]xx|[1-5]\d\d(?:-[1-5]\d\d)?)){0,49}$/, {
      message: "Write a status such as 200, a range such as 200-299, 2xx, or several with commas"
    }),
    Schema.makeFilter(
      (text: string) =>
        !text.split(",").some((part) => isDescending(part)) || "Write a range from its lower end to its upper one"
    )
  )
])

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
    const dialer = yield* Dialer
    const onPhase = yield* CheckProgress
    const body = settings.body == null ? undefined : new TextEncoder().encode(settings.body)
    let request: Request = {
      url: new URL(settings.url),
      method: settings.method,
      headers: requestHeaders(settings.headers),
      body,
      tls: { ignoreErrors: settings.ignoreTlsErrors },
      onPhase
    }
    let spent = noPhases
    for (let hop = 0; ; hop++) {
      const timeoutMs = Math.max(1, limits.timeoutMs - Math.round(spent.totalUs / 1000))
      const result = yield* dialer.exchange({ ...request, keepBytes, timeoutMs })
      spent = addPhases(spent, result)
      if (result.failure !== undefined) return outcome(spent, result, explain(result.failure, request.url))
      const response = result.response!
      const location = settings.followRedirects ? redirectTarget(response, request.url) : undefined
      if (location === undefined) {
        const error = isExpected(settings.expectedStatus, response.status)
          ? null
          : {
              code: "unexpected_status",
              message: `The status is ${response.status}, expected ${describeExpected(settings.expectedStatus)}.`
            }
        return outcome(spent, result, error)
      }
      if (location === "invalid") {
        return outcome(spent, result, { code: "bad_redirect", message: "The redirect has no usable Location." })
      }
      if (hop >= maxRedirects) {
        return outcome(spent, result, {
          code: "too_many_redirects",
          message: `More than ${maxRedirects} redirects; the last one points to ${location.host}.`
        })
      }
      request = redirected(request, response.status, location)
    }
  })
})

type Request = {
  readonly url: URL
  readonly method: string
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly body: Uint8Array | undefined
  readonly tls: TlsTrust
  readonly onPhase: (phase: Phase, microseconds: number) => void
}

const requestHeaders = (headers: Readonly<Record<string, string>>): ReadonlyArray<readonly [string, string]> => {
  const given = Object.entries(headers)
  const has = (wanted: string) => given.some(([name]) => name.toLowerCase() === wanted)
  return [
    ...(has("user-agent") ? [] : [["User-Agent", "V-Insight"] as const]),
    ...(has("accept") ? [] : [["Accept", "*/*"] as const]),
    ...given
  ]
}

const redirectTarget = (response: NonNullable<ExchangeResult["response"]>, base: URL): URL | "invalid" | undefined => {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined
  const location = response.headers.find(([name]) => name === "location")?.[1]
  if (location === undefined) return undefined // a 3xx without Location is the answer itself
  if (!URL.canParse(location, base.href)) return "invalid"
  const url = new URL(location, base)
  return url.protocol === "http:" || url.protocol === "https:" ? url : "invalid"
}

/** Methods and bodies as RFC 9110 section 15.4 has it; credentials stay with their origin. */
const redirected = (request: Request, status: number, url: URL): Request => {
  const becomesGet = status === 303 ? request.method !== "HEAD" : status <= 302 && request.method === "POST"
  const isSameOrigin = url.origin === request.url.origin
  return {
    ...request,
    url,
    method: becomesGet ? "GET" : request.method,
    body: becomesGet ? undefined : request.body,
    // Another origin gets nothing of what the tenant configured but what every request carries.
    headers: isSameOrigin ? request.headers : request.headers.filter(([name]) => /^(user-agent|accept)$/i.test(name))
  }
}

type Phases = Partial<Record<Phase, number>>
const noPhases: { readonly phases: Phases; readonly totalUs: number } = { phases: {}, totalUs: 0 }

/** Redirects add up: a phase's time is what all hops spent in it. */
const addPhases = (spent: typeof noPhases, result: ExchangeResult): typeof noPhases => {
  if (spent === noPhases) return result
  const phases: Phases = { ...spent.phases }
  for (const [phase, us] of Object.entries(result.phases) as Array<[Phase, number]>)
    phases[phase] = (phases[phase] ?? 0) + us
  return { phases, totalUs: spent.totalUs + result.totalUs }
}

const outcome = (spent: typeof noPhases, result: ExchangeResult, error: CheckError | null): CheckOutcome => ({
  status: error === null ? "up" : isBlind(result) ? "unknown" : "down",
  timings: {
    dnsUs: spent.phases.dns ?? null,
    connectUs: spent.phases.connect ?? null,
    tlsUs: spent.phases.tls ?? null,
    firstByteUs: spent.phases.first_byte ?? null,
    transferUs: spent.phases.transfer ?? null,
    totalUs: spent.totalUs
  } satisfies Timings,
  httpStatus: result.response?.status ?? null,
  error,
  certificate: result.certificate ?? null,
  address: result.address ?? null,
  attempts: 1,
  detail: null
})

/** The exchange failed for reasons of our own, which must not count against the target. */
const isBlind = ({ failure }: ExchangeResult): boolean =>
  failure?.cause === "worker_exhausted" || failure?.cause === "cancelled" || failure?.cause === "host_busy"

const isExpected = (expected: Settings["expectedStatus"], status: number): boolean => {
  if (typeof expected === "number") return status === expected
  if (typeof expected !== "string") return expected.includes(status)
  return expected.split(",").some((part) => {
    const text = part.trim()
    if (text.endsWith("xx")) return String(status)[0] === text[0]
    const [from, to] = text.split("-")
    return status >= Number(from) && status <= Number(to ?? from)
  })
}

const describeExpected = (expected: Settings["expectedStatus"]): string =>
  typeof expected === "object" ? expected.join(", ") : String(expected)

/** Codes and sentences for people. `causes` must name every way an exchange can fail. */
const causes: Readonly<Record<ExchangeCause, (host: string) => string>> = {
  timeout_dns: (host) => `The name ${host} was not resolved in time.`,
  timeout_connect: (host) => `${host} did not accept the connection in time.`,
  timeout_tls: () => "The TLS handshake did not finish in time.",
  timeout_first_byte: () => "The connection was made, but no answer came in time.",
  timeout_transfer: () => "The answer began, but did not end in time.",
  invalid_request: () => "The request cannot be sent: a header or the method is not valid.",
  blocked: () => "This address is not allowed as a target here.",
  dns: (host) => `The name ${host} does not resolve.`,
  refused: (host) => `${host} refused the connection: nothing listens on that port.`,
  unreachable: (host) => `${host} cannot be reached over the network.`,
  reset: () => "The server closed the connection before it answered.",
  tls_expired: () => "The certificate has expired.",
  tls_not_yet_valid: () => "The certificate is not valid yet.",
  tls_host: (host) => `The certificate is not for ${host}.`,
  tls_untrusted: () => "The certificate is not signed by a trusted authority.",
  tls_protocol: () => "The TLS handshake failed.",
  tls_client_certificate: () => "The server asks for a client certificate.",
  http2_only: () => "The server speaks HTTP/2 only.",
  not_http: () => "The answer is not HTTP.",
  bad_header: () => "The answer has a malformed header.",
  headers_too_large: () => "The answer's headers are too large.",
  bad_framing: () => "The answer's length is stated in a contradictory way.",
  bad_chunk: () => "The answer's chunked encoding is malformed.",
  unexpected_upgrade: () => "The server switched protocols without being asked.",
  empty: () => "The server closed the connection without an answer.",
  closed_early: () => "The server closed the connection in the middle of the answer.",
  bad_encoding: () => "The answer's content encoding cannot be decoded.",
  worker_exhausted: () => "V-Insight itself had no connection to spare, so the target was not looked at.",
  cancelled: () => "The check was cancelled.",
  host_busy: () => "Too many checks of this address are under way, so the target was not looked at.",
  too_much: () => "The answer is larger than what V-Insight reads."
}

const codes: Partial<Record<ExchangeCause, string>> = {
  dns: "dns_failed",
  refused: "connection_refused",
  reset: "connection_reset"
}

/** The cause of a failed exchange as a code of a closed set and a sentence. */
export const explain = (failure: NonNullable<ExchangeResult["failure"]>, url: URL): CheckError => ({
  code: codes[failure.cause] ?? failure.cause,
  message: causes[failure.cause](url.hostname)
})
