/** The tcp monitor type (domain/monitor-types/tcp.ts) over the real dialer and real servers. */
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import { Dialer } from "@v-insight/domain/monitor-types/Dialer"
import { tcp } from "@v-insight/domain/monitor-types/tcp"
import { Effect, Schema } from "effect"
import { certificate, key } from "./testing/Certificates.ts"
import { checkOf, settingsProblem, verdict } from "./testing/checkOf.ts"
import { tcpServer, tlsServer } from "./testing/LocalServer.ts"
import { testDialer } from "./testing/TestDialer.ts"

const check = checkOf(tcp)
const local = { host: "127.0.0.1" }

/** Answers each line with what is said of it. */
const answering =
  (answers: Readonly<Record<string, string>>, greeting = "") =>
  (socket: Socket): void => {
    if (greeting !== "") socket.write(greeting)
    socket.on("data", (bytes: Buffer) => {
      const answer = answers[bytes.toString()]
      if (answer === undefined) socket.end()
      else socket.write(answer)
    })
  }

describe("a tcp monitor", () => {
  it.live("is up when the port accepts, and waits for nothing", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(() => {})
      const outcome = yield* check({ ...local, port })
      assert.strictEqual(verdict(outcome), "up")
      assert.strictEqual(outcome.address, "127.0.0.1")
      assert.isAbove(outcome.timings.connectUs!, 0)
      assert.isBelow(outcome.timings.totalUs!, 1_000_000)
      assert.deepStrictEqual(outcome.detail?.response, null)
    })
  )

  it.live("is down when nothing listens, when the name is not there, and when the address is forbidden", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* check({ ...local, port: 1 })).error, {
        code: "connection_refused",
        message: "127.0.0.1 refused the connection: nothing listens on port 1."
      })
      assert.strictEqual(verdict(yield* check({ host: "nowhere.test", port: 1 })), "down dns_failed")
      const blocked = yield* check({ host: "10.0.0.1", port: 1 })
      assert.strictEqual(verdict(blocked), "down blocked")
      assert.isNull(blocked.detail)
      assert.strictEqual(verdict(yield* check({ host: "2130706434", port: 1 }, 300)), "down connection_refused")
    })
  )

  it.live("is unknown while others keep the host busy: that says nothing about it", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(() => {})
      const settings = yield* Schema.decodeUnknownEffect(tcp.settings)({ ...local, port, expect: "never" })
      const dialer = testDialer(["127.0.0.1/32"], undefined, { hostConcurrency: 1 })
      const outcomes = yield* Effect.forEach([1_000, 300], (timeoutMs) => tcp.check(settings, { timeoutMs }), {
        concurrency: 2
      }).pipe(Effect.provideService(Dialer, dialer))
      assert.deepStrictEqual(outcomes.map(verdict), ["down timeout_first_byte", "unknown host_busy"])
    })
  )

  it.live("keeps to the IP version that was chosen", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(() => {})
      assert.strictEqual(verdict(yield* check({ host: "localhost", port, ipVersion: "4" })), "up")
      const other = yield* check({ host: "localhost", port, ipVersion: "6" })
      assert.deepStrictEqual(other.error, { code: "dns_failed", message: "localhost has no IPv6 address." })
    })
  )

  it.live("says and hears", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(answering({ "PING\r\n": "+PONG\r\nand more" }))
      const settings = { ...local, port, send: "PING\\r\\n", expect: "PONG\\x0d" }
      assert.strictEqual(verdict(yield* check(settings)), "up")
      const wrong = yield* check({ ...settings, expect: "PANG" }, 300)
      assert.deepStrictEqual(wrong.error, {
        code: "unexpected_answer",
        message: 'The answer does not contain "PANG"; it begins with "+PONG and more".'
      })
      assert.strictEqual(wrong.detail?.response?.body, "+PONG\r\nand more")
    })
  )

  it.live("finds what it expects in pieces, late, and among control characters", () =>
    Effect.gen(function* () {
      const pieces = ["\u0000\u0007hel", "l", "o"]
      const { port } = yield* tcpServer((socket) => {
        const next = (): void => {
          const piece = pieces.shift()
          if (piece === undefined) return
          socket.write(piece)
          setTimeout(next, 50)
        }
        next()
      })
      assert.strictEqual(verdict(yield* check({ ...local, port, expect: "hello" })), "up")
    })
  )

  it.live("is down when the server is silent, or goes without a word", () =>
    Effect.gen(function* () {
      const silent = yield* tcpServer(() => {})
      const started = performance.now()
      const outcome = yield* check({ ...local, port: silent.port, expect: "hello" }, 300)
      assert.strictEqual(verdict(outcome), "down timeout_first_byte")
      assert.isBelow(performance.now() - started, 1_300)
      const closing = yield* tcpServer((socket) => socket.end())
      const closed = yield* check({ ...local, port: closing.port, expect: "hello" })
      assert.strictEqual(closed.error?.message, "The server closed the connection without an answer.")
    })
  )

  it.live("reads no more than 64 KB of a server that never stops", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => {
        const bytes = Buffer.alloc(16_384, 97)
        const more = (error?: Error | null): void => {
          if (error == null && !socket.destroyed) socket.write(bytes, more)
        }
        more()
      })
      const outcome = yield* check({ ...local, port, expect: "b" })
      assert.strictEqual(verdict(outcome), "down unexpected_answer")
      assert.strictEqual(outcome.detail?.response?.body.length, 65_536)
    })
  )

  it.live("judges the first line by assertions", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\nmore"))
      const body = (expected: string, severity: string) => ({
        ...local,
        port,
        assertions: [{ source: "body", operator: "contains", expected, severity }]
      })
      assert.strictEqual(verdict(yield* check(body("OpenSSH_9", "down"))), "up")
      assert.strictEqual(verdict(yield* check(body("OpenSSH_8", "degraded"))), "degraded assertion_failed")
      const down = yield* check(body("OpenSSH_8", "down"))
      assert.strictEqual(verdict(down), "down assertion_failed")
      assert.strictEqual(down.detail?.assertions[0]?.actual, "SSH-2.0-OpenSSH_9.2")
    })
  )

  it.live("speaks TLS, and names what is wrong with a certificate", () =>
    Effect.gen(function* () {
      const good = yield* tlsServer("valid", answering({ hi: "ho" }))
      const settings = { host: "localhost", port: good.port, security: "tls", send: "hi", expect: "ho" }
      const outcome = yield* check(settings)
      assert.strictEqual(verdict(outcome), "up")
      assert.strictEqual(outcome.detail?.tlsVersion, "TLSv1.3")
      assert.isAbove(outcome.timings.tlsUs!, 0)

      const expired = yield* tlsServer("expired", answering({ hi: "ho" }))
      const bad = yield* check({ ...settings, port: expired.port })
      assert.strictEqual(verdict(bad), "down tls_expired")
      assert.strictEqual(bad.certificate?.validTo, "2021-01-01T00:00:00.000Z")
      assert.strictEqual(verdict(yield* check({ ...settings, port: expired.port, ignoreTlsErrors: true })), "up")

      const other = yield* tlsServer("wrong-host", answering({ hi: "ho" }))
      assert.strictEqual(verdict(yield* check({ ...settings, port: other.port })), "down tls_host")
      assert.strictEqual(verdict(yield* check({ ...settings, port: other.port, serverName: "elsewhere.test" })), "up")

      const own = yield* tlsServer("self-signed", answering({ hi: "ho" }))
      assert.strictEqual(verdict(yield* check({ ...settings, port: own.port })), "down tls_untrusted")
      assert.strictEqual(verdict(yield* check({ ...settings, port: own.port, ca: certificate("self-signed") })), "up")

      const plain = yield* tcpServer((socket) => socket.write("SSH-2.0\r\n"))
      assert.strictEqual(verdict(yield* check({ ...settings, port: plain.port })), "down tls_protocol")
    })
  )
})

