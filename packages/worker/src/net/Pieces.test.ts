/** Servers that cut what they say into as many pieces as they can: each costs us work, so they are counted. */
import type { Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { limits } from "./NetEnvironment.ts"
import { onRequest, tcpServer } from "./testing/LocalServer.ts"
import { exchange, testDialer } from "./testing/TestDialer.ts"

/** One byte after the other, each in a segment of its own as far as the kernel lets us. */
const inPieces = (socket: Socket, text: string): void => {
  socket.setNoDelay()
  let at = 0
  const next = (): void => {
    if (socket.destroyed) return
    if (at === text.length) return void socket.end()
    socket.write(text[at++]!, () => setImmediate(next))
  }
  next()
}

const ok = "HTTP/1.1 200 OK\r\n"

describe("a response in pieces", () => {
  it.live("is cut after so many chunks, and what came is kept", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) =>
        onRequest(socket, () =>
          socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n${"1\r\na\r\n".repeat(150_000)}0\r\n\r\n`)
        )
      )
      const { failure, response } = yield* exchange(`http://127.0.0.1:${port}/`)
      assert.isUndefined(failure)
      assert.deepStrictEqual([response?.body.length, response?.isTruncated], [100_000, true])
    })
  )

  it.live("is read whole where the pieces are few enough", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) =>
        onRequest(socket, () =>
          socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n${"1\r\na\r\n".repeat(90_000)}0\r\n\r\n`)
        )
      )
      const { failure, response } = yield* exchange(`http://127.0.0.1:${port}/`)
      assert.isUndefined(failure)
      assert.deepStrictEqual([response?.body.length, response?.isTruncated], [90_000, false])
    })
  )

  it.live.each<[name: string, text: string, cause: string | undefined]>([
    ["a body", `${ok}\r\n${"a".repeat(40_000)}`, undefined],
    ["a head", `${ok}X-A: ${"a".repeat(30_000)}\r\n\r\n`, "too_much"]
  ])("%s ends after so many reads", ([, text, cause]) =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => onRequest(socket, () => inPieces(socket, text)))
      const { failure, response } = yield* exchange(`http://127.0.0.1:${port}/`, { timeoutMs: 20_000 })
      assert.strictEqual(failure?.cause, cause)
      if (cause !== undefined) return assert.isUndefined(response)
      assert.isTrue(response!.isTruncated)
      assert.isAtLeast(response!.body.length, limits.maxReads / 2)
    })
  )

  it.live("of a conversation is too much after so many", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => inPieces(socket, "a".repeat(40_000)))
      const conversation = yield* testDialer().connect({ host: "127.0.0.1", port, timeoutMs: 20_000 })
      const failed = yield* Effect.flip(Effect.forever(conversation.read))
      assert.strictEqual(failed.cause, "too_much")
    })
  )
})
