/**
 * Every other way out than HTTP/1.1, against the same canaries on loopback: raw connections, datagrams, HTTP/2, gRPC,
 * WebSockets. They must stay untouched, while a control shows that they could be reached.
 */
import * as dgram from "node:dgram"
import { assert, describe, it } from "@effect/vitest"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import { Effect, Result, Schema } from "effect"
import { datagram } from "./Datagram.ts"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { http2Exchange } from "./Http2Exchange.ts"
import type { Resolve } from "./Resolver.ts"
import { SafeGrpc } from "./SafeGrpc.ts"
import { openSocket } from "./SafeSocket.ts"
import { tcpServer, touch } from "./testing/LocalServer.ts"
import { answers, impossible, spellings } from "./testing/Spellings.ts"
import { checkServices, request, resolveFrom, testDialer, testEnvironment } from "./testing/TestDialer.ts"
import { SafeWebSockets } from "./WebSocketsClient.ts"

/** What each way makes of a host: the cause of its failure, and whether it tells anything else. */
type Attempt = (environment: ExchangeEnvironment, host: string, port: number) => Effect.Effect<Seen>

interface Seen {
  readonly cause: string | undefined
  readonly address: string | undefined
  readonly totalUs: number
}

const timeoutMs = 1_000
const bare = (host: string): string => host.replace(/^\[|\]$/g, "")
const ofFacts = (
  cause: string | undefined,
  facts: { readonly address: string | undefined; readonly totalUs: number }
) => ({
  cause,
  address: facts.address,
  totalUs: facts.totalUs
})

const ways: Readonly<Record<string, Attempt>> = {
  connect: (environment, host, port) =>
    Effect.scoped(openSocket(environment, { host: bare(host), port, timeoutMs })).pipe(
      Effect.match({
        onSuccess: (open) => ofFacts(undefined, open.facts()),
        onFailure: ({ cause, facts }) => ofFacts(cause, facts)
      })
    ),
  datagram: (environment, host, port) =>
    datagram(environment, { host: bare(host), port, payload: new Uint8Array(1), timeoutMs }).pipe(
      Effect.match({
        onSuccess: ({ facts }) => ofFacts(undefined, facts),
        onFailure: ({ cause, facts }) => ofFacts(cause, facts)
      })
    ),
  "HTTP/2": (environment, host, port) =>
    Effect.map(
      http2Exchange(environment, { ...request("http://a.test"), url: urlOf(`http://${host}:${port}/`) }),
      (it) => ofFacts(it.failure?.cause, it)
    ),
  gRPC: (environment, host, port) =>
    Effect.map(
      SafeGrpc.make(environment).call({
        host: bare(host),
        port,
        path: "/",
        metadata: [],
        message: new Uint8Array(0),
        timeoutMs
      }),
      ({ facts, failure }) => ofFacts(failure?.cause, facts)
    ),
  WebSocket: (environment, host, port) =>
    Effect.map(
      SafeWebSockets.make(environment).use(
        { url: urlOf(`ws://${host}:${port}/`), headers: [], protocols: [], timeoutMs },
        () => Effect.void
      ),
      ({ facts, result }) => {
        const failure = Result.isFailure(result) ? result.failure : undefined
        return ofFacts(failure?._tag === "DialFailed" ? failure.cause : failure?.code, facts)
      }
    )
}

const urlOf = (text: string): URL => new URL(text)

/** On the same port of TCP and UDP. */
const aCanary = Effect.gen(function* () {
  const tcp = yield* tcpServer((socket) => socket.end("secret"))
  let datagrams = 0
  const udp = yield* Effect.acquireRelease(
    Effect.callback<dgram.Socket>((resume) => {
      const socket = dgram.createSocket("udp4").on("message", (_, from) => {
        datagrams++
        socket.send("secret", from.port, from.address)
      })
      socket.bind(tcp.port, "127.0.0.1", () => resume(Effect.succeed(socket)))
    }),
    (socket) => Effect.callback<void>((resume) => void socket.close(() => resume(Effect.void)))
  )
  const isUntouched = Effect.gen(function* () {
    yield* touch(tcp.port)
    yield* Effect.callback<void>((resume) => {
      udp.once("message", () => resume(Effect.void))
      const socket = dgram.createSocket("udp4")
      socket.send("touch", tcp.port, "127.0.0.1", () => socket.close())
    })
    assert.strictEqual(tcp.hits(), 1)
    assert.strictEqual(datagrams, 1)
  })
  return { port: tcp.port, isUntouched, datagrams: () => datagrams, hits: tcp.hits }
})

const nobody = (): never => assert.fail("a literal address was resolved")

/** Ways that take host and port apart refuse what is no host, instead of reading it as a URL. */
const isHost = (spelling: string): boolean => !/[@\s%]/.test(spelling)

const blocked: Seen = { cause: "blocked", address: undefined, totalUs: 0 }

