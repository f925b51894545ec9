/**
 * Asks a server that speaks in the clear to continue in TLS, each protocol in its own words: SMTP (RFC 3207), IMAP (RFC
 * 9051 section 6.2.1), POP3 (RFC 2595), FTP (RFC 4217), PostgreSQL (its manual, section "SSL Session Encryption").
 */
import { Effect } from "effect"
import type { Conversation, DialFailed } from "./Conversation.ts"
import type { TlsTrust } from "./Dialer.ts"
import { decode, Reader } from "./Reader.ts"
import { quoted, Refused } from "./Refused.ts"
import { asText, oneLine, readReply, type Reply } from "./Replies.ts"

type Step<A = void> = Effect.Effect<A, DialFailed | Refused>

/** As settings name them. */
export const startTlsProtocols = [
  "starttls_smtp",
  "starttls_imap",
  "starttls_pop3",
  "starttls_ftp",
  "starttls_postgres"
] as const
type StartTlsProtocol = (typeof startTlsProtocols)[number]

/** From the server's first byte until TLS is up; bytes are read anew after it. */
export const startTls = (conversation: Conversation, protocol: StartTlsProtocol, trust: TlsTrust): Step =>
  Effect.gen(function* () {
    const reader = new Reader(conversation.read)
    yield* asks[protocol](reader, conversation)
    yield* secure(conversation, reader, trust)
  })

/** Begins TLS, unless the server has sent more than it was asked: what follows would be read as if it came encrypted. */
export const secure = (conversation: Conversation, reader: Reader, trust: TlsTrust): Step =>
  reader.waiting === 0
    ? conversation.startTls(trust)
    : Effect.fail(
        new Refused({
          code: "starttls_injection",
          message: "The server sent more in the clear after it had agreed to TLS."
        })
      )

/** What an SMTP client calls itself when nobody said otherwise. */
export const ehloName = "v-insight.invalid"

export const say = (conversation: Conversation, text: string): Effect.Effect<void, DialFailed> =>
  conversation.send(new TextEncoder().encode(text))

/** Refuses a reply of SMTP with another code than these; `asked` is what it answers, for the sentence. */
export const expecting =
  (codes: ReadonlyArray<number>, asked: string) =>
  (reply: Reply): Effect.Effect<Reply, Refused> =>
    codes.includes(reply.code)
      ? Effect.succeed(reply)
      : Effect.fail(
          new Refused({
            code: "smtp_refused",
            message: `The server answered ${asked} with "${oneLine(reply)}".`,
            answer: asText(reply)
          })
        )

export const smtpReply = (reader: Reader, codes: ReadonlyArray<number>, asked: string): Step<Reply> =>
  Effect.flatMap(readReply(reader, "SMTP"), expecting(codes, asked))

export const noStartTls = (answer: string): Refused =>
  new Refused({
    code: "starttls_unavailable",
    message: `The server does not offer STARTTLS: "${quoted(answer)}".`,
    answer
  })

/** A length of 8 and the code 80877103. */
const sslRequest = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f)

/** Lines of IMAP that may come before the answer we wait for. */
const maxUntagged = 100

const asks: Readonly<Record<StartTlsProtocol, (reader: Reader, conversation: Conversation) => Step>> = {
  starttls_smtp: Effect.fnUntraced(function* (reader, conversation) {
    yield* smtpReply(reader, [220], "the connection")
    yield* say(conversation, `EHLO ${ehloName}\r\n`)
    yield* smtpReply(reader, [250], "EHLO")
    yield* say(conversation, "STARTTLS\r\n")
    const reply = yield* readReply(reader, "SMTP")
    if (reply.code !== 220) return yield* noStartTls(asText(reply))
  }),

  starttls_imap: Effect.fnUntraced(function* (reader, conversation) {
    const greeting = yield* reader.line
    if (!greeting.startsWith("* OK")) return yield* notThis("IMAP", greeting)
    yield* say(conversation, "a1 STARTTLS\r\n")
    for (let count = 0; count < maxUntagged; count++) {
      const line = yield* reader.line
      if (/^a1 OK\b/i.test(line)) return
      if (!line.startsWith("* ")) return yield* noStartTls(line)
    }
    return yield* notThis("IMAP", "too many lines")
  }),

  starttls_pop3: Effect.fnUntraced(function* (reader, conversation) {
    const greeting = yield* reader.line
    if (!greeting.startsWith("+OK")) return yield* notThis("POP3", greeting)
    yield* say(conversation, "STLS\r\n")
    const line = yield* reader.line
    if (!line.startsWith("+OK")) return yield* noStartTls(line)
  }),

  starttls_ftp: Effect.fnUntraced(function* (reader, conversation) {
    const greeting = yield* readReply(reader, "FTP")
    if (greeting.code !== 220) return yield* notThis("FTP", oneLine(greeting))
    yield* say(conversation, "AUTH TLS\r\n")
    const reply = yield* readReply(reader, "FTP")
    if (reply.code !== 234) return yield* noStartTls(asText(reply))
  }),

  starttls_postgres: Effect.fnUntraced(function* (reader, conversation) {
    yield* conversation.send(sslRequest)
    const answer = decode(yield* reader.exactly(1))
    if (answer === "N") return yield* noStartTls("N")
    if (answer !== "S") return yield* notThis("PostgreSQL", answer)
  })
}

const notThis = (protocol: string, said: string) =>
  Effect.fail(
    new Refused({
      code: `not_${protocol.toLowerCase()}`,
      message: `The answer is not ${protocol}: "${quoted(said)}".`,
      answer: said
    })
  )
