/** The grpc monitor type (domain/monitor-types/grpc.ts) against the npm package @grpc/grpc-js, and against bad ones. */
import { status } from "@grpc/grpc-js"
import * as http2 from "node:http2"
import { assert, describe, it } from "@effect/vitest"
import { grpc } from "@v-insight/domain/monitor-types/grpc"
import { Effect } from "effect"
import { certificate, key } from "./testing/Certificates.ts"
import { checkOf, settingsProblem, verdict } from "./testing/checkOf.ts"
import { grpcServer, type HealthCall, type HealthReply } from "./testing/GrpcServer.ts"
import { httpServer, httpsServer, listening, tcpServer } from "./testing/LocalServer.ts"

const check = checkOf(grpc)

describe("a gRPC server", () => {
  it.live("is up over TLS and in the clear, as a whole and by service", () =>
    Effect.gen(function* () {
      const asked: Array<HealthCall> = []
      const reply = (call: HealthCall): HealthReply => {
        asked.push(call)
        return "SERVING"
      }
      const secure = yield* grpcServer(reply)
      const outcome = yield* check({
        host: "localhost",
        port: secure.port,
        metadata: { "X-Tenant": "a" },
        token: "s3cret"
      })
      assert.strictEqual(verdict(outcome), "up")
      assert.include(outcome.certificate?.subject, "CN=localhost")
      assert.strictEqual(outcome.detail?.tlsVersion, "TLSv1.3")
      assert.strictEqual(outcome.detail?.traits["health"], "SERVING")
      for (const phase of ["dnsUs", "connectUs", "tlsUs", "firstByteUs", "transferUs"] as const) {
        assert.isAtLeast(outcome.timings[phase]!, 0)
      }
      const plain = yield* grpcServer(reply, { isSecure: false })
      const service = "shop.v1.Orders"
      assert.strictEqual(
        verdict(yield* check({ host: "127.0.0.1", port: plain.port, security: "none", service })),
        "up"
      )
      assert.deepStrictEqual(
        asked.map((call) => [call.service, call.metadata.get("authorization")[0], call.metadata.get("x-tenant")[0]]),
        [
          ["", "Bearer s3cret", "a"],
          [service, undefined, undefined]
        ]
      )
      // It is told how long we wait.
      assert.isBelow(Number(asked[0]!.deadline), Date.now() + 60_000)
    })
  )

  it.live.each<[reply: HealthReply, code: string, sentence: RegExp]>([
    ["NOT_SERVING", "not_serving", /^The service "a\.B" says that it is not serving\.$/],
    ["SERVICE_UNKNOWN", "service_unknown", /^The server does not know the service "a\.B"\.$/],
    ["UNKNOWN", "health_unknown", /does not say whether/],
    [{ code: status.NOT_FOUND, details: "no such" }, "service_unknown", /does not know/],
    [
      { code: status.UNAVAILABLE, details: "h\u00e4lt \u2713\n" },
      "grpc_unavailable",
      /^The call ended with UNAVAILABLE: h\u00e4lt \u2713$/
    ],
    [{ code: status.UNAUTHENTICATED, details: "" }, "grpc_unauthenticated", /^The call ended with UNAUTHENTICATED\.$/],
    [{ code: status.PERMISSION_DENIED, details: "go" }, "grpc_permission_denied", /PERMISSION_DENIED: go/],
    [{ code: status.DEADLINE_EXCEEDED, details: "slow" }, "grpc_deadline_exceeded", /slow/],
    [{ code: status.INTERNAL, details: "x".repeat(5_000) }, "grpc_internal", /^.{1,300}$/]
  ])("that answers %j is down: %s", ([reply, code, sentence]) =>
    Effect.gen(function* () {
      const { port } = yield* grpcServer(() => reply)
      const outcome = yield* check({ host: "localhost", port, service: "a.B" })
      assert.strictEqual(verdict(outcome), `down ${code}`)
      assert.match(outcome.error!.message, sentence)
      assert.isNotNull(outcome.certificate)
    })
  )

  it.live("without the health service is down, and says what is missing", () =>
    Effect.gen(function* () {
      const { port } = yield* grpcServer(() => "SERVING", { isBare: true })
      const outcome = yield* check({ host: "localhost", port })
      assert.strictEqual(verdict(outcome), "down grpc_unimplemented")
    })
  )

  it.live("that does not answer is down when the time is over", () =>
    Effect.gen(function* () {
      const { port } = yield* grpcServer(() => undefined)
      const outcome = yield* check({ host: "localhost", port }, 300)
      // Whose clock is first: the server has been told the same limit.
      assert.include(["down timeout_first_byte", "down grpc_deadline_exceeded"], verdict(outcome))
    })
  )

  it.live("may ask who we are", () =>
    Effect.gen(function* () {
      const { port } = yield* grpcServer(() => "SERVING", { clientAuthority: certificate("client") })
      const settings = { host: "localhost", port }
      assert.strictEqual(verdict(yield* check(settings)), "down tls_client_certificate")
      const identity = { clientCertificate: certificate("client"), clientKey: key }
      assert.strictEqual(verdict(yield* check({ ...settings, ...identity })), "up")
    })
  )

  it.live("is judged by assertions too", () =>
    Effect.gen(function* () {
      const { port } = yield* grpcServer(() => "SERVING")
      const assertions = [{ source: "total_ms", operator: "less_than", expected: 0, severity: "degraded" }]
      assert.strictEqual((yield* check({ host: "localhost", port, assertions })).status, "degraded")
    })
  )
})

