/** HTTP/2 with servers as they are and as they go wrong. */
import * as http2 from "node:http2"
import type { Server, Socket } from "node:net"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import type { ExchangeCause, ExchangeRequest } from "@v-insight/domain/monitor-types/Dialer"
import { Effect, type Scope } from "effect"
import { certificate, key, type CertificateName } from "./testing/Certificates.ts"
import { httpServer, httpsServer, listening, tcpServer, tlsServer } from "./testing/LocalServer.ts"
import { exchange } from "./testing/TestDialer.ts"

type Serve = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void

const serving = (server: http2.Http2Server | http2.Http2SecureServer, serve: Serve): Server =>
  server
    .on("session", (session) => session.on("error", () => {}))
    .on("stream", (stream, headers) =>
      serve(
        stream.on("error", () => {}),
        headers
      )
    ) as Server

const overTls = (serve: Serve, name: CertificateName = "valid") =>
  listening(() => serving(http2.createSecureServer({ key, cert: certificate(name) }), serve), "127.0.0.1")
const inTheClear = (serve: Serve) => listening(() => serving(http2.createServer(), serve), "127.0.0.1")

const get = (url: string, changes: Partial<ExchangeRequest> = {}) => exchange(url, { httpVersion: "2", ...changes })

const frame = (type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer => {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}
const settings = frame(4, 0, 0)
/** `:status: 200` by its index in HPACK's table. */
const headers200 = frame(1, 4, 1, Uint8Array.of(0x88))

/** Speaks frames: says this at the beginning, and this again and again. */
const frames =
  (start: Uint8Array, more?: Uint8Array) =>
  (socket: Socket): void => {
    socket.resume()
    socket.write(start)
    if (more === undefined) return
    const write = (): void => {
      if (!socket.destroyed) socket.write(more, () => setImmediate(write))
    }
    write()
  }

describe("HTTP/2", () => {
  it.live("over TLS gives the answer, its phases and the certificate", () =>
    Effect.gen(function* () {
      const { port } = yield* overTls((stream, headers) => {
        stream.additionalHeaders({ ":status": 103, link: "</a.css>" })
        stream.respond({ ":status": 201, "x-path": headers[":path"]!, "set-cookie": ["a=1", "b=2"] })
        stream.write("hel")
        stream.end("lo")
      })
      const phases: Array<string> = []
      const result = yield* get(`https://localhost:${port}/a?b`, { onPhase: (phase) => phases.push(phase) })
      assert.isUndefined(result.failure, result.failure?.message)
      assert.strictEqual(result.response?.status, 201)
      assert.strictEqual(Buffer.from(result.response!.body).toString(), "hello")
      assert.deepStrictEqual(
        result.response!.headers.filter(([name]) => name !== "date"),
        [
          ["x-path", "/a?b"],
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"]
        ]
      )
      assert.include(result.certificate?.subject, "CN=localhost")
      assert.strictEqual(result.tlsVersion, "TLSv1.3")
      assert.deepStrictEqual(phases, ["dns", "connect", "tls", "first_byte", "transfer"])
      assert.deepStrictEqual(Object.keys(result.phases), phases)
      assert.strictEqual(
        Object.values(result.phases).reduce((sum, microseconds) => sum + microseconds, 0),
        result.totalUs
      )
    })
  )

  it.live("in the clear sends method, fields and body", () =>
    Effect.gen(function* () {
      const seen: Array<http2.IncomingHttpHeaders> = []
      const { port } = yield* inTheClear((stream, headers) => {
        seen.push(headers)
        stream.respond({ ":status": 200 })
        stream.pipe(stream)
      })
      const result = yield* get(`http://localhost:${port}/`, {
        method: "POST",
        headers: [
          ["X-A", "b"],
          ["X-A", "c"],
          ["Authorization", "Basic x"]
        ],
        body: Buffer.from("echo")
      })
      assert.strictEqual(Buffer.from(result.response!.body).toString(), "echo")
      const { authorization, "content-length": length, "x-a": a, ":authority": authority, ":method": method } = seen[0]!
      assert.deepStrictEqual(
        [authorization, length, a, authority, method],
        ["Basic x", "4", "b, c", `localhost:${port}`, "POST"]
      )
    })
  )

  it.live("decodes a body that takes its time, though the server has gone", () =>
    Effect.gen(function* () {
      const text = "a".repeat(3_000_000)
      const { port } = yield* overTls((stream) => {
        stream.respond({ ":status": 200, "content-encoding": "gzip" })
        stream.end(zlib.gzipSync(text))
        stream.session!.close()
      })
      const result = yield* get(`https://localhost:${port}/`)
      assert.isUndefined(result.failure, result.failure?.message)
      assert.strictEqual(result.response!.body.length, 1024 * 1024)
      assert.isTrue(result.response!.isTruncated)
    })
  )

  it.live("reads a large body to its end, and keeps what is wanted", () =>
    Effect.gen(function* () {
      const { port } = yield* overTls((stream) => {
        stream.respond({ ":status": 200 })
        stream.end(Buffer.alloc(2_000_000, "a"))
      })
      const result = yield* get(`https://localhost:${port}/`, { keepBytes: 1_000 })
      assert.isUndefined(result.failure, result.failure?.message)
      assert.deepStrictEqual([result.response!.body.length, result.response!.isTruncated], [1_000, true])
    })
  )

  it.live.each(["HEAD", "DELETE", "OPTIONS"])("asks with %s, and an answer may be without a body", (method) =>
    Effect.gen(function* () {
      const { port } = yield* overTls((stream) => stream.respond({ ":status": 204 }, { endStream: true }))
      const result = yield* get(`https://localhost:${port}/`, { method })
      assert.strictEqual(result.response?.status, 204)
      assert.strictEqual(result.response!.body.length, 0)
    })
  )

  it.live("opens a new connection every time", () =>
    Effect.gen(function* () {
      const { hits, port } = yield* overTls((stream) => stream.respond({ ":status": 204 }, { endStream: true }))
      for (let index = 0; index < 3; index++) yield* get(`https://localhost:${port}/`)
      assert.strictEqual(hits(), 3)
    })
  )

  it.live.each<[name: string, changes: Partial<ExchangeRequest>]>([
    ["a line break in a header", { headers: [["X-A", "b\r\nX-Injected: c"]] }],
    ["a pseudo-header of its own", { headers: [[":path", "/b"]] }],
    ["a field of the connection", { headers: [["Upgrade", "h2c"]] }],
    [
      "a field twice that may stand once",
      {
        headers: [
          ["Authorization", "a"],
          ["Authorization", "b"]
        ]
      }
    ],
    ["its own Host", { headers: [["host", "elsewhere"]] }],
    ["a method with a blank", { method: "G ET" }]
  ])("refuses a request with %s", ([, changes]) =>
    Effect.gen(function* () {
      const { port } = yield* overTls(() => assert.fail("it was sent"))
      const result = yield* get(`https://localhost:${port}/`, changes)
      assert.strictEqual(result.failure?.cause, "invalid_request")
    })
  )

  it.live.each<[name: CertificateName, cause: ExchangeCause]>([
    ["expired", "tls_expired"],
    ["self-signed", "tls_untrusted"],
    ["wrong-host", "tls_host"]
  ])("judges a certificate that is %s", ([name, cause]) =>
    Effect.gen(function* () {
      const { port } = yield* overTls((stream) => stream.respond({ ":status": 204 }, { endStream: true }), name)
      const strict = yield* get(`https://localhost:${port}/`)
      assert.strictEqual(strict.failure?.cause, cause)
      assert.isDefined(strict.certificate)
      const lenient = yield* get(`https://localhost:${port}/`, { tls: { ignoreErrors: true } })
      assert.strictEqual(lenient.response?.status, 204)
    })
  )
})

const ok = (stream: http2.ServerHttp2Stream): void => stream.respond({ ":status": 200 })
const flood = (stream: http2.ServerHttp2Stream): void => {
  const noise = Buffer.alloc(65_536, 0x5a)
  const write = (): void => {
    if (!stream.destroyed) stream.write(noise, () => setImmediate(write))
  }
  write()
}
/** A field of 40,000 bytes (RFC 7541 sections 5.1 and 6.2.2), in frames of the usual size. */
const hugeBlock = Buffer.concat([Uint8Array.of(0x88, 0, 1, 0x61, 0x7f, 0xc1, 0xb7, 0x02), Buffer.alloc(40_000, 0x61)])
const hugeHeader = [
  frame(1, 0, 1, hugeBlock.subarray(0, 16_000)),
  frame(9, 0, 1, hugeBlock.subarray(16_000, 32_000)),
  frame(9, 4, 1, hugeBlock.subarray(32_000))
]
/** A `content-length` of 9 (28 in HPACK's table), and 4 bytes. */
const half = [settings, frame(1, 4, 1, Uint8Array.of(0x88, 0x0f, 0x0d, 1, 0x39)), frame(0, 0, 1, Buffer.from("half"))]
const bomb = zlib.gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 })

