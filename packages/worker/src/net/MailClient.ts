/**
 * The worker's Mailer: nodemailer writes the letter and speaks SMTP, over a connection of ours. It resolves no name, opens
 * no socket and judges no certificate; encryption is up before it says a word, so nothing makes it do without.
 */
import { Mailer, MailFailed, type Letter, type MailServer, type Posted } from "@v-insight/domain/channel-types/Mailer"
import type { Conversation, DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import { explain } from "@v-insight/domain/monitor-types/explain"
import { dialledHost } from "@v-insight/domain/monitor-types/fields/Host"
import { quoted, Refused, redacted } from "@v-insight/domain/monitor-types/Refused"
import { ehloName, startTls } from "@v-insight/domain/monitor-types/startTls"
import { Effect, Layer } from "effect"
import { Base64 } from "effect/encoding"
import { createTransport } from "nodemailer"
import { ConversationStream } from "./ConversationStream.ts"
import { NetEnvironment } from "./NetEnvironment.ts"
import { SafeDialer } from "./SafeDialer.ts"

/** Of what a server says no more is kept, characters. */
const maxAnswer = 2048
/** After STARTTLS a server says nothing before it is asked (RFC 3207 section 4.2), but the library waits for a greeting. */
const greeting = new TextEncoder().encode("220 encrypted\r\n")

const make = (dialer: ReturnType<typeof SafeDialer.make>): Mailer["Service"] => ({
  send: (server, letter, timeoutMs) =>
    Effect.gen(function* () {
      const { ca, port, security } = server
      const host = dialledHost(server.host) ?? server.host
      const trust = ca === undefined ? {} : { ca }
      const conversation = yield* dialer.connect({ host, port, timeoutMs, tls: security === "tls" ? trust : undefined })
      if (security === "starttls") yield* startTls(conversation, "starttls_smtp", trust)
      return yield* speak(conversation, server, letter, timeoutMs)
    }).pipe(
      Effect.catchTags({
        DialFailed: (failed) => Effect.fail(unreached(failed, server)),
        Refused: ({ answer = null, code, message }) =>
          Effect.fail(new MailFailed({ reason: { code, message }, isPermanent: false, status: null, answer }))
      }),
      Effect.scoped
    )
})

const unreached = ({ cause, detail }: DialFailed, { host, port }: MailServer): MailFailed =>
  new MailFailed({
    reason: explain({ cause, message: detail }, host, port),
    isPermanent: cause === "blocked",
    status: null,
    answer: null
  })

/** What nodemailer adds to an Error (its manual, "Error object"). */
interface Trouble extends Error {
  readonly code?: string | undefined
  readonly response?: string | undefined
  readonly responseCode?: number | undefined
}

const speak = (
  conversation: Conversation,
  server: MailServer,
  letter: Letter,
  timeoutMs: number
): Effect.Effect<Posted, DialFailed | Refused | MailFailed> =>
  Effect.callback((resume) => {
    const stream = new ConversationStream(conversation, server.security === "starttls" ? greeting : undefined, {
      onFail: (failure) => resume(Effect.fail(failure)),
      onBreak: () => resume(Effect.fail(notSmtp))
    })
    const transport = createTransport({
      host: server.host,
      port: server.port,
      name: ehloName,
      connection: stream as never,
      secure: false,
      secured: server.security !== "none",
      ignoreTLS: true,
      ...(server.login === undefined
        ? {}
        : { auth: { user: server.login.username, pass: server.login.password }, forceAuth: true }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      socketCloseTimeout: 0,
      maxResponseSize: maxLetterReply,
      disableFileAccess: true,
      disableUrlAccess: true
    })
    transport.sendMail(dressed(letter), (error, info) =>
      resume(error === null ? Effect.succeed(postedOf(info.response)) : Effect.fail(refusalOf(error, server)))
    )
    return Effect.sync(() => stream.destroy())
  })

/** A reply that goes on and on, bytes. */
const maxLetterReply = 64 * 1024

const dressed = ({ continues, from, fromName, headers, html, messageId, subject, text, to }: Letter) => ({
  from: { name: fromName, address: from },
  to: { name: "", address: to },
  envelope: { from, to: [to] },
  subject,
  text,
  html,
  messageId,
  headers,
  ...(continues === undefined ? {} : { inReplyTo: continues, references: continues }),
  // Text in 76 columns of quoted-printable: nobody on the way has to touch it.
  textEncoding: "quoted-printable" as const,
  xMailer: false as const
})

const postedOf = (response: string): Posted => ({
  status: Number(/^\d{3}/.exec(response)?.[0] ?? 250),
  answer: response.slice(0, maxAnswer)
})

const notSmtp = new Refused({ code: "not_smtp", message: "The answer is not SMTP." })

/** RFC 5321 section 4.2.1: 5yz stays so; 4yz, and what is no reply at all, may pass. */
const refusalOf = ({ code, message, response, responseCode }: Trouble, { login }: MailServer): MailFailed => {
  const hide = (text: string): string =>
    login === undefined
      ? text
      : redacted(text, [
          Base64.encode(`\0${login.username}\0${login.password}`),
          Base64.encode(login.password),
          login.password
        ])
  const words = hide(quoted(response ?? message))
  return new MailFailed({
    reason: reasonOf(code, words, response !== undefined),
    isPermanent: responseCode !== undefined && responseCode >= 500,
    status: responseCode ?? null,
    answer: response === undefined ? null : hide(response).slice(0, maxAnswer)
  })
}

const reasonOf = (code: string | undefined, words: string, isAnswer: boolean) => {
  if (code === "EAUTH") return { code: "auth_failed", message: `The mail server refused the login: "${words}".` }
  if (isAnswer) return { code: "smtp_refused", message: `The mail server refused the letter: "${words}".` }
  return { code: "smtp_failed", message: `The mail server did not take the letter: ${words}.` }
}

export const SafeMailer = {
  make,
  layerIn: Layer.effect(
    Mailer,
    Effect.map(NetEnvironment, (environment) => make(SafeDialer.make(environment)))
  )
}
