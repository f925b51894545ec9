/** So many connections at once to one address, and the others wait in line for as long as their time-out. */
import type { Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import { Effect, Fiber, Schema } from "effect"
import { datagram } from "./Datagram.ts"
import { HostTurns } from "./HostTurns.ts"
import { SafeDialer } from "./SafeDialer.ts"
import { openSocket } from "./SafeSocket.ts"
import { onRequest, tcpServer } from "./testing/LocalServer.ts"
import { checkServices, exchange, resolveFrom, testDialer, testEnvironment } from "./testing/TestDialer.ts"

const answer = (socket: Socket): void => void socket.end("HTTP/1.1 204 No Content\r\n\r\n")

/** Answers a request when told to, in order of arrival. */
const patient = Effect.gen(function* () {
  const held: Array<{ readonly path: string; readonly socket: Socket }> = []
  let watch = (): void => {}
  const { hits, port } = yield* tcpServer((socket) =>
    onRequest(socket, (head) => {
      held.push({ path: head.split(" ")[1]!, socket })
      watch()
    })
  )
  const arrived = (count: number) =>
    Effect.callback<void>((resume) => {
      watch = () => void (held.length >= count && resume(Effect.void))
      watch()
    })
  return { held, hits, port, arrived }
})

describe("at most two connections to an address", () => {
  const polite = (resolve = resolveFrom({ localhost: ["127.0.0.1"] })) =>
    testDialer(["127.0.0.0/8"], resolve, { hostConcurrency: 2 })

  it.live("are open at once; the next in line goes when one ends, and its wait is in no phase", () =>
    Effect.gen(function* () {
      const { arrived, held, hits, port } = yield* patient
      const dialer = polite()
      const fibers = yield* Effect.forEach([1, 2, 3, 4], (path) =>
        Effect.forkChild(exchange(`http://localhost:${port}/${path}`, { timeoutMs: 2_000 }, dialer), {
          startImmediately: true
        })
      )
      yield* arrived(2)
      yield* Effect.sleep(200)
      assert.strictEqual(hits(), 2)
      answer(held[1]!.socket)
      yield* arrived(3)
      assert.deepStrictEqual(held.map(({ path }) => path).slice(2), ["/3"])
      answer(held[0]!.socket)
      yield* arrived(4)
      for (const { socket } of held) answer(socket)
      const results = yield* Effect.forEach(fibers, Fiber.join)
      for (const result of results) assert.strictEqual(result.response?.status, 204, result.failure?.cause)
      const third = results[2]!
      assert.isBelow(third.totalUs, 150_000)
      assert.strictEqual(
        Object.values(third.phases).reduce((sum, microseconds) => sum + microseconds, 0),
        third.totalUs
      )
    })
  )

  it.live("leave who waits too long without a verdict, and an interrupted one out of the line", () =>
    Effect.gen(function* () {
      const { arrived, held, hits, port } = yield* patient
      const dialer = polite()
      const get = (timeoutMs: number) => exchange(`http://localhost:${port}/`, { timeoutMs }, dialer)
      const holders = yield* Effect.forEach([1, 2], () => Effect.forkChild(get(5_000), { startImmediately: true }))
      yield* arrived(2)
      const gone = yield* Effect.forkChild(get(5_000), { startImmediately: true })
      const busy = yield* get(100)
      assert.strictEqual(busy.failure?.cause, "host_busy")
      assert.isBelow(busy.totalUs, 50_000)
      yield* Fiber.interrupt(gone)
      for (const { socket } of held) answer(socket)
      yield* Effect.forEach(holders, Fiber.join)
      // Nobody waits any more, and both turns are back.
      const again = yield* Effect.forEach([1, 2], () => Effect.forkChild(get(5_000), { startImmediately: true }))
      yield* arrived(4)
      assert.strictEqual(hits(), 4)
      for (const { socket } of held) answer(socket)
      yield* Effect.forEach(again, Fiber.join)
    })
  )

  it.live("send others to the next address of the name", () =>
    Effect.gen(function* () {
      const { arrived, held, port } = yield* patient
      const other = yield* tcpServer((socket) => onRequest(socket, () => answer(socket)), "127.0.0.2", port)
      const dialer = polite(resolveFrom({ localhost: ["127.0.0.1"], "two.test": ["127.0.0.1", "127.0.0.2"] }))
      const holders = yield* Effect.forEach([1, 2], () =>
        Effect.forkChild(exchange(`http://localhost:${port}/`, {}, dialer), { startImmediately: true })
      )
      yield* arrived(2)
      const result = yield* exchange(`http://two.test:${port}/`, {}, dialer)
      assert.deepStrictEqual([result.address, result.response?.status], ["127.0.0.2", 204])
      assert.strictEqual(other.hits(), 1)
      for (const { socket } of held) answer(socket)
      yield* Effect.forEach(holders, Fiber.join)
    })
  )

  it.live("make checks of any kind unknown, never down", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => socket.resume())
      const environment = testEnvironment(["127.0.0.0/8"], undefined, { hostConcurrency: 1 })
      yield* openSocket(environment, { host: "127.0.0.1", port, timeoutMs: 10_000 })
      const host = "127.0.0.1"
      for (const given of [
        { type: "http", settings: { url: `http://${host}:${port}/` } },
        { type: "http", settings: { url: `http://${host}:${port}/`, httpVersion: "2" } },
        { type: "tcp", settings: { host, port } },
        { type: "grpc", settings: { host, port } },
        { type: "websocket", settings: { url: `wss://${host}:${port}/` } }
      ]) {
        const spec = yield* Schema.decodeUnknownEffect(MonitorSpec)(given)
        const services = checkServices(SafeDialer.make(environment), environment)
        const { error, status, timings } = yield* Effect.provide(runCheck(spec, { timeoutMs: 50 }), services)
        assert.deepStrictEqual([status, error?.code], ["unknown", "host_busy"])
        assert.isBelow(timings.totalUs!, 40_000)
      }
    })
  )

  it.live("count conversations and datagrams too, and give their turns back however they end", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => socket.resume())
      const environment = testEnvironment(["127.0.0.0/8"], undefined, { hostConcurrency: 1 })
      const request = { host: "127.0.0.1", port, timeoutMs: 200 }
      const ask = datagram(environment, { ...request, payload: new Uint8Array(1) })
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* openSocket(environment, { ...request, timeoutMs: 5_000 })
          assert.strictEqual((yield* Effect.flip(Effect.scoped(openSocket(environment, request)))).cause, "host_busy")
          assert.strictEqual((yield* Effect.flip(ask)).cause, "host_busy")
        })
      )
      // Refused, timed out, settled wrongly: each held the only turn.
      const refused = yield* Effect.flip(Effect.scoped(openSocket(environment, { ...request, port: 1 })))
      assert.strictEqual(refused.cause, "refused")
      const broken = openSocket(environment, { ...request, tls: { ca: "no PEM" } })
      assert.strictEqual((yield* Effect.flip(Effect.scoped(broken))).cause, "tls_settings")
      const mute = openSocket(environment, { ...request, tls: {} })
      assert.strictEqual((yield* Effect.flip(Effect.scoped(mute))).cause, "timeout_tls")
      assert.include(["refused", "timeout_first_byte"], (yield* Effect.flip(ask)).cause)
      yield* Effect.scoped(openSocket(environment, request))
    })
  )
})

