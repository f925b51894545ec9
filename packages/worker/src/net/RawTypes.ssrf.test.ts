/**
 * No kind that speaks over raw connections reaches an address that is not allowed, however its host is written or named:
 * canaries listen on loopback and must stay untouched, while a control shows that they could be reached.
 */
import { createSocket, type Socket } from "node:dgram"
import { assert, describe, it } from "@effect/vitest"
import type { Dialer } from "@v-insight/domain/monitor-types/Dialer"
import { MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import { Effect, Schema } from "effect"
import { tcpServer, touch } from "./testing/LocalServer.ts"
import { checkServices, resolveFrom, testDialer } from "./testing/TestDialer.ts"

/** TCP and UDP on the same port. */
const canaries = Effect.gen(function* () {
  const tcp = yield* tcpServer((socket) => socket.end("220 secret\r\n"))
  let datagrams = 0
  yield* Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = createSocket("udp4")
      socket.on("message", (_, { address, port }) => {
        datagrams++
        socket.send("secret", port, address)
      })
      socket.bind(tcp.port, "127.0.0.1", () => resume(Effect.succeed(socket)))
    }),
    (socket) => Effect.callback<void>((resume) => void socket.close(() => resume(Effect.void)))
  )
  return { port: tcp.port, connections: tcp.hits, datagrams: () => datagrams }
})

const kinds = [
  { type: "tcp", settings: { send: "x" } },
  { type: "tcp", settings: { security: "tls", ignoreTlsErrors: true, serverName: "127.0.0.1" } },
  { type: "tcp", settings: { security: "starttls_smtp" } },
  { type: "tls", settings: {} },
  { type: "smtp", settings: {} },
  { type: "redis", settings: { password: "x" } },
  { type: "udp", settings: { payload: "x", needsAnswer: false } }
]

/** Undefined where the settings are refused already. */
const verdictOf = (dialer: Dialer["Service"], kind: (typeof kinds)[number], host: string, port: number) =>
  Schema.decodeUnknownEffect(MonitorSpec)({ type: kind.type, settings: { ...kind.settings, host, port } }).pipe(
    Effect.flatMap((spec) => runCheck(spec, { timeoutMs: 1_000 })),
    Effect.provide(checkServices(dialer)),
    Effect.map(({ address, detail, error, timings }) => ({ code: error?.code, address, detail, timings })),
    Effect.catchTag("SchemaError", () => Effect.succeed(undefined))
  )

const isBlocked = Effect.fnUntraced(function* (dialer: Dialer["Service"], host: string) {
  const { connections, datagrams, port } = yield* canaries
  for (const kind of kinds) {
    const verdict = yield* verdictOf(dialer, kind, host, port)
    if (verdict === undefined) continue
    // Nothing that tells of what is there, not even how long it took.
    assert.strictEqual(verdict.code, "blocked", kind.type)
    assert.isNull(verdict.detail)
    assert.deepInclude(verdict.timings, { connectUs: null, tlsUs: null, firstByteUs: null, totalUs: 0 })
  }
  yield* touch(port)
  assert.deepStrictEqual([connections(), datagrams()], [1, 0])
})

const nobody = (): never => assert.fail("a literal address was resolved")

const spellings = [
  ["127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.0.0.1", "0177.0.0.1", "00"],
  ["%31%32%37%2e1", "１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1", "127｡1", "𝟙𝟚𝟟.1", "0", "0.0.0.0", "0x0"],
  ["::", "::1", "[::1]", "0:0:0:0:0:0:0:1", "0000::1", "::127.0.0.1", "::ffff:127.0.0.1", "[::ffff:7f00:1]"],
  ["64:ff9b::127.0.0.1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::1", "fe80::1", "fe80::1%lo", "::1%lo"],
  ["169.254.169.254", "::ffff:a9fe:a9fe", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.64.0.1", "255.255.255.255"],
  ["user@127.0.0.1", "127.0.0.1/", "127.0.0.1#", "127.0.0.1\\", "127.0.0.1\n", "\t127.0.0.1", "[::1", "127.0.0.1:22"],
  ["/run/postgresql/.s.PGSQL.5432", "unix:/run/x", "\\\\.\\pipe\\x", "file:///etc/passwd"]
].flat()

describe("with public addresses only", () => {
  it.live.each(spellings)("nothing reaches %j", (host) => isBlocked(testDialer([], nobody), host))

  it.live.each([
    ["127.0.0.1"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["64:ff9b::7f00:1"],
    ["10.0.0.1"],
    ["169.254.169.254"],
    ["fe80::1%lo"],
    ["127.1"],
    ["localhost"],
    ["/run/postgresql/.s.PGSQL.5432"],
    // One forbidden answer condemns the name.
    ["192.0.2.1", "127.0.0.1"]
  ])("nor a name that resolves to %j", (addresses) =>
    isBlocked(testDialer([], resolveFrom({ "rebind.test": addresses })), "rebind.test")
  )
})

it.live("the control: the same canaries are reached where their address is allowed", () =>
  Effect.gen(function* () {
    const { connections, datagrams, port } = yield* canaries
    for (const kind of kinds) yield* verdictOf(testDialer(["127.0.0.1/32"]), kind, "127.0.0.1", port)
    assert.deepStrictEqual([connections(), datagrams()], [kinds.length - 1, 1])
  })
)