type Case = [
  name: string,
  causes: ReadonlyArray<ExchangeCause | undefined>,
  server: Effect.Effect<{ readonly port: number }, never, Scope.Scope>,
  scheme?: "http"
]

describe("a server that", () => {
  it.live.each<Case>([
    ["speaks HTTP/1.1 only, over TLS", ["http1_only"], httpsServer("valid", (_, response) => response.end())],
    ["refuses h2 by ALPN", ["http1_only"], tlsServer("valid", () => {}, { ALPNProtocols: ["http/1.1"] })],
    ["speaks HTTP/1.1 only", ["http1_only"], httpServer((_, response) => response.end()), "http"],
    ["speaks another protocol", ["http1_only"], tcpServer((socket) => socket.write("220 mail.test ESMTP\r\n")), "http"],
    ["sends noise", ["http1_only"], tcpServer((socket) => socket.write(Buffer.alloc(100_000, 0x5a))), "http"],
    ["says nothing", ["timeout_first_byte"], tcpServer((socket) => socket.resume()), "http"],
    ["says its settings and no more", ["timeout_first_byte"], tcpServer(frames(settings)), "http"],
    ["does not answer", ["timeout_first_byte"], overTls(() => {})],
    ["does not end", ["timeout_transfer"], overTls(ok)],
    ["never stops", [undefined], overTls((stream) => (ok(stream), flood(stream)))],
    [
      "sends a bomb",
      [undefined],
      overTls((stream) => (stream.respond({ ":status": 200, "content-encoding": "gzip" }), stream.end(bomb)))
    ],
    ["has a huge header", ["headers_too_large"], tcpServer(frames(Buffer.concat([settings, ...hugeHeader]))), "http"],
    [
      "has a thousand headers",
      ["headers_too_large"],
      tcpServer(
        frames(
          Buffer.concat([
            settings,
            frame(1, 4, 1, Buffer.concat([Uint8Array.of(0x88), Buffer.from("\0\x01a\x01b".repeat(1_000))]))
          ])
        )
      ),
      "http"
    ],
    [
      "sends interim answers for ever",
      ["headers_too_large", "not_http", "timeout_first_byte"],
      tcpServer(
        frames(
          settings,
          frame(
            1,
            4,
            1,
            Buffer.concat([
              Uint8Array.of(0x08, 3),
              Buffer.from("100"),
              Buffer.from("\0\x01a\x7f\x00" + "b".repeat(127))
            ])
          )
        )
      ),
      "http"
    ],
    [
      "sends header blocks without end",
      ["headers_too_large", "not_http", "reset"],
      tcpServer(
        frames(
          Buffer.concat([settings, frame(1, 0, 1, Uint8Array.of(0x88))]),
          frame(9, 0, 1, Buffer.from("\0\x01a\x01b".repeat(1_000)))
        )
      ),
      "http"
    ],
    ["pings for ever", ["too_much"], tcpServer(frames(settings, frame(6, 0, 0, Buffer.alloc(8)))), "http"],
    ["changes its settings for ever", ["too_much"], tcpServer(frames(settings, settings)), "http"],
    [
      "sends unknown frames for ever",
      ["too_much", "not_http"],
      tcpServer(frames(settings, frame(0xbe, 0, 0, Buffer.alloc(16_000)))),
      "http"
    ],
    [
      "sends empty data for ever",
      [undefined, "closed_early", "timeout_transfer", "not_http"],
      tcpServer(
        frames(
          Buffer.concat([settings, headers200]),
          Buffer.concat(Array.from({ length: 1_000 }, () => frame(0, 0, 1)))
        )
      ),
      "http"
    ],
    [
      "sends data beyond the window",
      ["closed_early", "not_http", "timeout_transfer"],
      tcpServer(
        frames(
          Buffer.concat([
            settings,
            headers200,
            ...Array.from({ length: 100 }, () => frame(0, 0, 1, Buffer.alloc(16_384)))
          ])
        )
      ),
      "http"
    ],
    [
      "sends a frame that is too large",
      ["not_http"],
      tcpServer(frames(Buffer.concat([settings, frame(0, 0, 1, Buffer.alloc(100_000))]))),
      "http"
    ],
    [
      "sends data before its head",
      ["not_http", "reset"],
      tcpServer(frames(Buffer.concat([settings, frame(0, 1, 1, Buffer.from("hello"))]))),
      "http"
    ],
    [
      "answers on another stream",
      ["not_http"],
      tcpServer(frames(Buffer.concat([settings, frame(1, 5, 3, Uint8Array.of(0x88))]))),
      "http"
    ],
    [
      "has no status",
      ["not_http", "reset"],
      tcpServer(frames(Buffer.concat([settings, frame(1, 5, 1, Buffer.from("\0\x01a\x01b"))]))),
      "http"
    ],
    ["refuses the stream", ["reset"], overTls((stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM))],
    [
      "wants HTTP/1.1 after all",
      ["http1_only"],
      overTls((stream) => stream.close(http2.constants.NGHTTP2_HTTP_1_1_REQUIRED))
    ],
    [
      "goes away",
      ["reset", "empty"],
      overTls((stream) => stream.session!.goaway(http2.constants.NGHTTP2_INTERNAL_ERROR))
    ],
    ["hangs up", ["reset", "empty"], overTls((stream) => stream.session!.destroy())],
    [
      "closes in mid-body",
      ["closed_early", "reset"],
      overTls((stream) => (ok(stream), stream.write("half", () => stream.session!.destroy())))
    ],
    [
      "resets the stream in mid-body",
      ["closed_early"],
      tcpServer(frames(Buffer.concat([...half, frame(3, 0, 1, Uint8Array.of(0, 0, 0, 2))]))),
      "http"
    ],
    [
      "resets the stream in mid-body as if all were well",
      ["closed_early"],
      tcpServer(frames(Buffer.concat([...half, frame(3, 0, 1, Buffer.alloc(4))]))),
      "http"
    ],
    [
      "closes in mid-frame",
      ["closed_early", "reset"],
      tcpServer(
        (socket) => (
          socket.resume(),
          socket.end(Buffer.concat([settings, headers200, frame(0, 0, 1, Buffer.alloc(100)).subarray(0, 50)]))
        )
      ),
      "http"
    ],
    [
      "lies about its coding",
      ["bad_encoding"],
      overTls((stream) => (stream.respond({ ":status": 200, "content-encoding": "gzip" }), stream.end("not gzip")))
    ]
  ])("%s", ([, causes, server, scheme]) =>
    Effect.gen(function* () {
      const { port } = yield* server
      const started = performance.now()
      const result = yield* get(`${scheme ?? "https"}://localhost:${port}/`, { timeoutMs: 700 })
      assert.isBelow(performance.now() - started, 1_700)
      assert.include(causes, result.failure?.cause, result.failure?.message)
      if (result.response !== undefined) assert.isAtMost(result.response.body.length, 1024 * 1024)
      assert.strictEqual(
        Object.values(result.phases).reduce((sum, microseconds) => sum + microseconds, 0),
        result.totalUs
      )
    })
  )
})
