/**
 * A signed POST to a URL, as Standard Webhooks 1.0 has it: id, timestamp and signature in headers, HMAC-SHA256 over
 * `id.timestamp.body`. The body is the event, or JSON of one's own (jsonTemplate.ts). Redirects are not followed.
 */
import { Clock, Effect, Result, Schema } from "effect"
import { Mac } from "effect/crypto"
import { Base64 } from "effect/encoding"
import { Dialer } from "../monitor-types/Dialer.ts"
import { HttpUrl } from "../monitor-types/fields/HttpUrl.ts"
import { define, type Message } from "./ChannelType.ts"
import { hostOf } from "./fields.ts"
import { fillTemplate, maxTemplateLength, templateProblem } from "./jsonTemplate.ts"
import { keptAnswerBytes, reportOf, timeoutMs } from "./post.ts"

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

const Template = Schema.String.check(
  Schema.makeFilter((text: string) => text.length > maxTemplateLength || (templateProblem(text) ?? true)),
  Schema.isMaxLength(maxTemplateLength, { message: "A template may have at most 16,384 characters" })
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
  ),
  template: Schema.optionalKey(
    Schema.NullOr(Template).annotate({
      title: "Body of your own",
      description: 'JSON with placeholders in its strings, such as {"text": "{{title}}. {{links.incident}}"}.',
      examples: ['{"text": "{{title}}"}']
    })
  )
}).annotate({ identifier: "WebhookSettings" })
type Settings = typeof Settings.Type

export const webhook = define({
  type: "webhook",
  label: "Webhook",
  description: "Signed JSON to a URL of yours, also with a body of your own.",
  target: ({ url }) => hostOf(url),
  settings: Settings,
  secrets: ["secret"],
  isSigning: true,
  deliver: Effect.fnUntraced(function* ({ secret, template, url }: Settings, message: Message) {
    const json = template == null ? JSON.stringify(message.event) : fillTemplate(template, message)
    const result = yield* postSigned({ url, secret, id: message.id, body: new TextEncoder().encode(json) })
    // Standard Webhooks: 410 says that nobody wants any more. Whatever else a receiver of one's own says may be mended.
    return yield* reportOf(result, new URL(url), ({ status }) => ({ isPermanent: status === 410 }))
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
