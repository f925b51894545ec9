/**
 * No way of writing, naming or redirecting leads a tenant to an address that is not allowed: a canary listens on
 * loopback and must stay untouched, while a control shows that it could be reached.
 */
import { assert, describe, it } from "@effect/vitest"
import { ChannelSpec, deliver } from "@v-insight/domain/channel-types/registry"
import { MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import { Effect, Schema } from "effect"
import type { Resolve } from "./Resolver.ts"
import { httpServer, tcpServer, touch, type LocalServer } from "./testing/LocalServer.ts"
import { answers, impossible, spellings } from "./testing/Spellings.ts"
import { channelServices, checkServices, exchange, resolveFrom, testDialer } from "./testing/TestDialer.ts"

const aCanary = tcpServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"))

const isUntouched = Effect.fnUntraced(function* ({ hits, port }: LocalServer) {
  yield* touch(port)
  assert.strictEqual(hits(), 1)
})

const nobody = (): never => assert.fail("a literal address was resolved")

describe("with public addresses only", () => {
  it.live.each(spellings)("http://%s is blocked", (host) =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      const { port } = canary
      const dialer = testDialer([], nobody)
      const http = yield* exchange(`http://${host}:${port}/`, {}, dialer)
      const https = yield* exchange(`https://${host}:${port}/`, { tls: { ignoreErrors: true } }, dialer)
      for (const result of [http, https]) {
        assert.deepStrictEqual(result, {
          failure: { cause: "blocked", message: "" },
          response: undefined,
          phases: {},
          totalUs: 0,
          address: undefined,
          certificate: undefined,
          tlsVersion: undefined
        })
      }
      yield* isUntouched(canary)
    })
  )

  it.each(impossible)("http://%s is no URL", (host) => assert.isFalse(URL.canParse(`http://${host}/`)))

  it.live.each(answers)("a name that resolves to %j is blocked", (answer) =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      const { port } = canary
      const dialer = testDialer([], resolveFrom({ "rebind.test": [answer] }))
      const result = yield* exchange(`http://rebind.test:${port}/`, {}, dialer)
      assert.strictEqual(result.failure?.cause, "blocked")
      assert.deepStrictEqual(result.phases, {})
      yield* isUntouched(canary)
    })
  )
})

