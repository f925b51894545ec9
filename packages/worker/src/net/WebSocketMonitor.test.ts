/** The websocket monitor type (domain/monitor-types/websocket.ts) against the npm package ws, and against bad servers. */
import { createHash } from "node:crypto"
import type { IncomingMessage } from "node:http"
import * as http from "node:http"
import * as https from "node:https"
import type { Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { websocket } from "@v-insight/domain/monitor-types/websocket"
import { Effect } from "effect"
import { WebSocketServer, type ServerOptions, type WebSocket } from "ws"
import { certificate, key, type CertificateName } from "./testing/Certificates.ts"
import { checkOf, settingsProblem, verdict } from "./testing/checkOf.ts"
import { httpServer, listening, onRequest, tcpServer, tlsServer } from "./testing/LocalServer.ts"

const check = checkOf(websocket)

type Serve = (socket: WebSocket, request: IncomingMessage) => void

const attach = <S extends http.Server>(server: S, serve: Serve, options: ServerOptions): S => {
  new WebSocketServer({ server, ...options })
    .on("connection", (socket, request) =>
      serve(
        socket.on("error", () => {}),
        request
      )
    )
    .on("headers", (headers) => headers.push("X-Served-By: ws"))
  return server
}

const inTheClear = (serve: Serve, options: ServerOptions = {}) =>
  listening(() => attach(http.createServer(), serve, options), "127.0.0.1")
const overTls = (serve: Serve, name: CertificateName = "valid") =>
  listening(() => attach(https.createServer({ key, cert: certificate(name) }), serve, {}), "127.0.0.1")

const echo: Serve = (socket) => void socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }))
const still: Serve = () => {}

describe("a WebSocket server", () => {
  it.live("is up in the clear and over TLS, with and without words", () =>
    Effect.gen(function* () {
      const plain = yield* inTheClear(echo)
      const secure = yield* overTls(echo)
      for (const url of [`ws://localhost:${plain.port}/a?b#c`, `wss://localhost:${secure.port}/`]) {
        assert.strictEqual(verdict(yield* check({ url })), "up")
        const outcome = yield* check({
          url,
          send: "h\u00e4llo",
          expect: "\u00e4ll",
          assertions: [
            { source: "body", operator: "equals", expected: "h\u00e4llo" },
            { source: "body_bytes", operator: "equals", expected: 6 },
            { source: "header", property: "x-served-by", operator: "equals", expected: "ws" }
          ]
        })
        assert.strictEqual(verdict(outcome), "up", JSON.stringify(outcome.detail?.assertions))
        assert.strictEqual(outcome.certificate === null, url.startsWith("ws:"))
        const { firstByteUs, totalUs, transferUs } = outcome.timings
        assert.isAtMost(firstByteUs! + transferUs!, totalUs!)
      }
    })
  )

  it.live("sees headers, credentials and the subprotocols it may choose from, and is left politely", () =>
    Effect.gen(function* () {
      const seen: Array<http.IncomingHttpHeaders> = []
      const codes: Array<number> = []
      const { port } = yield* inTheClear(
        (socket, request) => {
          seen.push(request.headers)
          socket.on("close", (code) => codes.push(code))
        },
        { handleProtocols: () => "b.v2" }
      )
      const outcome = yield* check({
        url: `ws://localhost:${port}/`,
        headers: { Origin: "https://a.test" },
        auth: "bearer",
        token: "s3cret",
        subprotocol: "a.v1, b.v2"
      })
      assert.strictEqual(verdict(outcome), "up")
      assert.strictEqual(outcome.detail?.traits["subprotocol"], "b.v2")
      const {
        authorization,
        origin,
        "sec-websocket-extensions": extensions,
        "sec-websocket-protocol": offered
      } = seen[0]!
      assert.deepStrictEqual(
        [authorization, origin, extensions, offered],
        ["Bearer s3cret", "https://a.test", undefined, "a.v1,b.v2"]
      )
      assert.deepStrictEqual(codes, [1000])
    })
  )

  it.live("may say other things first", () =>
    Effect.gen(function* () {
      const { port } = yield* inTheClear((socket) => {
        for (const text of ["welcome", "tick", '{"type":"ready"}', "tick"]) socket.send(text)
      })
      const url = `ws://localhost:${port}/`
      assert.strictEqual(verdict(yield* check({ url, expect: '"ready"' })), "up")
      const assertions = [{ source: "json", property: "$.type", operator: "equals", expected: "ready" }]
      assert.strictEqual(verdict(yield* check({ url, expect: "ready", assertions })), "up")
      const first = yield* check({ url, assertions: [{ source: "body", operator: "equals", expected: "tick" }] })
      assert.strictEqual(first.status, "down")
    })
  )

  it.live("judges certificates as everywhere", () =>
    Effect.gen(function* () {
      const { port } = yield* overTls(echo, "expired")
      const url = `wss://localhost:${port}/`
      assert.strictEqual(verdict(yield* check({ url })), "down tls_expired")
      assert.strictEqual(verdict(yield* check({ url, ignoreTlsErrors: true })), "up")
    })
  )
})

