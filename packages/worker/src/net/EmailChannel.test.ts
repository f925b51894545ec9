/**
 * The e-mail channel (domain/channel-types/email.ts) over the real dialer into a mail server on loopback. Regression test
 * of the original's defect 7: e-mail could not be used in production.
 */
import { assert, describe, it } from "@effect/vitest"
import type { DeliveryFailed } from "@v-insight/domain/channel-types/ChannelType"
import { ChannelSpec, deliver } from "@v-insight/domain/channel-types/registry"
import { Effect, Schema } from "effect"
import type { SMTPServerOptions } from "smtp-server"
import { certificate } from "./testing/Certificates.ts"
import { tcpServer } from "./testing/LocalServer.ts"
import { type MailServerOptions, mailServer } from "./testing/MailServer.ts"
import { event, incidentId, messageOf } from "./testing/events.ts"
import { channelServices } from "./testing/TestDialer.ts"

interface Taken {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly user: string | undefined
  readonly isSecure: boolean
  readonly mail: string
}

/** Takes letters and keeps them. */
const sink = (options: MailServerOptions = {}) => {
  const taken: Array<Taken> = []
  const onData: SMTPServerOptions["onData"] = (stream, session, done) => {
    const parts: Array<Buffer> = []
    stream.on("data", (part: Buffer) => parts.push(part))
    stream.on("end", () => {
      const { mailFrom, rcptTo } = session.envelope
      taken.push({
        from: mailFrom === false ? "" : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        user: typeof session.user === "string" ? session.user : undefined,
        isSecure: session.secure,
        mail: Buffer.concat(parts).toString("utf8")
      })
      done()
    })
  }
  const onAuth: SMTPServerOptions["onAuth"] = ({ password, username }, _, done) =>
    username === "alerts" && password === "s3cret pass"
      ? done(null, { user: username })
      : done(Object.assign(new Error("5.7.8 Wrong name or password"), { responseCode: 535 }))
  return Effect.map(mailServer({ authOptional: true, onData, onAuth, ...options }), ({ port }) => ({ port, taken }))
}

const base = { to: "ops@example.net", from: "alerts@Example.org", host: "localhost", ca: certificate("authority") }
const login = { username: "alerts", password: "s3cret pass" }

const send = (settings: Readonly<Record<string, unknown>>, message = messageOf(event())) =>
  Effect.flatMap(
    Schema.decodeUnknownEffect(ChannelSpec)({ type: "email", settings: { ...base, ...settings } }),
    (spec) => deliver(spec, message)
  ).pipe(Effect.provide(channelServices()))

const failing = (settings: Readonly<Record<string, unknown>>) =>
  Effect.map(Effect.flip(send(settings)), (failure) => {
    assert.strictEqual(failure._tag, "DeliveryFailed")
    return failure as DeliveryFailed
  })

/** Header fields by their name in lower case, unfolded; text and HTML part decoded. */
const read = (mail: string) => {
  const head = mail.slice(0, mail.indexOf("\r\n\r\n")).replaceAll(/\r\n[\t ]+/g, " ")
  const headers = new Map(
    head
      .split("\r\n")
      .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)])
  )
  const part = (type: string): string => {
    const from = mail.indexOf("\r\n\r\n", mail.indexOf(`Content-Type: ${type}`)) + 4
    const body = mail.slice(from, mail.indexOf("\r\n--", from))
    const bytes = body
      .replaceAll("=\r\n", "")
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    return Buffer.from(bytes, "latin1").toString("utf8")
  }
  return { headers, text: part("text/plain"), html: part("text/html") }
}

describe("a letter", () => {
  it.live.each([
    ["with STARTTLS and login", { security: "starttls", ...login }, { isSecure: true, user: "alerts" }],
    ["with STARTTLS", { security: "starttls" }, { isSecure: true, user: undefined }],
    ["in the clear", { security: "none" }, { isSecure: false, user: undefined }]
  ] as const)("is taken %s", ([, settings, expected]) =>
    Effect.gen(function* () {
      const { port, taken } = yield* sink()
      const report = yield* send({ port, ...settings })
      assert.deepInclude(report, { delivered: true, status: 250, error: null })
      assert.strictEqual(taken.length, 1)
      assert.deepInclude(taken[0], { from: "alerts@example.org", to: ["ops@example.net"], ...expected })
    })
  )

  it.live("defect 7: a letter is taken with TLS from the first byte, with login", () =>
    Effect.gen(function* () {
      const { port, taken } = yield* sink({ secure: true })
      assert.isTrue((yield* send({ port, security: "tls", ...login })).delivered)
      assert.deepInclude(taken[0], { isSecure: true, user: "alerts" })
    })
  )

  it.live("defect 7: a letter has text and HTML, its id from the notification, and is marked as automatic", () =>
    Effect.gen(function* () {
      const { port, taken } = yield* sink()
      const message = messageOf(event())
      yield* send({ port }, message)
      const { headers, html, text } = read(taken[0]!.mail)
      assert.strictEqual(headers.get("from"), '"V-Insight" <alerts@example.org>')
      assert.strictEqual(headers.get("to"), "ops@example.net")
      assert.strictEqual(headers.get("subject"), "Checkout is down")
      assert.strictEqual(headers.get("message-id"), `<${message.id}@example.org>`)
      assert.strictEqual(headers.get("auto-submitted"), "auto-generated")
      assert.strictEqual(headers.get("list-id"), "V-Insight alerts <v-insight-alerts.example.org>")
      assert.match(headers.get("content-type") ?? "", /^multipart\/alternative;/)
      assert.include(text, "Checkout is down.\r\nlocalhost refused the connection")
      assert.include(text, "Acknowledge: https://status.example/acknowledge/t0k3n-0f-l1nk")
      assert.include(html, '<h1 style="font-size:20px;margin:0 0 8px">Checkout is down</h1>')
      assert.include(html, '<meta name="color-scheme" content="light dark">')
      assert.include(html, '<a href="https://status.example/acknowledge/t0k3n-0f-l1nk">Acknowledge</a>')
      for (const line of taken[0]!.mail.split("\r\n")) assert.isAtMost(Buffer.byteLength(line), 998)
    })
  )

  it.live("of a recovery continues what its opening continued", () =>
    Effect.gen(function* () {
      const { port, taken } = yield* sink()
      yield* send({ port }, messageOf(event()))
      yield* send({ port }, messageOf(event({ type: "incident.resolved" }), "0193f3a0-0000-7000-8000-00000000000b"))
      const [opening, recovery] = taken.map(({ mail }) => read(mail).headers)
      const thread = `<thread.${incidentId}@example.org>`
      for (const headers of [opening!, recovery!]) {
        assert.strictEqual(headers.get("references"), thread)
        assert.strictEqual(headers.get("in-reply-to"), thread)
      }
      assert.notStrictEqual(opening!.get("message-id"), recovery!.get("message-id"))
    })
  )

  it.live("cannot be bent by a monitor's name", () =>
    Effect.gen(function* () {
      const { port, taken } = yield* sink()
      const name = `x\r\nBcc: evil@example.com <b>&"</b><script>alert(1)</script> \u{1f600}`
      yield* send({ port }, messageOf(event({ name })))
      const { headers, html } = read(taken[0]!.mail)
      assert.isFalse(headers.has("bcc"))
      assert.deepStrictEqual(taken[0]!.to, ["ops@example.net"])
      assert.notInclude(html, "<script>")
      assert.notInclude(html, "<b>")
      assert.include(html, "&lt;script&gt;")
    })
  )
})

