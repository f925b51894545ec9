/**
 * A program: hostile servers of HTTP/2 and WebSocket in a process of its own, so that what they need is not counted as
 * what we need. It sends their ports to its parent and ends with it.
 */
import { createServer } from "node:http"
import * as http2 from "node:http2"
import type { Socket } from "node:net"
import { Effect } from "effect"
import { WebSocketServer } from "ws"
import { listening, tcpServer } from "./LocalServer.ts"

/** Ports on loopback. */
export interface FloodPorts {
  /** An endless body, and one that calls itself gRPC. */
  readonly body: number
  readonly call: number
  /** An endless head. */
  readonly head: number
  /** Endless messages of WebSocket, large and small. */
  readonly large: number
  readonly small: number
}

const noise = Buffer.alloc(65_536, 0x5a)

const flood = (write: (more: Buffer, done: () => void) => unknown, isOver: () => boolean, more = noise): void => {
  const next = (): void => {
    if (!isOver()) write(more, () => setImmediate(next))
  }
  next()
}

/** Answers every stream without end. */
const endless = (head: http2.OutgoingHttpHeaders) =>
  listening(
    () =>
      http2
        .createServer()
        .on("session", (session) => session.on("error", () => {}))
        .on("stream", (stream) => {
          stream.on("error", () => {})
          stream.respond({ ":status": 200, ...head })
          flood(
            (more, done) => stream.write(more, done),
            () => stream.destroyed
          )
        }),
    "127.0.0.1"
  )

const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
/** One field, again and again, in header blocks that never end. */
const fields = Buffer.concat([
  Uint8Array.of(0, 0x3e, 0x80, 9, 0, 0, 0, 0, 1),
  Buffer.from("\0\x01a\x05bbbbb".repeat(2_000))
])
const endlessHead = tcpServer((socket: Socket) => {
  socket.write(Buffer.concat([settings, Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 0, 1, 0x88)]))
  flood(
    (more, done) => socket.write(more, done),
    () => socket.destroyed,
    fields
  )
})

const chattering = (message: Buffer | string) =>
  listening(() => {
    const server = new WebSocketServer({ noServer: true })
    return createServer().on("upgrade", (request, socket, head) =>
      server.handleUpgrade(request, socket as Socket, head, (client) => {
        client.on("error", () => {})
        flood(
          (_, done) => client.send(message, done),
          () => client.readyState !== client.OPEN
        )
      })
    )
  }, "127.0.0.1")

const servers = Effect.gen(function* () {
  const { port: body } = yield* endless({})
  const { port: call } = yield* endless({ "content-type": "application/grpc" })
  const { port: head } = yield* endlessHead
  const { port: large } = yield* chattering(Buffer.alloc(500_000, 65))
  const { port: small } = yield* chattering("a")
  process.send?.({ body, call, head, large, small } satisfies FloodPorts)
  return yield* Effect.never
})

process.on("disconnect", () => process.exit())
Effect.runFork(Effect.scoped(servers))
