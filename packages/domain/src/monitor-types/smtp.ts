/**
 * A mail server, as far as a mail client gets without sending one: greeting, EHLO, encryption, login, and whether it
 * would take a mail from here to there (RFC 5321). The letter itself is never sent: DATA is not said.
 */
import { Effect, Schema } from "effect"
import { Base64 } from "effect/encoding"
import type { Conversation, DialFailed } from "./Conversation.ts"
import { converse } from "./converse.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { Host, hostAndPort } from "./fields/Host.ts"
import { familyOf, ipVersion } from "./fields/HttpWay.ts"
import { Port } from "./fields/Port.ts"
import { trustFields, trustOf } from "./fields/Trust.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { Reader } from "./Reader.ts"
import { redacted, Refused } from "./Refused.ts"
import { asText, oneLine, readReply, type Reply } from "./Replies.ts"
import { ehloName, expecting, noStartTls, say, secure, smtpReply } from "./startTls.ts"

const Address = Schema.String.check(
  Schema.isPattern(/^[!-;=?A-~]+@[!-;=?A-~]+$/, { message: "Write an address such as probe@example.org" }),
  Schema.isMaxLength(254, { message: "An address may have at most 254 characters" })
)

const Settings = Schema.Struct({
  host: Host.annotate({ title: "Host", description: "Of the mail server: a name or an IP address." }),
  port: Port.annotate({ title: "Port", description: "25 between servers, 587 for clients, 465 with TLS." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(25))
  ),
  security: Schema.Literals(["none", "starttls", "tls"])
    .annotate({ title: "Encryption", description: "none, starttls (ports 25 and 587), or tls (port 465)." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("none" as const))),
  username: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(254))).annotate({
      title: "User",
      description: "Left empty, no login is tried."
    })
  ),
  password: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(1000))).annotate({
      title: "Password",
      description: "Sent with AUTH PLAIN or LOGIN."
    })
  ),
  allowPlainLogin: Schema.Boolean.annotate({
    title: "Log in without encryption",
    description: "The password can then be read on its way."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  sender: Schema.optionalKey(
    Schema.NullOr(Address).annotate({
      title: "Sender",
      description: "Asks whether mail from this address is taken. No mail is sent."
    })
  ),
  recipient: Schema.optionalKey(
    Schema.NullOr(Address).annotate({
      title: "Recipient",
      description: "Asks whether mail to this address is taken. No mail is sent."
    })
  ),
  clientName: Schema.String.check(
    Schema.isPattern(/^[\w.\-:[\]]{1,255}$/, { message: "Write a host name, or an address in brackets" })
  )
    .annotate({ title: "Our name", description: "What we call ourselves in EHLO; some servers look it up." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(ehloName))),
  ...trustFields,
  ipVersion,
  assertions: assertionsOf([
    "body",
    "total_ms",
    "dns_ms",
    "connect_ms",
    "tls_ms",
    "first_byte_ms",
    "certificate_days",
    "certificate_issuer",
    "tls_version"
  ])
})
  .check(
    Schema.makeFilter(
      ({ allowPlainLogin, security, username }) =>
        security !== "none" ||
        allowPlainLogin ||
        !isGiven(username) || {
          path: ["security"],
          issue: "Choose starttls or tls to log in, or allow the login without encryption"
        }
    )
  )
  .annotate({ identifier: "SmtpSettings" })
type Settings = typeof Settings.Type

export const smtp = define({
  type: "smtp",
  label: "SMTP",
  description: "A mail server greets, lets us in and would take mail.",
  target: ({ host, port }) => hostAndPort(host, port),
  settings: Settings,
  secrets: ["password"],
  check: (settings: Settings, limits: CheckLimits) => {
    const { assertions, host, port, security } = settings
    const tls = security === "tls" ? trustOf(settings) : undefined
    const family = familyOf(settings.ipVersion)
    return converse({ host, port, family, assertions, tls }, limits, (conversation) => talk(conversation, settings))
  }
})