/** A handshake that is right, and then bytes. */
const switched =
  (then: (socket: Socket) => void, accept?: string) =>
  (socket: Socket): void =>
    onRequest(socket, (head) => {
      const asked = /Sec-WebSocket-Key: (.*)\r\n/i.exec(head)![1]!
      const digest = createHash("sha1").update(`${asked}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64")
      socket.write(
        `HTTP/1.1 101 Well\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept ?? digest}\r\n\r\n`
      )
      then(socket)
    })
const raw = (...bytes: ReadonlyArray<number>) => tcpServer(switched((socket) => socket.write(Uint8Array.from(bytes))))
const flood = (more: Uint8Array) =>
  tcpServer(
    switched((socket) => {
      const write = (): void => {
        if (!socket.destroyed) socket.write(more, () => setImmediate(write))
      }
      write()
    })
  )
const says = (text: string) => tcpServer((socket) => onRequest(socket, () => socket.end(text)))

const cases = [
  ["answers 404", "upgrade_refused", httpServer((_, response) => response.writeHead(404).end("no"))],
  ["answers 200", "upgrade_refused", httpServer((_, response) => response.end("hello"))],
  [
    "redirects",
    "upgrade_refused",
    httpServer((_, response) => response.writeHead(302, { location: "ws://127.0.0.1:1/" }).end())
  ],
  ["answers without end", "upgrade_refused", httpServer((_, response) => void response.write("hello"))],
  ["speaks no HTTP", "not_http", tcpServer((socket) => socket.end("220 mail.test\r\n"))],
  ["sends noise", "not_http", tcpServer((socket) => socket.write(Buffer.alloc(100_000, 0x5a)))],
  ["has a huge header", "headers_too_large", says(`HTTP/1.1 101 Well\r\nX-A: ${"b".repeat(70_000)}\r\n\r\n`)],
  ["closes without a word", "empty", tcpServer((socket) => onRequest(socket, () => socket.end()))],
  ["resets", "connection_reset", tcpServer((socket) => onRequest(socket, () => socket.resetAndDestroy()))],
  ["says nothing", "timeout_first_byte", tcpServer((socket) => socket.resume())],
  ["says half a head", "timeout_transfer", tcpServer((socket) => socket.write("HTTP/1.1 101 "))],
  [
    "switches to something else",
    "bad_handshake",
    says("HTTP/1.1 101 Well\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
  ],
  ["switches with a wrong digest", "bad_handshake", tcpServer(switched(() => {}, "AAAA"))],
  [
    "does not choose a subprotocol",
    "subprotocol",
    inTheClear(still, { handleProtocols: () => false }),
    { subprotocol: "a" }
  ],
  ["does not answer", "timeout_transfer", inTheClear(still)],
  ["says other things only", "timeout_transfer", inTheClear((socket) => socket.send("tick"))],
  ["chatters", "unexpected_answer", inTheClear((socket) => Array.from({ length: 2_000 }, () => socket.send("tick")))],
  ["leaves", "closed", inTheClear((socket) => socket.close(4000, "not you"))],
  ["leaves after some words", "closed", inTheClear((socket) => (socket.send("tick"), socket.close(1001)))],
  ["breaks off", "closed", inTheClear((socket) => socket.terminate())],
  ["masks its frames", "bad_frame", raw(0x81, 0x81, 1, 2, 3, 4, 5)],
  ["uses reserved bits", "bad_frame", raw(0xf1, 1, 65)],
  ["uses an unknown opcode", "bad_frame", raw(0x83, 1, 65)],
  ["sends text that is none", "bad_frame", raw(0x81, 2, 0xc3, 0x28)],
  ["continues what it did not begin", "bad_frame", raw(0x80, 1, 65)],
  ["pings with too much", "bad_frame", raw(0x89, 126, 1, 0)],
  ["announces a huge message", "too_much", raw(0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0)],
  ["announces more than there are numbers", "too_much", raw(0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255)],
  ["sends a huge message", "too_much", inTheClear((socket) => socket.send("a".repeat(2_000_000)))],
  [
    "floods with messages",
    "too_much",
    flood(Buffer.concat([Uint8Array.of(0x81, 126, 0xff, 0xff), Buffer.alloc(65_535, 65)])),
    { expect: "never" }
  ],
  [
    "floods with fragments",
    "too_much",
    flood(Buffer.concat(Array.from({ length: 1_000 }, () => Uint8Array.of(1, 0, 0, 0))))
  ],
  ["floods with empty messages", "unexpected_answer", flood(Buffer.alloc(60_000).fill(Uint8Array.of(0x81, 0)))],
  [
    "floods with pings",
    "too_much",
    flood(Buffer.concat(Array.from({ length: 1_000 }, () => Uint8Array.of(0x89, 1, 65))))
  ]
] as const

describe("a server that", () => {
  it.live.each(cases)("%s: %s", ([name, code, server, settings = {}]) =>
    Effect.gen(function* () {
      const { port } = yield* server
      const attempt = Effect.gen(function* () {
        const started = performance.now()
        const outcome = yield* check(
          { url: `ws://localhost:${port}/`, send: "hello", expect: "world", ...settings },
          600
        )
        return { outcome, tookMs: performance.now() - started }
      })
      // A server that floods shares this process: once more before it is called late.
      const first = yield* attempt
      const { outcome, tookMs } = first.tookMs < 1_600 ? first : yield* attempt
      assert.isBelow(tookMs, 1_600)
      const allowed = name === "floods with fragments" ? ["down too_much", "down bad_frame"] : [`down ${code}`]
      assert.include(allowed, verdict(outcome), outcome.error?.message)
      assert.match(outcome.error!.message, /\.$/)
    })
  )

  it.live("says where it points to", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => response.writeHead(301, { location: "wss://b.test/" }).end())
      const { error } = yield* check({ url: `ws://localhost:${port}/` })
      assert.strictEqual(
        error?.message,
        'The server answers with the HTTP status 301 instead of switching to WebSocket. It points to "wss://b.test/": write that into the URL.'
      )
    })
  )

  it.live("speaks HTTP/2 only, over TLS", () =>
    Effect.gen(function* () {
      const { port } = yield* tlsServer("valid", () => {}, { ALPNProtocols: ["h2"] })
      const { error } = yield* check({ url: `wss://localhost:${port}/` })
      assert.deepStrictEqual(error, {
        code: "http2_only",
        message: "The server speaks HTTP/2 only there; WebSockets need HTTP/1.1."
      })
    })
  )
})

describe("settings", () => {
  it.effect.each<[settings: Readonly<Record<string, unknown>>, path: string]>([
    [{ url: "https://a.test/" }, "url"],
    [{ url: "ws+unix:///run/x.sock" }, "url"],
    [{ url: "ws://u:p@a.test/" }, "url"],
    [{ headers: { "Sec-WebSocket-Key": "x" } }, "headers"],
    [{ headers: { Upgrade: "h2c" } }, "headers"],
    [{ headers: { "X-A": "b\r\nc" } }, "headers"],
    [{ subprotocol: "a b" }, "subprotocol"],
    [{ subprotocol: "a,a" }, "subprotocol"],
    [{ auth: "basic" }, "username"],
    [{ clientKey: key }, "clientCertificate"],
    [{ send: "a".repeat(70_000) }, "send"]
  ])("%j are refused", ([settings, path]) =>
    Effect.map(settingsProblem(websocket, { url: "ws://a.test/", ...settings }), (problem) =>
      assert.include(problem, path)
    )
  )
})