/** A server that agrees to TLS after these lines. */
const startTlsServer = (greeting: string, steps: ReadonlyArray<readonly [asked: string, answer: string]>, extra = "") =>
  tcpServer((socket) => {
    if (greeting !== "") socket.write(greeting)
    const left = [...steps]
    const onData = (bytes: Buffer): void => {
      const [asked, answer] = left.shift()!
      assert.strictEqual(bytes.toString("latin1"), asked)
      socket.write(left.length === 0 ? answer + extra : answer)
      if (left.length > 0) return
      socket.off("data", onData)
      const secured = new TLSSocket(socket, { isServer: true, key, cert: certificate("valid") })
      secured.on("error", () => {})
      secured.on("data", () => secured.write("secured\r\n"))
    }
    socket.on("data", onData)
  })

const ehlo = ["EHLO v-insight.invalid\r\n", "250-mail.example\r\n250 STARTTLS\r\n"] as const

describe("STARTTLS", () => {
  it.live.each<[security: string, greeting: string, steps: ReadonlyArray<readonly [string, string]>]>([
    ["starttls_smtp", "220-mail\r\n220 ready\r\n", [ehlo, ["STARTTLS\r\n", "220 go ahead\r\n"]]],
    ["starttls_imap", "* OK ready\r\n", [["a1 STARTTLS\r\n", "* CAPABILITY IMAP4rev1\r\na1 OK begin\r\n"]]],
    ["starttls_pop3", "+OK ready\r\n", [["STLS\r\n", "+OK begin\r\n"]]],
    ["starttls_ftp", "220-Welcome\r\nto this server\r\n220 ready\r\n", [["AUTH TLS\r\n", "234 begin\r\n"]]],
    ["starttls_postgres", "", [["\0\0\0\b\u0004\u00d2\u0016/", "S"]]]
  ])("of %s leads to TLS", ([security, greeting, steps]) =>
    Effect.gen(function* () {
      const { port } = yield* startTlsServer(greeting, steps)
      const outcome = yield* check({ host: "localhost", port, security, send: "x", expect: "secured" })
      assert.strictEqual(verdict(outcome), "up")
      assert.include(outcome.certificate?.subject, "CN=localhost")
    })
  )

  it.live.each<[security: string, greeting: string, answer: string, code: string]>([
    ["starttls_smtp", "554 no\r\n", "", "smtp_refused"],
    ["starttls_smtp", "SSH-2.0-x\r\n", "", "not_smtp"],
    ["starttls_smtp", "220 a\r\n", "250 a\r\n", "timeout_transfer"],
    ["starttls_smtp", "220-a\r\n250 b\r\n", "", "not_smtp"],
    ["starttls_imap", "* BYE busy\r\n", "", "not_imap"],
    ["starttls_imap", "* OK a\r\n", "a1 BAD what\r\n", "starttls_unavailable"],
    ["starttls_imap", "* OK a\r\n", "* x\r\n".repeat(101), "not_imap"],
    ["starttls_pop3", "+OK a\r\n", "-ERR what\r\n", "starttls_unavailable"],
    ["starttls_pop3", "hello\r\n", "", "not_pop3"],
    ["starttls_ftp", "220 a\r\n", "502 what\r\n", "starttls_unavailable"],
    ["starttls_ftp", "421 busy\r\n", "", "not_ftp"],
    ["starttls_postgres", "", "N", "starttls_unavailable"],
    ["starttls_postgres", "", "E", "not_postgresql"]
  ])("of %s after %j and %j fails as %s", ([security, greeting, answer, code]) =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => {
        socket.write(greeting)
        socket.once("data", () => socket.write(answer))
      })
      const outcome = yield* check({ ...local, port, security }, 400)
      assert.strictEqual(verdict(outcome), `down ${code}`)
    })
  )

  it.live("is refused when the server has said more in the clear", () =>
    Effect.gen(function* () {
      const { port } = yield* startTlsServer("+OK\r\n", [["STLS\r\n", "+OK\r\n"]], "+OK injected\r\n")
      const outcome = yield* check({ host: "localhost", port, security: "starttls_pop3" })
      assert.strictEqual(verdict(outcome), "down starttls_injection")
    })
  )

  it.live("names what is wrong with the certificate", () =>
    Effect.gen(function* () {
      const { port } = yield* startTlsServer("+OK\r\n", [["STLS\r\n", "+OK\r\n"]])
      assert.strictEqual(
        verdict(yield* check({ host: "elsewhere.test", port, security: "starttls_pop3" })),
        "down tls_host"
      )
    })
  )
})

describe("settings of tcp", () => {
  it.effect.each<[Readonly<Record<string, unknown>>, sentence: string]>([
    [{ port: 0 }, "A port is a number from 1 to 65535"],
    [{ host: "a/b" }, "without a path"],
    [{ send: "a\\q" }, "After a backslash"],
    [{ expect: "a\\x1" }, "After a backslash"],
    [{ security: "ssl" }, "starttls_smtp"],
    [{ ca: "nonsense" }, "BEGIN CERTIFICATE"],
    [{ assertions: [{ source: "status", operator: "equals", expected: 1 }] }, "source"]
  ])("are not %j", ([change, sentence]) =>
    Effect.map(settingsProblem(tcp, { host: "example.org", port: 22, ...change }), (problem) =>
      assert.include(problem, sentence)
    )
  )
})
