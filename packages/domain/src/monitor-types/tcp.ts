/** A TCP connection, with TLS if wanted, and, beyond that it can be made, a few words said and heard. */
import { Effect, Schema } from "effect"
import type { Conversation } from "./Conversation.ts"
import { converse, type Found } from "./converse.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { bytesOf, Escaped, howToEscape } from "./fields/Escaped.ts"
import { Host, hostAndPort } from "./fields/Host.ts"
import { familyOf, ipVersion } from "./fields/HttpWay.ts"
import { Port } from "./fields/Port.ts"
import { trustFields, trustOf } from "./fields/Trust.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { decode, Reader } from "./Reader.ts"
import { quoted, Refused } from "./Refused.ts"
import { startTls, startTlsProtocols } from "./startTls.ts"

/** How much of an answer is read, bytes. */
const maxAnswer = 64 * 1024

const Settings = Schema.Struct({
  host: Host.annotate({ title: "Host", description: "A name or an IP address." }),
  port: Port.annotate({ title: "Port", description: "From 1 to 65535." }),
  security: Schema.Literals(["none", "tls", ...startTlsProtocols])
    .annotate({
      title: "Encryption",
      description: "none, tls from the first byte, or STARTTLS in the words of the protocol that is spoken there."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("none" as const))),
  send: Schema.optionalKey(
    Schema.NullOr(Escaped).annotate({ title: "Send", description: `Said once connected. ${howToEscape}` })
  ),
  expect: Schema.optionalKey(
    Schema.NullOr(Escaped).annotate({
      title: "Expect",
      description: `What the answer must contain. ${howToEscape} Left empty, a connection is enough.`
    })
  ),
  ...trustFields,
  ipVersion,
  assertions: assertionsOf([
    "body",
    "body_bytes",
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
}).annotate({ identifier: "TcpSettings" })
type Settings = typeof Settings.Type

export const tcp = define({
  type: "tcp",
  label: "TCP port",
  description: "A port accepts connections and, if you like, answers as it should.",
  target: ({ host, port }) => hostAndPort(host, port),
  settings: Settings,
  secrets: [],
  check: (settings: Settings, limits: CheckLimits) => {
    const { assertions, host, port, security } = settings
    const trust = trustOf(settings)
    return converse(
      { host, port, family: familyOf(settings.ipVersion), assertions, tls: security === "tls" ? trust : undefined },
      limits,
      Effect.fnUntraced(function* (conversation) {
        if (security !== "none" && security !== "tls") yield* startTls(conversation, security, trust)
        return yield* listen(conversation, settings)
      })
    )
  }
})

const listen = Effect.fnUntraced(function* (conversation: Conversation, settings: Settings) {
  const { assertions, expect, send } = settings
  if (send != null && send !== "") yield* conversation.send(bytesOf(send))
  const mark = bytesOf(expect ?? "")
  const isAsked = assertions.some(({ source }) => source === "body" || source === "body_bytes" || waits.has(source))
  if (mark.length === 0 && !isAsked) return {}
  const reader = new Reader(conversation.read)
  // Without a text to wait for, an answer is what comes until its first line ends, or all of it if it has no lines.
  const { bytes, isFound } = yield* reader.until(mark.length === 0 ? lineEnd : mark, maxAnswer).pipe(
    Effect.catch((failure) =>
      // Silence fails as such; an answer without the text, in time, is judged by what it said.
      failure.cause.startsWith("timeout_") && reader.waiting > 0
        ? Effect.succeed({ bytes: reader.arrived(), isFound: false })
        : Effect.fail(failure)
    )
  )
  const text = decode(bytes)
  if (mark.length > 0 && !isFound) {
    return yield* new Refused({
      code: "unexpected_answer",
      message:
        bytes.length === 0
          ? "The server closed the connection without an answer."
          : `The answer does not contain "${quoted(expect!)}"; it begins with "${quoted(text)}".`,
      answer: text
    })
  }
  return { text, bodyBytes: bytes.length } satisfies Found
})

const waits = new Set<string>(["first_byte_ms", "transfer_ms"])
const lineEnd = Uint8Array.of(10)