describe.each(Object.entries(ways))("%s with public addresses only", (name, attempt) => {
  const byUrl = name === "HTTP/2" || name === "WebSocket"

  it.live.each(spellings)("defect 9: to %s is blocked", (host) =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      const seen = yield* attempt(testEnvironment([], nobody), host, canary.port)
      if (byUrl || isHost(host)) assert.deepStrictEqual(seen, blocked)
      else assert.strictEqual(seen.cause, "invalid_request")
      yield* canary.isUntouched
    })
  )

  it.live.each(answers)("defect 9: to a name that resolves to %j is blocked", (answer) =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      const environment = testEnvironment([], resolveFrom({ "rebind.test": [answer] }))
      assert.deepStrictEqual(yield* attempt(environment, "rebind.test", canary.port), blocked)
      yield* canary.isUntouched
    })
  )

  it.live("condemns a name for one forbidden answer, and judges every time anew", () =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      for (const addresses of [
        ["127.0.0.2", "127.0.0.1"],
        ["127.0.0.1", "127.0.0.2"],
        ["127.0.0.2", "::1"]
      ]) {
        const environment = testEnvironment(["127.0.0.2/32"], resolveFrom({ "mixed.test": addresses }))
        assert.deepStrictEqual(yield* attempt(environment, "mixed.test", canary.port), blocked)
      }
      let asked = 0
      const rebinding: Resolve = (_name, done) => {
        done({ addresses: [asked++ % 2 === 0 ? "127.0.0.2" : "127.0.0.1"] })
        return () => {}
      }
      const environment = testEnvironment(["127.0.0.2/32"], rebinding)
      const causes: Array<string | undefined> = []
      for (let index = 0; index < 4; index++) {
        causes.push((yield* attempt(environment, "rebind.test", canary.port)).cause)
      }
      // Nobody listens on the address that is allowed.
      assert.deepStrictEqual(causes, ["refused", "blocked", "refused", "blocked"])
      yield* canary.isUntouched
    })
  )

  it.live("reaches the same canary where its address is allowed: the control", () =>
    Effect.gen(function* () {
      const canary = yield* aCanary
      const environment = testEnvironment(["127.0.0.1"], resolveFrom({ "inside.test": ["127.0.0.1"] }))
      for (const host of ["0x7f.1", "[::ffff:7f00:1]", "inside.test"]) {
        assert.notStrictEqual((yield* attempt(environment, host, canary.port)).cause, "blocked")
      }
      assert.isAbove(canary.hits() + canary.datagrams(), 0)
    })
  )
})

it.live.each(impossible)("no way takes the host %s", (host) =>
  Effect.gen(function* () {
    for (const way of ["connect", "datagram"]) {
      const { cause } = yield* ways[way]!(testEnvironment([], resolveFrom({})), host, 80)
      assert.include(["invalid_request", "blocked"], cause)
    }
  })
)

/** Settings of each kind that would lead inside, where they let such a host be written at all. */
const inside = (host: string, port: number): ReadonlyArray<Readonly<Record<string, unknown>>> => [
  { type: "http", settings: { url: `http://${host}:${port}/`, httpVersion: "2" } },
  { type: "http", settings: { url: `https://${host}:${port}/`, httpVersion: "2", ignoreTlsErrors: true } },
  { type: "tcp", settings: { host, port } },
  { type: "tcp", settings: { host, port, security: "tls", ignoreTlsErrors: true } },
  { type: "tls", settings: { host, port } },
  { type: "smtp", settings: { host, port } },
  { type: "redis", settings: { host, port } },
  { type: "udp", settings: { host, port, payload: "x" } },
  { type: "grpc", settings: { host, port, security: "none" } },
  { type: "grpc", settings: { host, port, ignoreTlsErrors: true, serverName: "example.org" } },
  { type: "websocket", settings: { url: `ws://${host}:${port}/` } },
  { type: "websocket", settings: { url: `wss://${host}:${port}/`, ignoreTlsErrors: true } }
]

describe("checks of every kind", () => {
  it.live.each(["127.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]", "inside.test", "169.254.169.254"])(
    "of %s are blocked",
    (host) =>
      Effect.gen(function* () {
        const canary = yield* aCanary
        const environment = testEnvironment([], resolveFrom({ "inside.test": ["127.0.0.1"] }))
        const names = resolveFrom({ "inside.test": ["127.0.0.1"] })
        for (const given of inside(host, canary.port)) {
          const spec = yield* Schema.decodeUnknownEffect(MonitorSpec)(given)
          const outcome: CheckOutcome = yield* runCheck(spec, { timeoutMs }).pipe(
            Effect.provide(checkServices(testDialer([], names), environment))
          )
          assert.strictEqual(outcome.error?.code, "blocked", JSON.stringify(given))
          assert.isNull(outcome.address)
          assert.isNull(outcome.timings.connectUs)
        }
        yield* canary.isUntouched
      })
  )
})
