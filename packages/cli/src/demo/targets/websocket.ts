/** A WebSocket server (RFC 6455) that answers "pong" to whatever short message it gets. */
import { Effect, FiberSet, type Scope } from "effect"
import { createHash } from "node:crypto"
import { createServer } from "node:http"
import type { Duplex } from "node:stream"
import type { Refusal } from "../../Refusal.ts"
import { wantedPorts } from "../Places.ts"
import { serving } from "./listen.ts"

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
const opcodes = { text: 0x1, close: 0x8 } as const

export const webSocketServer: Effect.Effect<number, Refusal, Scope.Scope> = Effect.gen(function* () {
  const run = yield* FiberSet.makeRuntime()
  return yield* serving("WebSocket", wantedPorts.websocket, () => {
    const server = createServer((_, response) => void response.writeHead(426).end())
    server.on("upgrade", ({ headers }, socket) => {
      const accept = createHash("sha1")
        .update(`${headers["sec-websocket-key"] ?? ""}${guid}`)
        .digest("base64")
      const switched = Effect.sync(() => {
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
        )
      })
      socket.on("error", () => socket.destroy())
      void run(Effect.andThen(Effect.sleep(6), switched))
      socket.on("data", (frame: Buffer) => hear(socket, frame))
    })
    return server
  })
})

/** Short messages come in one piece. */
const hear = (socket: Duplex, frame: Buffer): void => {
  const opcode = (frame[0] ?? 0) & 0x0f
  if (opcode === opcodes.close) return void socket.end(Buffer.of(0x80 | opcodes.close, 0))
  if (opcode === opcodes.text) socket.write(Buffer.concat([Buffer.of(0x80 | opcodes.text, 4), Buffer.from("pong")]))
}
