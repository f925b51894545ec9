/** Awkward and hostile servers: each gives its named cause in time, or the answer that a browser would show. */
import type { Socket } from "node:net"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import type { ExchangeCause, ExchangeRequest } from "@v-insight/domain/monitor-types/Dialer"
import { Effect } from "effect"
import { onRequest, tcpServer } from "./testing/LocalServer.ts"
import { exchange } from "./testing/TestDialer.ts"

interface Expected {
  readonly failure?: ExchangeCause
  readonly status?: number
  readonly body?: string
  readonly isTruncated?: boolean
}
type Case = [name: string, expected: Expected, serve: (socket: Socket) => void, changes?: Partial<ExchangeRequest>]

/** Sends the text once the request is there, and closes. */
const reply =
  (...parts: ReadonlyArray<string | Uint8Array>) =>
  (socket: Socket): void =>
    onRequest(socket, () => {
      for (const part of parts) socket.write(typeof part === "string" ? Buffer.from(part, "latin1") : part)
      socket.end()
    })

/** Sends the text and leaves the connection open. */
const replyAndHold =
  (text: string) =>
  (socket: Socket): void =>
    onRequest(socket, () => socket.write(text, "latin1"))

/** Sends the same again and again, as fast as the peer reads. */
const flood =
  (start: string, text: string) =>
  (socket: Socket): void =>
    onRequest(socket, () => {
      const more = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)), "latin1")
      const write = (): void => {
        if (!socket.destroyed && !socket.writableEnded) socket.write(more, () => setImmediate(write))
      }
      socket.write(start, "latin1", write)
    })

/** Sends one of the pieces every 20 ms, over and over. */
const drip =
  (start: string, pieces: ReadonlyArray<string>) =>
  (socket: Socket): void =>
    onRequest(socket, () => {
      let next = 0
      socket.write(start, "latin1")
      const timer = setInterval(() => socket.write(pieces[next++ % pieces.length]!, "latin1"), 20)
      socket.once("close", () => clearInterval(timer))
    })

