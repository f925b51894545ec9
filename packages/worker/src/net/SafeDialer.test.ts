import { assert, describe, it } from "@effect/vitest"
import { Dialer } from "@v-insight/domain/monitor-types/Dialer"
import { ConfigProvider, Deferred, Effect, Exit, Fiber, Layer } from "effect"
import { SafeDialer } from "./SafeDialer.ts"
import { httpServer, httpsServer, onRequest, tcpServer } from "./testing/LocalServer.ts"
import { exchange, request, resolveFrom, testDialer } from "./testing/TestDialer.ts"

describe("SafeDialer", () => {
  it.live("gives the answer, its phases and the address", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => {
        response.setHeader("Set-Cookie", ["a=1", "b=2"])
        response.writeHead(201, "Made").end("hello")
      })
      const phases: Array<[string, number]> = []
      const result = yield* exchange(`http://localhost:${port}/`, {
        onPhase: (phase, microseconds) => phases.push([phase, microseconds])
      })
      assert.isUndefined(result.failure)
      assert.strictEqual(result.response?.status, 201)
      assert.strictEqual(Buffer.from(result.response!.body).toString(), "hello")
      assert.deepStrictEqual(
        result.response!.headers.filter(([name]) => name === "set-cookie"),
        [
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"]
        ]
      )
      assert.strictEqual(result.address, "127.0.0.1")
      assert.isUndefined(result.certificate)
      assert.deepStrictEqual(Object.entries(result.phases), phases)
      assert.deepStrictEqual(
        phases.map(([phase]) => phase),
        ["dns", "connect", "first_byte", "transfer"]
      )
      assert.strictEqual(
        phases.reduce((sum, [, microseconds]) => sum + microseconds, 0),
        result.totalUs
      )
    })
  )

  it.live("resolves no address, so that it has no DNS phase", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => response.end())
      const result = yield* exchange(`http://127.0.0.1:${port}/`)
      assert.deepStrictEqual(Object.keys(result.phases), ["connect", "first_byte", "transfer"])
    })
  )

  it.live("goes to the next address of a name when one fails", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => response.end(), "127.0.0.3")
      const resolve = resolveFrom({ "several.test": ["127.0.0.1", "127.0.0.2", "127.0.0.3"] })
      const result = yield* exchange(`http://several.test:${port}/`, {}, testDialer(["127.0.0.0/8"], resolve))
      assert.strictEqual(result.response?.status, 200)
      assert.strictEqual(result.address, "127.0.0.3")
    })
  )

  it.live("goes on to the next address over TLS too", () =>
    Effect.gen(function* () {
      const { port } = yield* httpsServer("valid", (_, response) => response.end(), "127.0.0.3")
      const resolve = resolveFrom({ "www.local.test": ["127.0.0.1", "127.0.0.3"] })
      const result = yield* exchange(`https://www.local.test:${port}/`, {}, testDialer(["127.0.0.0/8"], resolve))
      assert.strictEqual(result.response?.status, 200)
      assert.strictEqual(result.address, "127.0.0.3")
    })
  )

  it.live("closes the connection when it is interrupted", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const closed = yield* Deferred.make<void>()
      const { port } = yield* tcpServer((socket) => {
        onRequest(socket, () => Deferred.doneUnsafe(arrived, Exit.void))
        socket.once("close", () => Deferred.doneUnsafe(closed, Exit.void))
        socket.once("end", () => socket.destroy())
      })
      const fiber = yield* Effect.forkChild(exchange(`http://127.0.0.1:${port}/`, { timeoutMs: 60_000 }))
      yield* Deferred.await(arrived)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(closed)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    })
  )

  it.live("opens a new connection every time", () =>
    Effect.gen(function* () {
      const { hits, port } = yield* httpServer((_, response) => response.setHeader("Connection", "keep-alive").end())
      for (let index = 0; index < 3; index++) yield* exchange(`http://127.0.0.1:${port}/`)
      assert.strictEqual(hits(), 3)
    })
  )

  it.live.each<[name: string, changes: Parameters<typeof request>[1]]>([
    ["a line break in a header", { headers: [["X-A", "b\r\nX-Injected: c"]] }],
    ["a bare line feed in a header", { headers: [["X-A", "b\nc"]] }],
    ["NUL in a header", { headers: [["X-A", "b\0"]] }],
    ["a character beyond Latin-1", { headers: [["X-A", "\u2713"]] }],
    ["a header name with a blank", { headers: [["X A", "b"]] }],
    ["a header name with a colon", { headers: [["X:A", "b"]] }],
    ["an empty header name", { headers: [["", "b"]] }],
    ["its own Host", { headers: [["host", "elsewhere"]] }],
    ["its own Content-Length", { headers: [["Content-Length", "5"]] }],
    ["its own Transfer-Encoding", { headers: [["Transfer-Encoding", "chunked"]] }],
    ["its own Connection", { headers: [["Connection", "keep-alive"]] }],
    ["no method", { method: "" }],
    ["a method that makes a tunnel", { method: "CONNECT" }],
    ["a method with a line break", { method: "GET / HTTP/1.1\r\n" }]
  ])("refuses a request with %s, unsent", ([, changes]) =>
    Effect.gen(function* () {
      const { hits, port } = yield* httpServer((_, response) => response.end())
      const result = yield* exchange(`http://127.0.0.1:${port}/`, changes)
      assert.strictEqual(result.failure?.cause, "invalid_request")
      assert.strictEqual(hits(), 0)
    })
  )

  it.live("sends its headers as Latin-1 and says that an absent body is empty", () =>
    Effect.gen(function* () {
      const head = yield* Deferred.make<string>()
      const { port } = yield* tcpServer((socket) =>
        onRequest(socket, (text) => {
          Deferred.doneUnsafe(head, Exit.succeed(text))
          socket.end("HTTP/1.1 204 No Content\r\n\r\n")
        })
      )
      yield* exchange(`http://127.0.0.1:${port}/p\u00e4th?q=\u2713`, {
        method: "POST",
        headers: [["X-Name", "J\u00fcrgen"]]
      })
      assert.strictEqual(
        yield* Deferred.await(head),
        `POST /p%C3%A4th?q=%E2%9C%93 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n` +
          "X-Name: J\u00fcrgen\r\nContent-Length: 0\r\n\r\n"
      )
    })
  )

  it.live("ignores proxies in the environment", () =>
    Effect.gen(function* () {
      const proxy = yield* httpServer((_, response) => response.end())
      const target = yield* httpServer((_, response) => response.end())
      const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "NODE_USE_ENV_PROXY"]
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          for (const name of names) process.env[name] = `http://127.0.0.1:${proxy.port}`
        }),
        () => Effect.sync(() => names.forEach((name) => delete process.env[name]))
      )
      assert.isUndefined((yield* exchange(`http://127.0.0.1:${target.port}/`)).failure)
      assert.deepStrictEqual([proxy.hits(), target.hits()], [0, 1])
    })
  )
})