const talk = Effect.fnUntraced(function* (conversation: Conversation, settings: Settings) {
  const { clientName, password, recipient, security, sender, username } = settings
  const reader = new Reader(conversation.read)
  const ask = (text: string, expected: ReadonlyArray<number>, asked = text) =>
    Effect.andThen(say(conversation, `${text}\r\n`), smtpReply(reader, expected, asked))
  const hello = Effect.gen(function* () {
    yield* say(conversation, `EHLO ${clientName}\r\n`)
    const reply = yield* readReply(reader, "SMTP")
    // A server from before 1995 (RFC 5321 section 3.2).
    if (reply.code === 500 || reply.code === 502) return yield* ask(`HELO ${clientName}`, [250], "HELO")
    return yield* expecting([250], "EHLO")(reply)
  })

  const greeting = yield* smtpReply(reader, [220], "the connection")
  let extensions = yield* hello
  if (security === "starttls") {
    if (!offers(extensions, "STARTTLS")) return yield* noStartTls(asText(extensions))
    yield* ask("STARTTLS", [220])
    yield* secure(conversation, reader, trustOf(settings))
    extensions = yield* hello // What was said in the clear does not count (RFC 3207 section 4.2).
  }
  if (isGiven(username)) yield* logIn(conversation, reader, extensions, username, password ?? "")
  if (isGiven(sender) || isGiven(recipient)) yield* ask(`MAIL FROM:<${sender ?? ""}>`, [250])
  if (isGiven(recipient)) yield* ask(`RCPT TO:<${recipient}>`, [250, 251, 252])
  return {
    text: `${asText(greeting)}\n${asText(extensions)}`,
    traits: { extensions: extensions.lines.slice(1).map(keyword).sort().join(" ").slice(0, 200) },
    goodbye: Effect.andThen(say(conversation, "QUIT\r\n"), readReply(reader, "SMTP"))
  }
})

type LogIn = Effect.Effect<void, DialFailed | Refused>

/** RFC 4954: PLAIN (RFC 4616) where it is offered, else LOGIN, which some old servers know alone. */
const logIn = (
  conversation: Conversation,
  reader: Reader,
  extensions: Reply,
  username: string,
  password: string
): LogIn =>
  Effect.gen(function* () {
    const words = extensions.lines.filter((line) => /^AUTH[ =]/i.test(line)).join(" ")
    const knows = (mechanism: string) => new RegExp(`[ =]${mechanism}(?: |$)`, "i").test(words)
    const plain = Base64.encode(`\0${username}\0${password}`)
    const steps = knows("PLAIN")
      ? [`AUTH PLAIN ${plain}`]
      : knows("LOGIN")
        ? ["AUTH LOGIN", Base64.encode(username), Base64.encode(password)]
        : undefined
    if (steps === undefined) {
      return yield* new Refused({
        code: "auth_unavailable",
        message: "The server offers neither AUTH PLAIN nor AUTH LOGIN on this connection.",
        answer: asText(extensions)
      })
    }
    for (const [index, step] of steps.entries()) {
      yield* say(conversation, `${step}\r\n`)
      const reply = yield* readReply(reader, "SMTP")
      if (reply.code === (index === steps.length - 1 ? 235 : 334)) continue
      const hide = (text: string) => redacted(text, [plain, Base64.encode(password), password])
      return yield* new Refused({
        code: "auth_failed",
        message: `The server refused the login: "${hide(oneLine(reply))}".`,
        answer: hide(asText(reply))
      })
    }
  })

const isGiven = (text: string | null | undefined): text is string => text != null && text !== ""

const keyword = (line: string): string => line.split(/[ =]/, 1)[0]!.toUpperCase()

const offers = (extensions: Reply, name: string): boolean =>
  extensions.lines.slice(1).some((line) => keyword(line) === name)