const ok = "HTTP/1.1 200 OK\r\n"
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`
const gzipped = (bytes: Uint8Array) => [`${ok}Content-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n\r\n`, bytes]
const mebibyte = 1024 * 1024
const brief = { timeoutMs: 500 }

const cases: ReadonlyArray<Case> = [
  // nothing, or not HTTP
  ["accepts and says nothing", { failure: "timeout_first_byte" }, () => {}, brief],
  ["closes at once", { failure: "empty" }, (socket) => socket.end()],
  ["closes after the request", { failure: "empty" }, reply()],
  ["resets after the request", { failure: "reset" }, (socket) => onRequest(socket, () => socket.resetAndDestroy())],
  ["greets like SSH", { failure: "not_http" }, (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n")],
  ["greets like SMTP", { failure: "not_http" }, (socket) => socket.write("220 mail.example ESMTP\r\n")],
  ["answers with a TLS alert", { failure: "not_http" }, reply(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 70))],
  ["speaks HTTP/2 only", { failure: "not_http" }, (socket) => socket.write(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0))],
  ["answers as HTTP/0.9 did", { failure: "not_http" }, reply("<html></html>")],
  ["answers as ICY", { failure: "not_http" }, reply("ICY 200 OK\r\n\r\n")],
  ["sends random bytes", { failure: "not_http" }, reply(crypto.getRandomValues(new Uint8Array(5_000)).fill(7, 0, 1))],
  ["sends line ends without end", { failure: "not_http" }, flood("", "\r\n")],
  // heads
  ["has status 099", { failure: "not_http" }, reply("HTTP/1.1 099 Odd\r\n\r\n")],
  ["has status 999", { status: 999 }, reply("HTTP/1.1 999 Request denied\r\nContent-Length: 0\r\n\r\n")],
  ["has no reason", { status: 200 }, reply("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")],
  ["drips its head", { failure: "timeout_transfer" }, drip(ok, ["X-A: b\r\n"]), brief],
  ["drips one byte at a time", { failure: "timeout_transfer" }, drip("", `${ok}X-Padding: `.split("")), brief],
  ["stops in the head", { failure: "closed_early" }, reply(`${ok}Content-Le`)],
  ["has endless headers", { failure: "headers_too_large" }, flood(ok, "X-A: b\r\n")],
  ["has one endless header", { failure: "headers_too_large" }, flood(`${ok}X-A: `, "b")],
  ["has an endless status line", { failure: "headers_too_large" }, flood("HTTP/1.1 200 ", "O")],
  ["has endless interim answers", { failure: "headers_too_large" }, flood("", "HTTP/1.1 100 Continue\r\n\r\n")],
  [
    "has early hints",
    { status: 200 },
    reply(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}Content-Length: 0\r\n\r\n`)
  ],
  [
    "switches protocols",
    { failure: "unexpected_upgrade" },
    replyAndHold("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")
  ],
  ["folds a header", { failure: "bad_header" }, reply(`${ok}A: b\r\n c\r\n\r\n`)],
  ["ends lines with LF alone", { failure: "bad_header" }, reply("HTTP/1.1 200 OK\nContent-Length: 0\n\n")],
  ["has NUL in a header", { failure: "bad_header" }, reply(`${ok}A: b\0c\r\n\r\n`)],
  ["has an invalid UTF-8 header", { status: 200 }, reply(`${ok}A: \xff\xfe\r\nContent-Length: 0\r\n\r\n`)],
  // framing
  [
    "states two lengths",
    { failure: "bad_framing", status: 200 },
    reply(`${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`)
  ],
  [
    "states length and chunks",
    { failure: "bad_framing" },
    reply(`${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)
  ],
  ["has an unknown transfer coding", { failure: "bad_framing" }, reply(`${ok}Transfer-Encoding: gzip\r\n\r\n`)],
  [
    "promises more than it sends",
    { failure: "closed_early", status: 200 },
    reply(`${ok}Content-Length: 10\r\n\r\nabc`)
  ],
  [
    "promises more and stays",
    { failure: "timeout_transfer" },
    replyAndHold(`${ok}Content-Length: 10\r\n\r\nabc`),
    brief
  ],
  ["sends more than it promises", { status: 200, body: "abc" }, reply(`${ok}Content-Length: 3\r\n\r\nabcdef`)],
  ["keeps the connection open", { status: 200, body: "abc" }, replyAndHold(`${ok}Content-Length: 3\r\n\r\nabc`)],
  ["speaks HTTP/1.0", { status: 200, body: "old" }, reply("HTTP/1.0 200 OK\r\n\r\nold")],
  ["ends the body by closing", { status: 200, body: "abc" }, reply(`${ok}\r\nabc`)],
  [
    "has 204 with a body",
    { status: 204, body: "" },
    reply("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello")
  ],
  ["has 304 with a length", { status: 304 }, replyAndHold("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")],
  ["answers HEAD with a length", { status: 200 }, replyAndHold(`${ok}Content-Length: 5\r\n\r\n`), { method: "HEAD" }],
  [
    "has an invalid UTF-8 body",
    { status: 200, body: "\xff\xfe\x80" },
    reply(`${ok}Content-Length: 3\r\n\r\n\xff\xfe\x80`)
  ],
  // chunks
  ["chunks well", { status: 200, body: "hello" }, reply(`${chunked}3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nT: x\r\n\r\n`)],
  ["chunks badly", { failure: "bad_chunk" }, reply(`${chunked}zz\r\nhello\r\n`)],
  ["has a chunk that is too long", { failure: "bad_chunk" }, reply(`${chunked}3\r\nhello\r\n0\r\n\r\n`)],
  ["leaves out the last chunk", { failure: "closed_early" }, reply(`${chunked}5\r\nhello\r\n`)],
  ["has a huge chunk size", { failure: "bad_chunk" }, reply(`${chunked}ffffffffffffffff\r\n`)],
  ["has endless chunk extensions", { failure: "headers_too_large" }, flood(`${chunked}1;`, "e")],
  ["has endless trailers", { failure: "headers_too_large" }, flood(`${chunked}0\r\n`, "X-A: b\r\n")],
  ["has endless tiny chunks", { status: 200, isTruncated: true }, flood(chunked, "1\r\na\r\n"), { timeoutMs: 10_000 }],
  // bodies
  ["has an endless body", { status: 200, isTruncated: true }, flood(`${ok}\r\n`, "a"), { timeoutMs: 10_000 }],
  ["drips its body", { failure: "timeout_transfer", status: 200 }, drip(`${ok}\r\n`, ["a"]), brief],
  ["compresses", { status: 200, body: "hello" }, reply(...gzipped(zlib.gzipSync("hello")))],
  [
    "sends a gzip bomb",
    { status: 200, isTruncated: true },
    reply(...gzipped(zlib.gzipSync(Buffer.alloc(256 * mebibyte), { level: 9 }))),
    { timeoutMs: 10_000 }
  ],
  ["compresses badly", { failure: "bad_encoding", status: 200 }, reply(...gzipped(Buffer.from("this is no gzip")))],
  ["cuts its compressed body", { failure: "bad_encoding" }, reply(...gzipped(zlib.gzipSync("hello").subarray(0, 12)))],
  [
    "compresses incompressible noise",
    { status: 200, isTruncated: true },
    (socket) =>
      reply(
        ...gzipped(
          zlib.gzipSync(crypto.getRandomValues(Buffer.alloc(65_536)).toString("base64").repeat(30), { level: 0 })
        )
      )(socket),
    { timeoutMs: 10_000 }
  ],
  [
    "names a coding nobody knows",
    { status: 200, body: "abc" },
    reply(`${ok}Content-Encoding: utf-8\r\nContent-Length: 3\r\n\r\nabc`)
  ],
  [
    "answers before it has read",
    { status: 413 },
    (socket) => socket.end("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
  ]
]

/** Verdicts come within the limit and this. */
const graceMs = 1_000

describe("a server that", () => {
  it.live.each(cases)("%s", ([, expected, serve, changes]) =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(serve)
      const started = performance.now()
      const result = yield* exchange(`http://127.0.0.1:${port}/`, changes)
      assert.isBelow(performance.now() - started, (changes?.timeoutMs ?? 1_000) + graceMs)
      assert.strictEqual(result.failure?.cause, expected.failure, result.failure?.message)
      if (expected.status !== undefined) assert.strictEqual(result.response?.status, expected.status)
      if (expected.body !== undefined) {
        assert.strictEqual(Buffer.from(result.response!.body).toString("latin1"), expected.body)
      }
      if (expected.failure === undefined) {
        assert.strictEqual(result.response!.isTruncated, expected.isTruncated ?? false)
        assert.isAtMost(result.response!.body.length, mebibyte)
      }
      assert.strictEqual(
        Object.values(result.phases).reduce((sum, us) => sum + us, 0),
        result.totalUs
      )
    })
  )
})