describe("a letter is not sent", () => {
  it.live("without the encryption that was asked for, nor to a stranger, and no password is told", () =>
    Effect.gen(function* () {
      const plain = yield* sink({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] })
      const stranger = yield* sink({ certificate: "wrong-host" })
      const expired = yield* sink({ certificate: "expired" })
      for (const [{ port, taken }, code] of [
        [plain, "starttls_unavailable"],
        [stranger, "tls_host"],
        [expired, "tls_expired"]
      ] as const) {
        const failure = yield* failing({ port, security: "starttls", ...login })
        assert.strictEqual(failure.reason.code, code)
        assert.isFalse(failure.permanent)
        assert.strictEqual(taken.length, 0)
      }
    })
  )

  it.live("with a wrong password, for good, and the ledger does not learn it", () =>
    Effect.gen(function* () {
      const { port } = yield* sink()
      const failure = yield* failing({ port, username: "alerts", password: "wr0ng pass" })
      assert.deepInclude(failure, { permanent: true, status: 535 })
      assert.strictEqual(failure.reason.code, "auth_failed")
      assert.notInclude(JSON.stringify(failure), "wr0ng pass")
    })
  )

  it.live.each([
    [550, true],
    [450, false]
  ] as const)("when the recipient is refused with %i, for good: %s", ([code, isPermanent]) =>
    Effect.gen(function* () {
      const onRcptTo: SMTPServerOptions["onRcptTo"] = (_, __, done) =>
        done(Object.assign(new Error("no such mailbox here"), { responseCode: code }))
      const { port } = yield* sink({ onRcptTo })
      const failure = yield* failing({ port })
      assert.deepInclude(failure, { permanent: isPermanent, status: code })
      assert.include(failure.reason.message, "no such mailbox here")
    })
  )

  it.live.each([
    [452, false],
    [554, true]
  ] as const)("when the letter itself is refused with %i, for good: %s", ([code, isPermanent]) =>
    Effect.gen(function* () {
      const onData: SMTPServerOptions["onData"] = (stream, _, done) => {
        stream.resume()
        stream.on("end", () => done(Object.assign(new Error("not this one"), { responseCode: code })))
      }
      const { port } = yield* sink({ onData })
      assert.deepInclude(yield* failing({ port }), { permanent: isPermanent, status: code })
    })
  )

  it.live("to addresses that are not allowed, whatever the name says", () =>
    Effect.gen(function* () {
      const failure = yield* failing({ host: "169.254.169.254", port: 25, security: "none" })
      assert.strictEqual(failure.reason.code, "blocked")
      assert.isTrue(failure.permanent)
    })
  )

  it.live("when nobody answers, or nothing that is SMTP", () =>
    Effect.gen(function* () {
      const http = yield* tcpServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      const gone = yield* tcpServer((socket) => socket.destroy())
      const endless = yield* tcpServer((socket) => {
        const flood = (): void => void (socket.writable && socket.write("220-and on\r\n".repeat(5000), flood))
        flood()
      })
      for (const security of ["none", "starttls"]) {
        for (const { port } of [http, gone, endless]) {
          const failure = yield* failing({ port, security })
          assert.isFalse(failure.permanent)
          assert.isAbove(failure.reason.message.length, 10)
        }
      }
      assert.strictEqual((yield* failing({ port: 1 })).reason.code, "connection_refused")
    })
  )
})

describe("settings of e-mail", () => {
  it.effect.each([
    { to: "a@b, c@d" },
    { to: "a@b\r\nBcc: x@y" },
    { to: "Ops <ops@example.net>" },
    { from: "-" },
    { username: "alerts" },
    { ...login, security: "none" },
    { host: "smtp.example.org:25" }
  ])("refuse %j", (settings) =>
    Effect.flip(Schema.decodeUnknownEffect(ChannelSpec)({ type: "email", settings: { ...base, ...settings } }))
  )
})
