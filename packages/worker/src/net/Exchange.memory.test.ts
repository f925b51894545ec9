/** Hostile servers all at once: memory stays bounded, and a healthy neighbour is answered meanwhile. */
import type { Socket } from "node:net"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { httpServer, onRequest, tcpServer } from "./testing/LocalServer.ts"
import { exchange } from "./testing/TestDialer.ts"

const mebibyte = 1024 * 1024
const ok = "HTTP/1.1 200 OK\r\n"

const flood =
  (start: string | Uint8Array, more: Buffer) =>
  (socket: Socket): void =>
    onRequest(socket, () => {
      const write = (): void => {
        if (!socket.destroyed && !socket.writableEnded) socket.write(more, () => setImmediate(write))
      }
      socket.write(start, write)
    })

const noise = crypto.getRandomValues(Buffer.alloc(65_536))
const bomb = zlib.gzipSync(Buffer.alloc(64 * mebibyte), { level: 9 })
const stored = zlib.gzipSync(Buffer.concat(Array.from({ length: 96 }, () => noise)), { level: 0 })
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`
const gzipped = `${ok}Content-Encoding: gzip\r\n\r\n`

/** Each byte in a chunk of its own. */
const inBytes = (bytes: Uint8Array): Buffer => {
  const chunks = Buffer.from("1\r\n.\r\n".repeat(bytes.length))
  for (const [index, byte] of bytes.entries()) chunks[6 * index + 3] = byte
  return chunks
}

const hostile: ReadonlyArray<(socket: Socket) => void> = [
  flood(`${ok}\r\n`, noise),
  flood(chunked, inBytes(noise)),
  flood(
    Buffer.concat([
      Buffer.from(gzipped.replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n")),
      inBytes(stored.subarray(0, 300_000))
    ]),
    inBytes(noise)
  ),
  flood(Buffer.concat([Buffer.from(gzipped), bomb]), noise),
  flood(Buffer.concat([Buffer.from(gzipped), stored]), noise),
  flood(ok, Buffer.from("X-A: b\r\n".repeat(8_000))),
  flood("", Buffer.from("HTTP/1.1 100 Continue\r\n\r\n".repeat(2_000)))
]

/** For each kind of server. */
const rounds = 12
/** What the http monitor asks for. */
const keepBytes = 64 * 1024
const atOnce = 32
const limit = 64 * mebibyte

describe("hostile servers all at once", () => {
  it.live(
    `cost less than ${limit / mebibyte} MiB`,
    () =>
      Effect.gen(function* () {
        const servers = yield* Effect.forEach(hostile, (serve) => tcpServer(serve))
        const healthy = yield* httpServer((_, response) => response.end("ok"))
        const attack = (count: number) =>
          Effect.forEach(
            Array.from({ length: count }, () => servers).flat(),
            ({ port }) => Effect.asVoid(exchange(`http://127.0.0.1:${port}/`, { timeoutMs: 10_000, keepBytes })),
            { concurrency: atOnce, discard: true }
          )
        yield* attack(2) // what is allocated once, such as zlib's threads
        globalThis.gc?.()
        const before = process.memoryUsage().rss
        let peak = before
        let slowest = 0
        const watch = yield* Effect.gen(function* () {
          while (true) {
            const started = performance.now()
            const result = yield* exchange(`http://127.0.0.1:${healthy.port}/`, { timeoutMs: 5_000 })
            assert.isUndefined(result.failure)
            slowest = Math.max(slowest, performance.now() - started)
            peak = Math.max(peak, process.memoryUsage().rss)
            yield* Effect.sleep(20)
          }
        }).pipe(Effect.forkChild)
        yield* attack(rounds)
        yield* Fiber.interrupt(watch)
        assert.isBelow(peak - before, limit)
        assert.isBelow(slowest, 3_000)
      }),
    60_000
  )
})
