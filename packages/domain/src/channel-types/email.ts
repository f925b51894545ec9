/**
 * E-mail through a mail server of the tenant's. One address for each channel, so that the ledger tells who was told: a
 * letter to several is taken for some and refused for others. All letters of an incident refer to the same message that
 * never was, so that mail programs show the recovery below its opening (RFC 5322 section 3.6.4, RFC 5256).
 */
import { Clock, Effect, Schema } from "effect"
import type { DeliveryReport } from "../model/Notification.ts"
import { Host } from "../monitor-types/fields/Host.ts"
import { Port } from "../monitor-types/fields/Port.ts"
import { PemCertificates } from "../monitor-types/fields/Pem.ts"
import { define, DeliveryFailed, type Message } from "./ChannelType.ts"
import { type Letter, type MailFailed, Mailer } from "./Mailer.ts"
import { asText, threadOf, wordsOf, type Words } from "./message.ts"
import { cut, html } from "./text.ts"

/** Mail servers may take their time to look at a letter before they answer. */
const timeoutMs = 30_000
/** A line may have 998 bytes (RFC 5322 section 2.1.1); mail programs show some 70 characters. */
const maxSubject = 150

const Address = Schema.Trimmed.check(
  Schema.isPattern(/^[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]$/, {
    message: "Write one address such as alerts@example.org"
  }),
  Schema.isMaxLength(254, { message: "An address may have at most 254 characters" })
)

const Settings = Schema.Struct({
  to: Address.annotate({
    title: "To",
    description: "One address: of a person or of a list.",
    examples: ["you@example.org"]
  }),
  from: Address.annotate({
    title: "From",
    description: "An address that the mail server may send for.",
    examples: ["alerts@example.org"]
  }),
  host: Host.annotate({ title: "Mail server", description: "Name or IP address.", examples: ["smtp.example.org"] }),
  port: Port.annotate({ title: "Port", description: "587 with STARTTLS, 465 with TLS, 25 between servers." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(587))
  ),
  security: Schema.Literals(["starttls", "tls", "none"])
    .annotate({ title: "Encryption", description: "starttls (ports 587 and 25), tls (port 465), or none." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("starttls" as const))),
  username: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(254))).annotate({
      title: "User",
      description: "Left empty, nobody logs in."
    })
  ),
  password: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(1000))).annotate({
      title: "Password",
      description: "With two-factor sign-in, one made for this."
    })
  ),
  ca: Schema.optionalKey(
    Schema.NullOr(PemCertificates).annotate({
      title: "Trusted authority",
      description: "Certificates in PEM that are trusted instead of the public authorities."
    })
  )
})
  .check(
    Schema.makeFilter(
      ({ password, security, username }) =>
        !isGiven(username) ||
        (isGiven(password)
          ? security !== "none" || { path: ["security"], issue: "Choose starttls or tls to log in" }
          : { path: ["password"], issue: "Give the password of this user, or leave the user empty" })
    )
  )
  .annotate({ identifier: "EmailSettings" })
type Settings = typeof Settings.Type

const isGiven = (text: string | null | undefined): text is string => text != null && text !== ""

export const email = define({
  type: "email",
  label: "E-mail",
  description: "One address, through your mail server.",
  target: ({ to }) => to,
  settings: Settings,
  secrets: ["password"],
  deliver: (settings: Settings, message: Message): Effect.Effect<DeliveryReport, DeliveryFailed, Mailer> =>
    Effect.gen(function* () {
      const { ca, host, password, port, security, username } = settings
      const mailer = yield* Mailer
      const startedAt = yield* Clock.currentTimeMillis
      const since = Effect.map(Clock.currentTimeMillis, (now) => Math.max(0, now - startedAt))
      const login = isGiven(username) && isGiven(password) ? { username, password } : undefined
      const server = { host, port, security, login, ca: ca ?? undefined }
      return yield* mailer.send(server, letterOf(settings, message), timeoutMs).pipe(
        Effect.matchEffect({
          onSuccess: ({ answer, status }) =>
            Effect.map(since, (durationMs): DeliveryReport => ({
              delivered: true,
              status,
              answer,
              error: null,
              durationMs
            })),
          onFailure: (failed) => Effect.flatMap(since, (durationMs) => Effect.fail(failure(failed, durationMs)))
        })
      )
    })
})

const failure = ({ answer, isPermanent, reason, status }: MailFailed, durationMs: number) =>
  new DeliveryFailed({ reason, permanent: isPermanent, status, answer, durationMs, retryAfterMs: null })

const letterOf = ({ from, to }: Settings, message: Message): Letter => {
  const { event, id } = message
  const words = wordsOf(event)
  const domain = from.slice(from.lastIndexOf("@") + 1).toLowerCase()
  return {
    from,
    fromName: "V-Insight",
    to,
    subject: cut(words.title, maxSubject),
    text: asText(words),
    html: pageOf(words),
    messageId: `<${id}@${domain}>`,
    continues:
      event.data.incident === null && event.type !== "digest" ? undefined : `<thread.${threadOf(message)}@${domain}>`,
    headers: {
      // RFC 3834: no out-of-office replies. RFC 2919: filters can tell these letters.
      "Auto-Submitted": "auto-generated",
      "List-Id": `V-Insight alerts <v-insight-alerts.${domain}>`,
      "X-V-Insight-Event": event.type,
      ...(words.mood === "trouble" && words.severity === "critical" ? { Importance: "high" } : {})
    }
  }
}

const stripes = { trouble: "#c62828", over: "#2e7d32", notice: "#1565c0" } as const

/** No colours for text or ground, so that it is as light or dark as the mail program. */
const pageOf = ({ lines, links, mood, title }: Words): string => {
  const buttons = links.map(({ label, url }) => `<a href="${html(url)}">${html(label)}</a>`).join(" &nbsp; ")
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">',
    `<title>${html(title)}</title></head>`,
    '<body style="font-family:system-ui,sans-serif;line-height:1.5;margin:24px">',
    `<div style="border-left:4px solid ${stripes[mood]};padding-left:16px;max-width:560px">`,
    `<h1 style="font-size:20px;margin:0 0 8px">${html(title)}</h1>`,
    ...lines.map((line) => `<p style="margin:0 0 8px;overflow-wrap:anywhere">${html(line)}</p>`),
    ...(buttons === "" ? [] : [`<p style="margin:16px 0 0">${buttons}</p>`]),
    "</div></body></html>"
  ].join("\n")
}