describe("with 127.0.0.2 allowed", () => {
  const allowed = ["127.0.0.2/32"]

  it.live("one forbidden answer condemns the name, wherever it stands", () =>
    Effect.gen(function* () {
      const canary = yield* tcpServer((socket) => socket.end(), "0.0.0.0")
      const { port } = canary
      for (const addresses of [
        ["127.0.0.2", "127.0.0.1"],
        ["127.0.0.1", "127.0.0.2"],
        ["127.0.0.2", "127.0.0.2", "::1"]
      ]) {
        const dialer = testDialer(allowed, resolveFrom({ "mixed.test": addresses }))
        const result = yield* exchange(`http://mixed.test:${port}/`, {}, dialer)
        assert.strictEqual(result.failure?.cause, "blocked")
      }
      yield* isUntouched(canary)
    })
  )

  it.live("a name that changes its answer is judged each time, and dialled as judged", () =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      const { port } = canary
      const good = yield* tcpServer((socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n"), "127.0.0.2", port)
      let asked = 0
      const rebinding: Resolve = (_name, done) => {
        done({ addresses: [asked++ % 2 === 0 ? "127.0.0.2" : "127.0.0.1"] })
        return () => {}
      }
      const dialer = testDialer(allowed, rebinding)
      const causes: Array<string | number | undefined> = []
      for (let index = 0; index < 4; index++) {
        const result = yield* exchange(`http://rebind.test:${port}/`, {}, dialer)
        causes.push(result.failure?.cause ?? result.response?.status)
      }
      assert.deepStrictEqual(causes, [204, "blocked", 204, "blocked"])
      assert.strictEqual(good.hits(), 2)
      assert.strictEqual(asked, 4)
      yield* isUntouched(canary)
    })
  )

  const spec = (url: string) =>
    Schema.decodeSync(MonitorSpec)({ type: "http", settings: { url, ignoreTlsErrors: true } })

  it.live.each([
    ["http://127.0.0.1:PORT/", "blocked"],
    ["https://127.0.0.1:PORT/", "blocked"],
    ["//127.0.0.1:PORT/", "blocked"],
    ["//0x7f.1:PORT", "blocked"],
    ["http:\\\\127.0.0.1:PORT\\", "blocked"],
    ["http://localhost:PORT/", "blocked"],
    ["http://LOCALHOST.:PORT/", "blocked"],
    ["http://inside.test:PORT/", "blocked"],
    ["http://[::ffff:7f00:1]:PORT/", "blocked"],
    ["http://127.0.0.2@127.0.0.1:PORT/", "blocked"],
    ["http://169.254.169.254/latest/meta-data/", "blocked"],
    ["/again", "blocked"],
    ["file:///etc/passwd", "bad_redirect"],
    ["gopher://127.0.0.1:PORT/", "bad_redirect"],
    ["ftp://127.0.0.1:PORT/", "bad_redirect"],
    ["unix:/run/postgresql/.s.PGSQL.5432", "bad_redirect"],
    ["javascript:alert(1)", "bad_redirect"],
    ["http://[", "bad_redirect"]
  ])("a redirect to %s ends there: %s", ([location, code]) =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      const { port } = canary
      const start = yield* httpServer((request, response) => {
        const target = request.url === "/again" ? "http://127.0.0.1:PORT/" : location!
        response.writeHead(302, { location: target.replace("PORT", String(port)) }).end()
      }, "127.0.0.2")
      const names = { localhost: ["127.0.0.1"], "inside.test": ["127.0.0.2", "127.0.0.1"] }
      const outcome = yield* runCheck(spec(`http://127.0.0.2:${start.port}/`), { timeoutMs: 2_000 }).pipe(
        Effect.provide(checkServices(testDialer(allowed, resolveFrom(names))))
      )
      assert.strictEqual(outcome.error?.code, code)
      if (code === "blocked") assert.isNull(outcome.address)
      yield* isUntouched(canary)
      assert.isAbove(start.hits(), 0)
    })
  )

  it.live("no channel is a way around either, and none is tried again", () =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      const { port } = canary
      const server = `http://127.0.0.1:${port}`
      const token = "0123456789abcdef0123456789abcdef"
      for (const [type, settings] of [
        ["webhook", { url: `${server}/` }],
        ["mattermost", { url: `${server}/hooks/${token}` }],
        ["ntfy", { server, topic: "t" }],
        ["gotify", { server, token }],
        ["matrix", { server, token, roomId: "!a:b.c" }],
        ["zulip", { server, apiKey: token, botEmail: "a@b.c", channel: "d" }],
        ["telegram", { server, token: `1:${token}`, chatId: "1" }],
        ["email", { host: "127.0.0.1", port, to: "a@b.cd", from: "a@b.cd" }],
        ["email", { host: "127.0.0.1", port, to: "a@b.cd", from: "a@b.cd", security: "tls" }]
      ] as const) {
        const spec = yield* Schema.decodeUnknownEffect(ChannelSpec)({ type, settings })
        const failure = yield* deliver(spec, {
          id: "1",
          event: { type: "test", timestamp: "", data: { incident: null, monitor: null, check: null } }
        }).pipe(Effect.provide(channelServices(testDialer(allowed))), Effect.flip)
        assert.strictEqual(failure.reason.code, "blocked", type)
        assert.isTrue(failure.permanent, type)
      }
      yield* isUntouched(canary)
    })
  )

  it.live("the control: the same canary is reached where its address is allowed", () =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      const { port } = canary
      const start = yield* httpServer(
        (_, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end(),
        "127.0.0.2"
      )
      const dialer = testDialer(["127.0.0.1", "127.0.0.2"], resolveFrom({ "inside.test": ["127.0.0.1"] }))
      for (const url of [`http://0x7f.1:${port}/`, `http://[::ffff:7f00:1]:${port}/`, `http://inside.test:${port}/`]) {
        const result = yield* exchange(url, {}, dialer)
        assert.strictEqual(result.response?.status, 200)
      }
      const outcome = yield* runCheck(spec(`http://127.0.0.2:${start.port}/`), { timeoutMs: 2_000 }).pipe(
        Effect.provide(checkServices(dialer))
      )
      assert.strictEqual(outcome.status, "up")
      assert.strictEqual(canary.hits(), 4)
    })
  )
})
