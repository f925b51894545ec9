/** Whatever a server sends to the kinds that speak over raw connections, there is a verdict, in time and named. */
import type { Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { redis } from "@v-insight/domain/monitor-types/redis"
import { smtp } from "@v-insight/domain/monitor-types/smtp"
import { tcp } from "@v-insight/domain/monitor-types/tcp"
import { Effect, Schema } from "effect"
import { checkOf, verdict } from "./testing/checkOf.ts"
import { tcpServer } from "./testing/LocalServer.ts"

type Check = (port: number, timeoutMs: number) => Effect.Effect<CheckOutcome, Schema.SchemaError>

const host = "127.0.0.1"
const starting = (security: string): Check => {
  const check = checkOf(tcp)
  return (port, timeoutMs) => check({ host, port, security }, timeoutMs)
}
const login = { username: "a", password: "b", allowPlainLogin: true }
const checks: Readonly<Record<string, Check>> = {
  "tcp that expects": (port, timeoutMs) => checkOf(tcp)({ host, port, send: "hi", expect: "never" }, timeoutMs),
  "smtp that logs in": (port, timeoutMs) => checkOf(smtp)({ host, port, recipient: "a@b", ...login }, timeoutMs),
  "smtp with STARTTLS": (port, timeoutMs) => checkOf(smtp)({ host, port, security: "starttls" }, timeoutMs),
  "redis with a key": (port, timeoutMs) => checkOf(redis)({ host, port, password: "a", key: "b" }, timeoutMs),
  "STARTTLS of imap": starting("starttls_imap"),
  "STARTTLS of pop3": starting("starttls_pop3"),
  "STARTTLS of ftp": starting("starttls_ftp"),
  "STARTTLS of postgres": starting("starttls_postgres")
}

/** Sends this again and again, as fast as it is taken. */
const forever =
  (text: string) =>
  (socket: Socket): void => {
    const bytes = Buffer.from(text.repeat(Math.ceil(16_384 / text.length)))
    const more = (error?: Error | null): void => {
      if (error == null && !socket.destroyed) socket.write(bytes, more)
    }
    more()
  }

const hostile: Readonly<Record<string, (socket: Socket) => void>> = {
  "says nothing": () => {},
  "goes at once": (socket) => socket.end(),
  "resets at once": (socket) => socket.resetAndDestroy(),
  "never ends a line": forever("a"),
  "never ends a greeting": forever("220-a\r\n"),
  "agrees to everything": forever("+OK\r\n"),
  "sends empty lines": forever("\r\n"),
  "sends zeros": forever("\0"),
  "sends one byte at a time": (socket) => {
    const timer = setInterval(() => socket.write("2"), 20)
    socket.once("close", () => clearInterval(timer))
  }
}

const timeoutMs = 400

describe("a server that", () => {
  it.live.each(Object.entries(hostile))("%s gets a verdict from each kind", ([, serve]) =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(serve)
      const before = process.memoryUsage().rss
      yield* Effect.forEach(
        Object.entries(checks),
        ([name, check]) =>
          Effect.gen(function* () {
            const started = performance.now()
            const outcome = yield* check(port, timeoutMs)
            assert.isBelow(performance.now() - started, timeoutMs + 1_000, name)
            assert.strictEqual(outcome.status, "down", name)
            assert.isBelow(JSON.stringify(outcome).length, 500_000, name)
          }),
        { concurrency: "unbounded" }
      )
      assert.isBelow(process.memoryUsage().rss - before, 64 * 1024 * 1024)
    })
  )
})

/** Beginnings that each protocol takes for its own, so that chance gets further. */
const Noise = Schema.Tuple([
  Schema.Literals([
    "",
    "220 ",
    "220-",
    "250-AUTH PLAIN\r\n",
    "+OK",
    "+",
    "-",
    "$5\r\n",
    "$-1\r\n",
    "* OK ",
    "a1 OK",
    "S"
  ]),
  Schema.Uint8Array.check(Schema.isMaxLength(40)),
  Schema.Literals(["", "\r\n", "\n", "\r\n250 a\r\n"])
])

describe("chance", () => {
  for (const [name, check] of Object.entries(checks)) {
    it.live.prop(
      `never breaks ${name}`,
      [Noise],
      Effect.fnUntraced(function* ([parts]) {
        const { port } = yield* tcpServer((socket) => {
          for (const part of parts) socket.write(part)
          socket.end()
        })
        const outcome = yield* check(port, 1_000)
        assert.include(["up", "down"], outcome.status)
        assert.match(verdict(outcome), /^up$|^down [a-z_0-9]+$/)
      }, Effect.scoped),
      { arbitrary: { runs: 60 } }
    )
  }
})
