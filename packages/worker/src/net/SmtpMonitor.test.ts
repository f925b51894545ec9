/** The smtp monitor type (domain/monitor-types/smtp.ts) against the npm package smtp-server, and against bad ones. */
import type { Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { CheckEvidence } from "@v-insight/domain/monitor-types/CheckEvidence"
import { smtp } from "@v-insight/domain/monitor-types/smtp"
import { Effect } from "effect"
import { checkOf, settingsProblem, verdict } from "./testing/checkOf.ts"
import { tcpServer } from "./testing/LocalServer.ts"
import { mailServer, type MailServerOptions } from "./testing/MailServer.ts"

const check = checkOf(smtp)

/** Knows one user, takes mail from example.org to postmaster. */
const options: MailServerOptions = {
  authMethods: ["PLAIN", "LOGIN"],
  onAuth: ({ password, username }, _, done) =>
    username === "probe" && password === "s3cret" ? done(null, { user: username }) : done(new Error("No such user")),
  onMailFrom: ({ address }, _, done) =>
    address === "" || address.endsWith("@example.org") ? done() : done(new Error("Not from here")),
  onRcptTo: ({ address }, _, done) => (address.startsWith("postmaster@") ? done() : done(new Error("No such mailbox"))),
  onData: () => assert.fail("no mail is ever sent")
}

const login = { username: "probe", password: "s3cret" }

describe("a mail server", () => {
  it.live("is up in the clear, with STARTTLS and with TLS", () =>
    Effect.gen(function* () {
      const open: MailServerOptions = { ...options, authOptional: true }
      const plain = yield* mailServer(open)
      for (const security of ["none", "starttls"]) {
        const outcome = yield* check({ host: "localhost", port: plain.port, security }).pipe(
          Effect.provideService(CheckEvidence, true)
        )
        assert.strictEqual(verdict(outcome), "up")
        assert.strictEqual(outcome.certificate !== null, security === "starttls")
        assert.include(outcome.detail?.traits["extensions"], "PIPELINING")
        assert.include(outcome.detail?.response?.body, "ESMTP")
      }
      const secure = yield* mailServer({ ...open, secure: true })
      const outcome = yield* check({ host: "localhost", port: secure.port, security: "tls" })
      assert.strictEqual(verdict(outcome), "up")
      assert.isAbove(outcome.timings.tlsUs!, 0)
    })
  )

  it.live.each([["PLAIN"], ["LOGIN"]])("lets us in with %s, and not with a wrong password", (methods) =>
    Effect.gen(function* () {
      const { port } = yield* mailServer({ ...options, authMethods: methods })
      const settings = { host: "localhost", port, security: "starttls" }
      assert.strictEqual(verdict(yield* check({ ...settings, ...login })), "up")
      const wrong = yield* check({ ...settings, ...login, password: "wr0ng" })
      assert.strictEqual(verdict(wrong), "down auth_failed")
      assert.notInclude(JSON.stringify(wrong), "wr0ng")
      assert.notInclude(JSON.stringify(wrong), Buffer.from("wr0ng").toString("base64"))
    })
  )

  it.live("gets no password in the clear unless that was allowed", () =>
    Effect.gen(function* () {
      const { port } = yield* mailServer({ ...options, allowInsecureAuth: true, hideSTARTTLS: true })
      const settings = { host: "localhost", port, ...login }
      assert.strictEqual(verdict(yield* check({ ...settings, allowPlainLogin: true })), "up")
      assert.include(yield* settingsProblem(smtp, settings), "Choose starttls or tls to log in")
      // A man in the middle who hides STARTTLS learns nothing.
      assert.strictEqual(verdict(yield* check({ ...settings, security: "starttls" })), "down starttls_unavailable")
    })
  )

  it.live("that offers no login is told so", () =>
    Effect.gen(function* () {
      const { port } = yield* mailServer({ ...options, authMethods: ["XOAUTH2"] })
      const outcome = yield* check({ host: "localhost", port, security: "starttls", ...login })
      assert.strictEqual(verdict(outcome), "down auth_unavailable")
    })
  )

  it.live("says whose mail it takes, without getting one", () =>
    Effect.gen(function* () {
      const { port } = yield* mailServer({ ...options, authOptional: true })
      const settings = { host: "localhost", port }
      const sender = "probe@example.org"
      const recipient = "postmaster@example.net"
      assert.strictEqual(verdict(yield* check({ ...settings, sender, recipient })), "up")
      assert.strictEqual(verdict(yield* check({ ...settings, recipient })), "up")
      const stranger = yield* check({ ...settings, sender: "a@elsewhere.test", recipient })
      assert.strictEqual(verdict(stranger), "down smtp_refused")
      const nobody = yield* check({ ...settings, sender, recipient: "nobody@example.net" })
      assert.include(nobody.error?.message, 'RCPT TO:<nobody@example.net> with "550 No such mailbox"')
    })
  )

  it.live.each<[certificate: "expired" | "wrong-host" | "self-signed", expected: string]>([
    ["expired", "down tls_expired"],
    ["wrong-host", "down tls_host"],
    ["self-signed", "down tls_untrusted"]
  ])("with a certificate that is %s: %s", ([certificate, expected]) =>
    Effect.gen(function* () {
      const { port } = yield* mailServer({ ...options, certificate, authOptional: true })
      const settings = { host: "localhost", port, security: "starttls" }
      const outcome = yield* check(settings)
      assert.strictEqual(verdict(outcome), expected)
      assert.isNotNull(outcome.certificate)
      assert.strictEqual(verdict(yield* check({ ...settings, ignoreTlsErrors: true })), "up")
    })
  )
})

/** Says this, whatever it hears. */
const saying =
  (...texts: ReadonlyArray<string>) =>
  (socket: Socket): void => {
    const left = [...texts]
    socket.write(left.shift()!)
    socket.on("data", () => socket.write(left.shift() ?? ""))
  }

describe("what answers wrongly is named:", () => {
  it.live.each<[texts: ReadonlyArray<string>, expected: string]>([
    [["554 5.7.1 Go away\r\n"], "down smtp_refused"],
    [["421 busy\r\n"], "down smtp_refused"],
    [["SSH-2.0-OpenSSH_9.2\r\n"], "down not_smtp"],
    [["HTTP/1.1 400 Bad Request\r\n\r\n"], "down not_smtp"],
    [["220-a\r\n220-b\r\n".repeat(101)], "down not_smtp"],
    [["220-a\r\n250 b\r\n"], "down not_smtp"],
    [["2200 a\r\n"], "down not_smtp"],
    [["\0\xff\r\n"], "down not_smtp"],
    [["a".repeat(9000)], "down line_too_long"],
    [["220 a"], "down timeout_transfer"],
    [[""], "down timeout_first_byte"],
    [["220 a\r\n", "550 what\r\n"], "down smtp_refused"],
    [["220 a\r\n", "502 what\r\n", "250 hello\r\n"], "up"],
    [["220 a\r\n", "500 what\r\n", "500 what\r\n"], "down smtp_refused"],
    [["220\r\n", "250\r\n"], "up"],
    [["220-a\n220-\n220 b\n", "250-a\n250-SIZE\n250 AUTH=PLAIN\n"], "up"]
  ])("%j", ([texts, expected]) =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(saying(...texts))
      assert.strictEqual(verdict(yield* check({ host: "127.0.0.1", port }, 400)), expected)
    })
  )

  it.live("nobody, and somebody who goes", () =>
    Effect.gen(function* () {
      assert.strictEqual(verdict(yield* check({ host: "127.0.0.1", port: 1 })), "down connection_refused")
      const { port } = yield* tcpServer((socket) => socket.end("220-a\r\n"))
      assert.strictEqual(verdict(yield* check({ host: "127.0.0.1", port })), "down empty")
    })
  )

  it.live("a server that repeats the password, in any form", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => {
        socket.write("220 a\r\n")
        socket.on("data", (bytes: Buffer) => {
          const heard = bytes.toString().trim()
          socket.write(heard.startsWith("EHLO") ? "250-a\r\n250 AUTH PLAIN\r\n" : `500 What is ${heard}, s3cret?\r\n`)
        })
      })
      const outcome = yield* check({ host: "127.0.0.1", port, ...login, allowPlainLogin: true })
      assert.strictEqual(outcome.error?.message, 'The server refused the login: "500 What is AUTH PLAIN ***, ***?".')
      assert.strictEqual(outcome.detail?.response?.body, "500 What is AUTH PLAIN ***, ***?")
    })
  )

  it.live("one that never answers our goodbye costs nothing", () =>
    Effect.gen(function* () {
      let heard = ""
      const { port } = yield* tcpServer((socket) => {
        socket.on("data", (bytes: Buffer) => (heard += bytes.toString()))
        saying("220 a\r\n", "250 a\r\n", "")(socket)
      })
      const started = performance.now()
      const outcome = yield* check({ host: "127.0.0.1", port }, 5_000)
      assert.strictEqual(verdict(outcome), "up")
      assert.isBelow(outcome.timings.totalUs!, 400_000)
      assert.isBelow(performance.now() - started, 1_500)
      assert.strictEqual(heard, "EHLO v-insight.invalid\r\nQUIT\r\n")
    })
  )
})

it.effect.each<[Readonly<Record<string, unknown>>, sentence: string]>([
  [{ sender: "nobody" }, "Write an address"],
  [{ recipient: "a@b\r\nDATA" }, "Write an address"],
  [{ recipient: "a>@b" }, "Write an address"],
  [{ clientName: "a b" }, "Write a host name"],
  [{ security: "ssl" }, "starttls"]
])("settings of smtp are not %j", ([change, sentence]) =>
  Effect.map(settingsProblem(smtp, { host: "example.org", ...change }), (problem) => assert.include(problem, sentence))
)
