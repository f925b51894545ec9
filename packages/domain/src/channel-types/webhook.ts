/**
 * A signed POST to a URL, as Standard Webhooks 1.0 has it: id, timestamp and signature in headers, HMAC-SHA256 over
 * `id.timestamp.body`. Redirects are not followed.
 */
import { Clock, Effect, Result, Schema } from "effect"
import { Mac } from "effect/crypto"
import { Base64 } from "effect/encoding"
import type { CheckError } from "../model/CheckOutcome.ts"
import { Dialer, type ExchangeResult } from "../monitor-types/Dialer.ts"
import { explain, portOf } from "../monitor-types/explain.ts"
import { HttpUrl } from "../monitor-types/fields/HttpUrl.ts"
import { define, DeliveryFailed, type Message } from "./ChannelType.ts"

/** A receiver that has not answered by then is tried again later; Standard Webhooks suggests 15 to 30 s. */
const timeoutMs = 15_000
const keptAnswerBytes = 2048
const prefix = "whsec_"

const decodeKey = (secret: string): Uint8Array | undefined => {
  const decoded = Base64.decode(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret)
  return Result.isSuccess(decoded) && decoded.success.length >= 16 ? decoded.success : undefined
}

const Secret = Schema.String.check(
  Schema.makeFilter(
    (secret: string) =>
      !secret.startsWith(prefix) ||
      decodeKey(secret) !== undefined ||
      `After "${prefix}" comes base64 of at least 16 bytes`
  ),
  Schema.isBetweenLength(8, 200, { message: "A secret has 8 to 200 characters" })
)

const Settings = Schema.Struct({
  url: HttpUrl.annotate({
    title: "Webhook URL",
    description: "Where we POST a signed JSON message, with https:// or http://."
  }),
  secret: Schema.optionalKey(
    Secret.annotate({
      title: "Signing secret",
      description: `"${prefix}" and base64, as Standard Webhooks has it. Left out, one is made and shown once.`
    })
  )
}).annotate({ identifier: "WebhookSettings" })
type Settings = typeof Settings.Type

export const webhook = define({
  type: "webhook",
  label: "Webhook",
  target: ({ url }) => new URL(url).host,
  settings: Settings,
  secrets: ["secret"],
  deliver: Effect.fnUntraced(function* ({ url, secret }: Settings, message: Message) {
    const body = new TextEncoder().encode(JSON.stringify(message.event))
    const result = yield* postSigned({ url, secret, id: message.id, body })
    const status = result.response?.status ?? null
    const answer = result.response === undefined ? null : answerText(result.response.body)
    const durationMs = Math.round(result.totalUs / 1000)
    if (status !== null && status >= 200 && status < 300) {
      return { delivered: true, status, answer, error: null, durationMs }
    }
    return yield* new DeliveryFailed({
      reason: reasonOf(result, new URL(url)),
      permanent: status === 410 || result.failure?.cause === "blocked",
      status,
      answer,
      durationMs,
      retryAfterMs: retryAfter(result)
    })
  })
})

/** One signed POST, whatever it says. */
export const postSigned = Effect.fnUntraced(function* ({
  body,
  id,
  secret,
  url
}: {
  readonly url: string
  readonly secret: string | undefined
  /** The same on every attempt. */
  readonly id: string
  /** JSON. */
  readonly body: Uint8Array
}) {
  const dialer = yield* Dialer
  const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const signature = secret === undefined ? undefined : yield* sign(secret, id, seconds, body)
  return yield* dialer.exchange({
    url: new URL(url),
    method: "POST",
    headers: [
      ["Content-Type", "application/json"],
      ["User-Agent", "V-Insight"],
      ["webhook-id", id],
      ["webhook-timestamp", String(seconds)],
      ...(signature === undefined ? [] : [["webhook-signature", signature] as const])
    ],
    body,
    timeoutMs,
    keepBytes: keptAnswerBytes
  })
})

/** `v1,` and base64 of the tag. Secrets that are not base64 are used as they are typed. */
const sign = Effect.fnUntraced(function* (secret: string, id: string, seconds: number, body: Uint8Array) {
  const mac = yield* Mac.Mac
  const head = new TextEncoder().encode(`${id}.${seconds}.`)
  const signed = new Uint8Array(head.length + body.length)
  signed.set(head)
  signed.set(body, head.length)
  const key = yield* Mac.key(Mac.hmacSha256, decodeKey(secret) ?? new TextEncoder().encode(secret))
  return `v1,${Base64.encode(yield* mac.sign(key, signed))}`
}, Effect.orDie)

const reasonOf = (result: ExchangeResult, url: URL): CheckError =>
  result.failure !== undefined
    ? explain(result.failure, url.hostname, portOf(url))
    : { code: "unexpected_status", message: `The receiver answered ${result.response!.status}, expected 2xx.` }

/** PostgreSQL's jsonb keeps any text but NUL. */
const answerText = (body: Uint8Array): string =>
  new TextDecoder().decode(body.subarray(0, keptAnswerBytes)).replaceAll("\0", "\u{fffd}")

/** Retry-After in seconds (RFC 9110 section 10.2.3); dates are left to our own backoff. */
const retryAfter = (result: ExchangeResult): number | null => {
  const value = result.response?.headers.find(([name]) => name === "retry-after")?.[1]
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : null
}
