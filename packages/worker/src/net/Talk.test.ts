/** Conversations with servers that behave: what is said arrives, what comes is told, and all of it ends with the scope. */
import type { Socket } from "node:net"
import * as tls from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import type { ConnectRequest, Conversation } from "@v-insight/domain/monitor-types/Conversation"
import type { TlsTrust } from "@v-insight/domain/monitor-types/Dialer"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { certificate, key, type CertificateName } from "./testing/Certificates.ts"
import { tcpServer, tlsServer } from "./testing/LocalServer.ts"
import { resolveFrom, testDialer } from "./testing/TestDialer.ts"

const dialer = testDialer()
const connect = (port: number, changes: Partial<ConnectRequest> = {}) =>
  dialer.connect({ host: "localhost", port, timeoutMs: 1_000, ...changes })

const say = (conversation: Conversation, text: string) => conversation.send(new TextEncoder().encode(text))
const hear = (conversation: Conversation) =>
  Effect.map(conversation.read, (bytes) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes)))

const echo = (socket: Socket): void =>
  void socket.on("data", (bytes) => socket.write(bytes)).on("end", () => socket.end())

/** Greets, waits for a word, and goes on in TLS. */
const upgrading =
  (name: CertificateName, injected = "") =>
  (socket: Socket): void => {
    socket.write("hello")
    socket.once("data", () => {
      socket.write(`go on${injected}`)
      const secure = new tls.TLSSocket(socket, { isServer: true, key, cert: certificate(name) })
      secure.on("error", () => {})
      secure.on("data", (bytes) => secure.end(`secretly ${String(bytes)}`))
    })
  }

describe("a conversation", () => {
  it.live("carries bytes both ways and accounts for its time", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(echo)
      const phases: Array<string> = []
      const conversation = yield* connect(port, { onPhase: (phase) => phases.push(phase) })
      yield* say(conversation, "ping")
      assert.strictEqual(yield* hear(conversation), "ping")
      const facts = conversation.facts()
      assert.strictEqual(facts.address, "127.0.0.1")
      assert.isUndefined(facts.certificate)
      assert.deepStrictEqual(Object.keys(facts.phases), ["dns", "connect", "first_byte", "transfer"])
      assert.deepStrictEqual(phases, ["dns", "connect", "first_byte"])
      assert.strictEqual(
        Object.values(facts.phases).reduce((sum, microseconds) => sum + microseconds, 0),
        facts.totalUs
      )
    })
  )

  it.live("that only connects has spent no time on answers", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(echo)
      const conversation = yield* connect(port, { host: "127.0.0.1" })
      assert.deepStrictEqual(Object.keys(conversation.facts().phases), ["connect"])
      assert.strictEqual(conversation.facts().totalUs, conversation.facts().phases.connect)
    })
  )

  it.live("tells the end of the peer after everything it said", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => socket.end("bye"))
      const conversation = yield* connect(port)
      assert.strictEqual(yield* hear(conversation), "bye")
      assert.isUndefined(yield* hear(conversation))
      assert.isUndefined(yield* hear(conversation))
    })
  )

  it.live("speaks TLS from the first byte", () =>
    Effect.gen(function* () {
      const { port } = yield* tlsServer("valid", echo)
      const conversation = yield* connect(port, { tls: {} })
      yield* say(conversation, "ping")
      assert.strictEqual(yield* hear(conversation), "ping")
      const { certificate, phases, tlsVersion } = conversation.facts()
      assert.include(certificate?.subject, "CN=localhost")
      assert.strictEqual(tlsVersion, "TLSv1.3")
      assert.isAbove(phases.tls!, 0)
    })
  )

  it.live("goes on in TLS when asked to", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(upgrading("valid"))
      const conversation = yield* connect(port)
      assert.strictEqual(yield* hear(conversation), "hello")
      yield* say(conversation, "please")
      assert.strictEqual(yield* hear(conversation), "go on")
      yield* conversation.startTls({})
      yield* say(conversation, "ping")
      assert.strictEqual(yield* hear(conversation), "secretly ping")
      assert.isUndefined(yield* hear(conversation))
      const { certificate, phases, tlsVersion, totalUs } = conversation.facts()
      assert.include(certificate?.subject, "CN=localhost")
      assert.strictEqual(tlsVersion, "TLSv1.3")
      assert.strictEqual(
        Object.values(phases).reduce((sum, microseconds) => sum + microseconds, 0),
        totalUs
      )
    })
  )

  it.live.each<[name: CertificateName, cause: string, trust: TlsTrust]>([
    ["expired", "tls_expired", {}],
    ["self-signed", "tls_untrusted", {}],
    ["wrong-host", "tls_host", {}],
    ["valid", "tls_host", { serverName: "elsewhere.test" }],
    ["valid", "tls_settings", { ca: "no PEM" }]
  ])("judges a certificate after STARTTLS: %s, %s", ([name, cause, trust]) =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(upgrading(name))
      const conversation = yield* connect(port)
      yield* hear(conversation)
      yield* say(conversation, "please")
      yield* hear(conversation)
      const failed = yield* Effect.flip(conversation.startTls(trust))
      assert.strictEqual(failed.cause, cause)
      const later = yield* Effect.flip(say(conversation, "still there?"))
      assert.strictEqual(later.cause, cause)
    })
  )

  it.live("does not take for secret what came before the handshake", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => {
        socket.write("hello")
        socket.once("data", () => socket.write("go on\r\nand this was injected"))
      })
      const conversation = yield* connect(port)
      yield* hear(conversation)
      yield* say(conversation, "please")
      // The answer is left in the socket.
      yield* Effect.sleep("100 millis")
      const failed = yield* Effect.flip(conversation.startTls({ ignoreErrors: true }))
      assert.deepStrictEqual([failed.cause, failed.detail], ["tls_protocol", "data before the handshake"])
    })
  )

  it.live("goes to the next address of a name when one fails", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(echo, "127.0.0.3")
      const resolve = resolveFrom({ "several.test": ["127.0.0.1", "127.0.0.2", "127.0.0.3"] })
      const several = testDialer(["127.0.0.0/8"], resolve)
      const conversation = yield* several.connect({ host: "several.test", port, timeoutMs: 1_000 })
      assert.strictEqual(conversation.facts().address, "127.0.0.3")
    })
  )

  it.live("closes with its scope, whatever it is doing", () =>
    Effect.gen(function* () {
      const closed = yield* Deferred.make<void>()
      const { port } = yield* tcpServer((socket) => {
        socket.resume().once("close", () => Deferred.doneUnsafe(closed, Exit.void))
        socket.once("end", () => socket.destroy())
      })
      const reading = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        Effect.scoped(
          Effect.gen(function* () {
            const conversation = yield* connect(port, { timeoutMs: 60_000 })
            yield* Deferred.succeed(reading, undefined)
            yield* conversation.read
          })
        )
      )
      yield* Deferred.await(reading)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(closed)
    })
  )

  it.live.each([
    ["", 80],
    ["a b", 80],
    ["localhost:1", 80],
    ["user@localhost", 80],
    ["localhost/x", 80],
    ["fe80::1%lo", 80],
    ["localhost", 0],
    ["localhost", 65_536]
  ] as const)("is refused with %j port %i", ([host, port]) =>
    Effect.gen(function* () {
      const failed = yield* Effect.flip(connect(port, { host }))
      assert.strictEqual(failed.cause, "invalid_request")
    })
  )
})
