/** One datagram there, the first one back, and nobody else's. */
import * as dgram from "node:dgram"
import { assert, describe, it } from "@effect/vitest"
import type { DatagramRequest } from "@v-insight/domain/monitor-types/Conversation"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { resolveFrom, testDialer } from "./testing/TestDialer.ts"

const bound = Effect.fnUntraced(function* (
  onMessage: (socket: dgram.Socket, message: Buffer, from: dgram.RemoteInfo) => void
) {
  const socket = yield* Effect.acquireRelease(
    Effect.callback<dgram.Socket>((resume) => {
      const socket = dgram.createSocket("udp4")
      socket.on("message", (message, from) => onMessage(socket, message, from))
      socket.bind(0, "127.0.0.1", () => resume(Effect.succeed(socket)))
    }),
    (socket) => Effect.callback<void>((resume) => void socket.close(() => resume(Effect.void)))
  )
  return socket.address().port
})

const payload = new TextEncoder().encode("ping")
const ask = (port: number, changes: Partial<DatagramRequest> = {}, dialer = testDialer()) =>
  dialer.datagram({ host: "localhost", port, payload, timeoutMs: 500, ...changes })

describe("a datagram", () => {
  it.live("brings back the first answer and its time", () =>
    Effect.gen(function* () {
      const port = yield* bound((socket, message, from) => {
        socket.send(Buffer.concat([message, Buffer.from(" pong")]), from.port)
        socket.send("late", from.port)
      })
      const phases: Array<string> = []
      const { facts, payload } = yield* ask(port, { onPhase: (phase) => phases.push(phase) })
      assert.strictEqual(new TextDecoder().decode(payload), "ping pong")
      assert.strictEqual(facts.address, "127.0.0.1")
      assert.deepStrictEqual(Object.keys(facts.phases), ["dns", "first_byte"])
      assert.deepStrictEqual(phases, ["dns", "first_byte"])
      assert.strictEqual(facts.phases.dns! + facts.phases.first_byte!, facts.totalUs)
    })
  )

  it.live("is not answered by anyone but who was asked", () =>
    Effect.gen(function* () {
      const other = dgram.createSocket("udp4")
      const port = yield* bound((_, __, from) => other.send("not me", from.port, "127.0.0.1"))
      const failed = yield* Effect.flip(ask(port)).pipe(Effect.ensuring(Effect.sync(() => other.close())))
      assert.strictEqual(failed.cause, "timeout_first_byte")
      assert.isDefined(failed.facts.phases.first_byte)
    })
  )

  it.live("to an address that the system lets nobody send to fails by itself", () =>
    Effect.gen(function* () {
      // Connecting to it is refused without a packet, as it is where there is no route.
      const dialer = testDialer(["255.255.255.255/32"])
      const failed = yield* Effect.flip(ask(9, { host: "255.255.255.255" }, dialer))
      assert.deepStrictEqual([failed.cause, failed.detail], ["unreachable", "EACCES"])
    })
  )

  it.live("to a port that nobody listens on is refused", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(bound(() => {}))
      const failed = yield* Effect.flip(ask(port))
      assert.deepStrictEqual([failed.cause, failed.detail], ["refused", "ECONNREFUSED"])
    })
  )

  it.live("that is too large is told", () =>
    Effect.gen(function* () {
      const port = yield* bound(() => {})
      const failed = yield* Effect.flip(ask(port, { payload: new Uint8Array(70_000) }))
      assert.deepStrictEqual([failed.cause, failed.detail], ["invalid_request", "EMSGSIZE"])
    })
  )

  it.live("goes to the family that is asked for", () =>
    Effect.gen(function* () {
      const port = yield* bound((socket, message, from) => socket.send(message, from.port))
      const dialer = testDialer(undefined, resolveFrom({ "both.test": ["::1", "127.0.0.1"] }))
      const { facts } = yield* ask(port, { host: "both.test", family: 4 }, dialer)
      assert.strictEqual(facts.address, "127.0.0.1")
    })
  )

  it.live("closes its socket when it is interrupted", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const port = yield* bound(() => Deferred.doneUnsafe(arrived, Exit.void))
      const open = () =>
        process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap" || kind === "UDPWRAP").length
      const before = open()
      const fiber = yield* Effect.forkChild(ask(port, { timeoutMs: 60_000 }))
      yield* Deferred.await(arrived)
      yield* Fiber.interrupt(fiber)
      yield* Effect.yieldNow
      assert.isAtMost(open(), before)
    })
  )

  it.live.each([
    ["", 1],
    ["a b", 1],
    ["localhost", 0]
  ] as const)("to %j port %i is refused unsent", ([host, port]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(ask(port, { host }))).cause, "invalid_request")
    })
  )
})
