/** A WebSocket: the server switches to it and, if a message is sent or expected, answers as it should. */
import { Effect, Result, Schema } from "effect"
import type { ConnectionFacts } from "./Conversation.ts"
import { DialFailed } from "./Conversation.ts"
import { failed, judged, type Found } from "./converse.ts"
import { CheckProgress } from "./Dialer.ts"
import { portOf } from "./explain.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { identityFields, identityOf, identityProblem } from "./fields/ClientIdentity.ts"
import { Headers } from "./fields/Headers.ts"
import { authFields, authorizationOf, authProblem } from "./fields/HttpAuth.ts"
import { urlLength } from "./fields/HttpUrl.ts"
import { familyOf, ipVersion } from "./fields/HttpWay.ts"
import { ca, ignoreTlsErrors, trustOf } from "./fields/Trust.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { quoted, Refused } from "./Refused.ts"
import { WebSocketClient, type WebSocketSession } from "./WebSocketClient.ts"

/** Messages that are read while the expected one is waited for. */
const maxMessages = 1_000

const isWebSocketUrl = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && (url.protocol === "ws:" || url.protocol === "wss:") && url.hostname !== ""
}

const urlProblem = (text: string): string | true => {
  if (!isWebSocketUrl(text)) return "Write a whole URL such as wss://example.org/socket"
  const { password, username } = new URL(text)
  return (username === "" && password === "") || "Choose an authentication, instead of credentials in the URL"
}

/** Subprotocols are tokens (RFC 6455 section 4.1). */
const subprotocolsOf = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")

const subprotocolProblem = (text: string): string | true => {
  const names = subprotocolsOf(text)
  if (new Set(names).size < names.length) return "Write each subprotocol once"
  return (
    names.every((name) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) || "Write names such as graphql-ws, with commas"
  )
}

const Message = Schema.String.check(Schema.isMaxLength(64 * 1024, { message: "At most 65,536 characters" }))

const Settings = Schema.Struct({
  url: Schema.String.check(Schema.makeFilter(urlProblem), urlLength).annotate({
    title: "URL",
    description: "Where to connect, with ws:// or wss://."
  }),
  headers: Headers.check(
    Schema.makeFilter((headers) => {
      const name = Object.keys(headers).find((name) => /^sec-websocket-/i.test(name))
      return name === undefined || `"${name}" is set by V-Insight and cannot be changed`
    }),
    // Last: JSON Schema keeps what is said of a field with the last check that it can express.
    Schema.isMaxProperties(50)
  )
    .annotate({ title: "Headers", description: "Sent with the request to switch, such as Origin." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  ...authFields,
  subprotocol: Schema.String.check(
    Schema.makeFilter(subprotocolProblem),
    Schema.isMaxLength(200, { message: "At most 200 characters" })
  )
    .annotate({
      title: "Subprotocol",
      description: "Such as graphql-transport-ws, or several with commas; the server must choose one of them."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(""))),
  send: Schema.optionalKey(
    Schema.NullOr(Message).annotate({ title: "Send", description: "A text message, sent once connected." })
  ),
  expect: Schema.optionalKey(
    Schema.NullOr(Message).annotate({
      title: "Expect",
      description: "What a message must contain; those that come before it are passed over."
    })
  ),
  ignoreTlsErrors,
  ca,
  ...identityFields,
  ipVersion,
  assertions: assertionsOf([
    "body",
    "body_bytes",
    "json",
    "header",
    "total_ms",
    "dns_ms",
    "connect_ms",
    "tls_ms",
    "first_byte_ms",
    "transfer_ms",
    "certificate_days",
    "certificate_issuer",
    "certificate_subject",
    "tls_version"
  ])
})
  .check(
    Schema.makeFilter((settings) => authProblem(settings)),
    Schema.makeFilter((settings) => identityProblem(settings))
  )
  .annotate({ identifier: "WebSocketSettings" })
type Settings = typeof Settings.Type

export const websocket = define({
  type: "websocket",
  label: "WebSocket",
  description: "A server takes WebSockets and, if you like, answers a message as it should.",
  target: ({ url }) => {
    const { host, pathname } = new URL(url)
    return pathname === "/" ? host : `${host}${pathname}`
  },
  settings: Settings,
  secrets: ["password", "token", "clientKey"],
  check: Effect.fnUntraced(function* (settings: Settings, { timeoutMs }: CheckLimits) {
    const client = yield* WebSocketClient
    const url = new URL(settings.url)
    url.hash = ""
    const authorization = authorizationOf(settings)
    const { facts, result } = yield* client.use(
      {
        url,
        headers: [
          ["User-Agent", "V-Insight"],
          ...(authorization === undefined ? [] : [["Authorization", authorization] as const]),
          ...Object.entries(settings.headers)
        ],
        protocols: subprotocolsOf(settings.subprotocol),
        tls: { ...trustOf(settings), ...identityOf(settings) },
        family: familyOf(settings.ipVersion),
        timeoutMs,
        onPhase: yield* CheckProgress
      },
      (session) => listen(session, settings)
    )
    return Result.isSuccess(result)
      ? yield* judged(result.success, facts, settings.assertions)
      : failed(explained(result.failure, facts), url.hostname, facts, portOf(url))
  })
})

const listen = Effect.fnUntraced(function* (session: WebSocketSession, { assertions, expect, send }: Settings) {
  const found: Found = {
    headers: session.headers,
    traits: session.protocol === "" ? {} : { subprotocol: session.protocol }
  }
  if (send != null && send !== "") yield* session.send(send)
  const wanted = expect ?? ""
  if (wanted === "" && !assertions.some(({ source }) => ofMessage.has(source))) return found
  let first: string | undefined
  for (let count = 0; count < maxMessages; count++) {
    const event = yield* session.receive
    if (event._tag === "Closed") return yield* closed(event.code, event.reason, first)
    if (event.text.includes(wanted)) return { ...found, text: event.text, bodyBytes: event.bytes }
    first ??= event.text
  }
  return yield* unexpected(`None of the first ${maxMessages} messages contains "${quoted(wanted)}"`, first)
})

const ofMessage = new Set<string>(["body", "body_bytes", "json"])

const closed = (code: number, reason: string, first: string | undefined): Refused => {
  const words = reason === "" ? "" : `: ${quoted(reason)}`
  const when = first === undefined ? "before it sent a message" : "before it sent the expected message"
  // 1006 is never sent: it says that no close frame came (RFC 6455 section 7.1.5).
  const how = code === 1006 ? "broke off the connection" : `closed the WebSocket with the code ${code}`
  return new Refused({
    code: "closed",
    message: `The server ${how} ${when}${words}.`,
    ...(first === undefined ? {} : { answer: first })
  })
}

const unexpected = (sentence: string, first: string | undefined): Refused =>
  new Refused({
    code: "unexpected_answer",
    message: `${sentence}; the first begins with "${quoted(first ?? "")}".`,
    ...(first === undefined ? {} : { answer: first })
  })

/** What is said of HTTP would mislead. */
const explained = (failure: DialFailed | Refused, facts: ConnectionFacts): DialFailed | Refused =>
  failure._tag === "DialFailed" && failure.cause === "http2_only"
    ? new Refused({ code: "http2_only", message: "The server speaks HTTP/2 only there; WebSockets need HTTP/1.1." })
    : failure._tag === "DialFailed"
      ? new DialFailed({ cause: failure.cause, detail: failure.detail, facts })
      : failure
