/**
 * One datagram there and, if the service answers, one back. UDP has no handshake: silence means that nobody is there, or
 * that a datagram was lost, or that the service never answers; only a host that says "nobody listens here" (ICMP) is
 * down for sure.
 */
import { Effect, Result, Schema } from "effect"
import { Hex } from "effect/encoding"
import type { DialFailed } from "./Conversation.ts"
import { failed, judged } from "./converse.ts"
import { CheckProgress, Dialer } from "./Dialer.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { bytesOf, Escaped, howToEscape } from "./fields/Escaped.ts"
import { dialledHost, Host, hostAndPort } from "./fields/Host.ts"
import { familyOf, ipVersion } from "./fields/HttpWay.ts"
import { Port } from "./fields/Port.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { decode, indexOfBytes } from "./Reader.ts"
import { quoted, Refused } from "./Refused.ts"

/** How long a refusal may take where no answer is expected, milliseconds: a round trip around the world and a half. */
const refusalMs = 1_000

const hexOf = (text: string) => Hex.decode(text.replaceAll(/[\s:]/g, "").replace(/^0x/i, ""))

const Settings = Schema.Struct({
  host: Host.annotate({ title: "Host", description: "A name or an IP address." }),
  port: Port.annotate({ title: "Port", description: "From 1 to 65535." }),
  payload: Schema.String.check(Schema.isMaxLength(4096, { message: "At most 4,096 characters" }))
    .annotate({ title: "Send", description: `The datagram, as the format says. ${howToEscape}` })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(""))),
  format: Schema.Literals(["text", "hex"])
    .annotate({ title: "Format", description: "What is sent is written as text, or as hexadecimal bytes (1b 00 ff)." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("text" as const))),
  needsAnswer: Schema.Boolean.annotate({
    title: "Needs an answer",
    description:
      "Down when no answer comes in time. Without it, silence counts as up and only a host that refuses (ICMP) is down."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  expect: Schema.optionalKey(
    Schema.NullOr(Escaped).annotate({
      title: "Expect",
      description: `What an answer must contain. ${howToEscape}`
    })
  ),
  ipVersion,
  assertions: assertionsOf(["body", "body_bytes", "json", "total_ms", "dns_ms", "first_byte_ms"])
})
  .check(
    Schema.makeFilter(({ format, payload }) => {
      if (format === "hex") {
        const issue = "Write pairs of hexadecimal digits, such as 1b 00 ff"
        return Result.isSuccess(hexOf(payload)) || { path: ["payload"], issue }
      }
      const isEscaped = Schema.is(Escaped)(payload)
      return isEscaped || { path: ["payload"], issue: "After a backslash write r, n, t, 0, xNN or another backslash" }
    })
  )
  .annotate({ identifier: "UdpSettings" })
type Settings = typeof Settings.Type

export const udp = define({
  type: "udp",
  label: "UDP",
  description: "A service answers a datagram, such as a game server or NTP.",
  target: ({ host, port }) => hostAndPort(host, port),
  settings: Settings,
  secrets: [],
  check: Effect.fnUntraced(function* (settings: Settings, limits: CheckLimits) {
    const { assertions, expect, format, host, needsAnswer, payload, port } = settings
    const dialer = yield* Dialer
    const onPhase = yield* CheckProgress
    const request = {
      host: dialledHost(host) ?? host,
      port,
      family: familyOf(settings.ipVersion),
      payload: format === "text" ? bytesOf(payload) : Result.getOrElse(hexOf(payload), () => new Uint8Array(0)),
      timeoutMs: needsAnswer ? limits.timeoutMs : Math.min(limits.timeoutMs, refusalMs),
      onPhase
    }
    return yield* Effect.matchEffect(dialer.datagram(request), {
      onFailure: (failure) =>
        !needsAnswer && failure.cause === "timeout_first_byte"
          ? judged({}, failure.facts, assertions)
          : Effect.succeed(failed(silenceOf(failure, host, port), host, failure.facts, port)),
      onSuccess: ({ facts, payload }) => {
        const text = decode(payload)
        if (expect != null && indexOfBytes(payload, bytesOf(expect)) === -1) {
          const message = `The answer does not contain "${quoted(expect)}"; it begins with "${quoted(text)}".`
          return Effect.succeed(failed(new Refused({ code: "unexpected_answer", message, answer: text }), host, facts))
        }
        return judged({ text, bodyBytes: payload.length }, facts, assertions)
      }
    })
  })
})

/** There was no connection that could have been made: say what is known. */
const silenceOf = (failure: DialFailed, host: string, port: number): DialFailed | Refused => {
  if (failure.cause !== "timeout_first_byte") return failure
  const message = `No answer came from ${hostAndPort(host, port)} in time: nobody is there, or a datagram was lost.`
  return new Refused({ code: "no_answer", message })
}