/** Speaks HTTP/2 but its own kind of gRPC. */
const answering = (head: http2.OutgoingHttpHeaders, body: Uint8Array, trailers?: http2.OutgoingHttpHeaders) =>
  listening(
    () =>
      http2.createServer().on("stream", (stream) => {
        stream.respond(
          { ":status": 200, "content-type": "application/grpc", ...head },
          { waitForTrailers: trailers !== undefined }
        )
        stream.on("wantTrailers", () => stream.sendTrailers(trailers!))
        stream.end(body)
      }),
    "127.0.0.1"
  )

const serving = Uint8Array.of(0, 0, 0, 0, 2, 8, 1)
const ok = { "grpc-status": "0" }

describe("a server that", () => {
  it.live.each([
    ["answers as it should", "up", answering({}, serving, ok)],
    [
      "says more than we know",
      "up",
      answering({}, Uint8Array.of(0, 0, 0, 0, 13, 0x12, 1, 65, 0x1d, 0, 0, 0, 0, 8, 1, 0x20, 0xff, 1), ok)
    ],
    ["compresses unasked", "bad_message", answering({}, Uint8Array.of(1, ...serving.subarray(1)), ok)],
    ["lies about the length", "bad_message", answering({}, Uint8Array.of(0, 255, 255, 255, 255, 8, 1), ok)],
    ["sends half a number", "bad_message", answering({}, Uint8Array.of(0, 0, 0, 0, 2, 8, 0x80), ok)],
    [
      "sends an endless number",
      "bad_message",
      answering({}, Uint8Array.of(0, 0, 0, 0, 12, 8, ...Array<number>(11).fill(0xff)), ok)
    ],
    [
      "sends a field that is longer than all",
      "bad_message",
      answering({}, Uint8Array.of(0, 0, 0, 0, 3, 0x12, 0x7f, 1), ok)
    ],
    ["sends a status nobody knows", "bad_message", answering({}, Uint8Array.of(0, 0, 0, 0, 2, 8, 9), ok)],
    ["sends no message", "bad_message", answering({}, new Uint8Array(0), ok)],
    ["sends two messages", "bad_message", answering({}, Buffer.concat([serving, serving]), ok)],
    ["says UNKNOWN by saying nothing", "health_unknown", answering({}, Uint8Array.of(0, 0, 0, 0, 0), ok)],
    ["forgets the status", "not_grpc", answering({}, serving)],
    ["has a status of its own", "not_grpc", answering({}, serving, { "grpc-status": "ninety" })],
    ["has a status beyond all", "not_grpc", answering({}, serving, { "grpc-status": "99" })],
    [
      "fails in its head",
      "grpc_unavailable",
      answering({ "grpc-status": "14", "grpc-message": "%E2%9C%93 %zz" }, new Uint8Array(0))
    ],
    ["answers in JSON", "not_grpc", answering({ "content-type": "application/json" }, serving, ok)],
    ["answers 404", "not_grpc", answering({ ":status": 404 }, serving, ok)],
    ["answers 503", "not_grpc", answering({ ":status": 503, "content-type": "text/html" }, new Uint8Array(0))],
    ["speaks HTTP/1.1", "not_grpc", httpServer((_, response) => response.end())],
    ["speaks no HTTP at all", "not_grpc", tcpServer((socket) => socket.write("220 mail.test ESMTP\r\n"))],
    ["says nothing", "timeout_first_byte", tcpServer((socket) => socket.resume())],
    ["closes at once", "connection_reset", tcpServer((socket) => socket.resetAndDestroy())]
  ] as const)("%s: %s", ([, code, server]) =>
    Effect.gen(function* () {
      const { port } = yield* server
      const outcome = yield* check({ host: "localhost", port, security: "none" }, 500)
      assert.strictEqual(verdict(outcome), code === "up" ? code : `down ${code}`, outcome.error?.message)
    })
  )

  it.live("speaks HTTP/1.1 over TLS is told apart", () =>
    Effect.gen(function* () {
      const { port } = yield* httpsServer("valid", (_, response) => response.end())
      const outcome = yield* check({ host: "localhost", port })
      assert.deepStrictEqual(outcome.error, {
        code: "not_grpc",
        message: "The server does not speak HTTP/2, which gRPC needs."
      })
    })
  )
})

describe("settings", () => {
  it.effect.each<[settings: Readonly<Record<string, unknown>>, path: string]>([
    [{ port: 0 }, "port"],
    [{ metadata: { "grpc-timeout": "1S" } }, "metadata"],
    [{ metadata: { te: "x" } }, "metadata"],
    [{ metadata: { "x y": "z" } }, "metadata"],
    [{ token: "a\nb" }, "token"],
    [{ clientKey: key }, "clientCertificate"],
    [{ security: "ssl" }, "security"]
  ])("%j are refused", ([settings, path]) =>
    Effect.map(settingsProblem(grpc, { host: "a.test", ...settings }), (problem) => assert.include(problem, path))
  )
})