it("one tenant leaves turns to the others, and the line is served in turn", () => {
  const turns = new HostTurns(8)
  const [greedy, modest] = [turns.of("greedy"), turns.of("modest")]
  let held = 0
  while (greedy.enter("192.0.2.1")) held++
  assert.strictEqual(held, 6)
  const served: Array<string> = []
  for (let index = 0; index < 3; index++) greedy.wait("192.0.2.1", () => served.push("greedy"))
  assert.isTrue(modest.enter("192.0.2.1"))
  assert.isTrue(modest.enter("192.0.2.1"))
  modest.wait("192.0.2.1", () => served.push("modest"))
  greedy.leave("192.0.2.1")
  assert.deepStrictEqual(served, ["modest"])
  for (let index = 0; index < 3; index++) modest.leave("192.0.2.1")
  for (let index = 0; index < 5; index++) greedy.leave("192.0.2.1")
  assert.deepStrictEqual(served, ["modest", "greedy", "greedy", "greedy"])
})

it("a tenant that is alone takes every turn", () => {
  const alone = new HostTurns(2).of("alone")
  assert.isTrue(alone.enter("192.0.2.1"))
  assert.isTrue(alone.enter("192.0.2.1"))
  assert.isFalse(alone.enter("192.0.2.1"))
})

it("a line has an end", () => {
  const turns = new HostTurns(1)
  assert.isTrue(turns.enter("192.0.2.1"))
  assert.isTrue(turns.enter("192.0.2.2"))
  const served: Array<number> = []
  for (let index = 0; index < 1_000; index++) assert.isDefined(turns.wait("192.0.2.1", () => served.push(index)))
  assert.isUndefined(turns.wait("192.0.2.1", () => served.push(-1)))
  for (let index = 0; index < 1_001; index++) turns.leave("192.0.2.1")
  assert.deepStrictEqual(
    served,
    Array.from({ length: 1_000 }, (_, index) => index)
  )
  assert.isTrue(turns.enter("192.0.2.1"))
})