describe("SafeDialer.layer", () => {
  const causeWith = (environment: Readonly<Record<string, string>>, url: string) =>
    Effect.flatMap(Dialer, (dialer) => dialer.exchange(request(url))).pipe(
      Effect.map((result) => result.failure?.cause),
      Effect.provide(
        SafeDialer.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment))))
      )
    )

  it.live("reaches loopback only where VINSIGHT_ALLOWED_CIDRS says so", () =>
    Effect.gen(function* () {
      const { hits, port } = yield* httpServer((_, response) => response.end())
      const url = `http://127.0.0.1:${port}/`
      assert.strictEqual(yield* causeWith({}, url), "blocked")
      assert.strictEqual(yield* causeWith({ VINSIGHT_ALLOWED_CIDRS: "10.0.0.0/8" }, url), "blocked")
      assert.strictEqual(hits(), 0)
      assert.isUndefined(yield* causeWith({ VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8,::1" }, url))
      assert.isUndefined(yield* causeWith({ VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8,::1" }, `http://localhost:${port}/`))
      assert.strictEqual(hits(), 2)
    })
  )

  it.live("does not start with a list that it cannot read", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        causeWith({ VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8,nonsense" }, "http://127.0.0.1/")
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.include(String(exit), '"nonsense" is not an address range')
    })
  )
})
