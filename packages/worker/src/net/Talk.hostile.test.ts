/** Servers of raw protocols as they go wrong: a named cause within the time-out and a second, and bounded memory. */
import type { Socket } from "node:net"
import * as tls from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import type { ConnectRequest, Conversation, DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import type { ExchangeCause } from "@v-insight/domain/monitor-types/Dialer"
import { Effect, type Scope } from "effect"
import { certificate, key } from "./testing/Certificates.ts"
import { tcpServer, tlsServer, type LocalServer } from "./testing/LocalServer.ts"
import { stalledServer } from "./testing/StalledServer.ts"
import { testDialer } from "./testing/TestDialer.ts"

const timeoutMs = 500
const connect = (port: number, changes: Partial<ConnectRequest> = {}) =>
  testDialer().connect({ host: "localhost", port, timeoutMs, ...changes })

/** What a kind of check does: reads until it has a whole line. */
const readLine = Effect.fnUntraced(function* (conversation: Conversation) {
  let bytes = 0
  while (true) {
    const part = yield* conversation.read
    if (part === undefined) return bytes
    bytes += part.length
    if (part.includes(0x0a)) return bytes
  }
})

const ping = new TextEncoder().encode("ping\r\n")
const sendAndRead = (conversation: Conversation) => Effect.andThen(conversation.send(ping), readLine(conversation))
const upgrade = (conversation: Conversation) =>
  Effect.andThen(sendAndRead(conversation), Effect.andThen(conversation.startTls({}), readLine(conversation)))

const flood =
  (more: Buffer | string) =>
  (socket: Socket): void => {
    const write = (): void => {
      if (!socket.destroyed && !socket.writableEnded) socket.write(more, () => setImmediate(write))
    }
    write()
  }

const drip = (socket: Socket): void => {
  const timer = setInterval(() => socket.write("."), 20)
  socket.once("close", () => clearInterval(timer))
}

/** Says that it goes on in TLS, and then does this. */
const insteadOfTls =
  (serve: (socket: Socket) => void) =>
  (socket: Socket): void => {
    socket.once("data", () => {
      socket.write("go on\r\n")
      socket.once("data", () => serve(socket))
    })
  }

const upgraded = (socket: Socket): tls.TLSSocket =>
  new tls.TLSSocket(socket, { isServer: true, key, cert: certificate("valid") }).on("error", () => {})

type Server = Effect.Effect<Pick<LocalServer, "port">, never, Scope.Scope>
type Work = (conversation: Conversation) => Effect.Effect<unknown, DialFailed>
type Case = readonly [
  name: string,
  causes: ReadonlyArray<ExchangeCause>,
  server: Server,
  work: Work,
  tls?: ConnectRequest["tls"]
]

const noise = Buffer.alloc(65_536, 0x5a)

const cases: ReadonlyArray<Case> = [
  ["never accepts", ["timeout_connect"], Effect.map(stalledServer, (port) => ({ port })), readLine],
  ["never accepts, for TLS", ["timeout_connect"], Effect.map(stalledServer, (port) => ({ port })), readLine, {}],
  ["accepts and says nothing", ["timeout_first_byte"], tcpServer((socket) => socket.resume()), sendAndRead],
  ["says half a line and no more", ["timeout_transfer"], tcpServer((socket) => socket.write("22")), readLine],
  ["drips a byte at a time", ["timeout_transfer"], tcpServer(drip), readLine],
  [
    "never reads",
    ["timeout_first_byte"],
    tcpServer((socket) => socket.pause()),
    (conversation) => conversation.send(new Uint8Array(64 * 1024 * 1024))
  ],
  ["sends one endless line", ["too_much"], tcpServer(flood(noise)), readLine],
  ["sends one endless line over TLS", ["too_much"], tlsServer("valid", flood(noise)), readLine, {}],
  [
    "sends endless lines to one who reads them all",
    ["too_much"],
    tcpServer(flood("line\r\n".repeat(10_000))),
    (conversation) => Effect.forever(conversation.read)
  ],
  ["resets at once", ["reset"], tcpServer((socket) => socket.resetAndDestroy()), readLine],
  [
    "resets on the first word",
    ["reset"],
    tcpServer((socket) => socket.once("data", () => socket.resetAndDestroy())),
    sendAndRead
  ],
  [
    "resets in mid-line",
    ["reset"],
    tcpServer((socket) => socket.write("22", () => socket.once("data", () => socket.resetAndDestroy()))),
    (conversation) => Effect.andThen(conversation.read, sendAndRead(conversation))
  ],
  [
    "resets in the handshake",
    ["tls_protocol"],
    tcpServer((socket) => socket.once("data", () => socket.resetAndDestroy())),
    readLine,
    {}
  ],
  [
    "closes in the handshake",
    ["tls_protocol"],
    tcpServer((socket) => socket.once("data", () => socket.end())),
    readLine,
    {}
  ],
  ["sends noise for a handshake", ["tls_protocol"], tcpServer((socket) => socket.write(noise)), readLine, {}],
  [
    "speaks plainly where TLS is due",
    ["tls_protocol"],
    tcpServer((socket) => socket.write("220 hello\r\n")),
    readLine,
    {}
  ],
  [
    "hangs in the handshake",
    ["timeout_tls"],
    tcpServer((socket) => socket.write(Uint8Array.of(22, 3, 3, 0, 100, 2))),
    readLine,
    {}
  ],
  [
    "resets after the handshake",
    ["reset"],
    tcpServer((socket) => upgraded(socket).once("data", () => socket.resetAndDestroy())),
    sendAndRead,
    {}
  ],
  ["closes where STARTTLS is due", ["tls_protocol"], tcpServer(insteadOfTls((socket) => socket.end())), upgrade],
  [
    "resets where STARTTLS is due",
    ["tls_protocol"],
    tcpServer(insteadOfTls((socket) => socket.resetAndDestroy())),
    upgrade
  ],
  [
    "sends noise where STARTTLS is due",
    ["tls_protocol"],
    tcpServer(insteadOfTls((socket) => socket.write(noise))),
    upgrade
  ],
  ["floods with noise where STARTTLS is due", ["tls_protocol"], tcpServer(insteadOfTls(flood(noise))), upgrade],
  ["says nothing where STARTTLS is due", ["timeout_tls"], tcpServer(insteadOfTls(() => {})), upgrade],
  [
    "sends one endless line after STARTTLS",
    ["too_much"],
    tcpServer((socket) => {
      socket.once("data", () => {
        socket.write("go on\r\n")
        flood(noise)(upgraded(socket))
      })
    }),
    upgrade
  ]
]

describe("a server that", () => {
  it.live.each(cases)("%s: %s", ([, causes, server, work, tls]) =>
    Effect.gen(function* () {
      const { port } = yield* server
      const started = performance.now()
      const failed = yield* Effect.flip(Effect.scoped(Effect.flatMap(connect(port, { tls }), work)))
      assert.isBelow(performance.now() - started, timeoutMs + 1_000)
      assert.include(causes, failed.cause, failed.detail)
      assert.strictEqual(
        Object.values(failed.facts.phases).reduce((sum, microseconds) => sum + microseconds, 0),
        failed.facts.totalUs
      )
    })
  )

  it.live("floods one who does not read is held back", () =>
    Effect.gen(function* () {
      let written = 0
      const { port } = yield* tcpServer((socket) => {
        const write = (): void => void socket.write(noise, () => ((written += noise.length), setImmediate(write)))
        write()
      })
      const conversation = yield* connect(port)
      // What the kernel keeps on both sides, and no more.
      const goesOn = Effect.suspend(() => {
        const before = written
        return Effect.map(Effect.sleep(100), () => written === 0 || (written > before && written < 16 * mebibyte))
      })
      yield* Effect.repeat(goesOn, { while: (it) => it })
      assert.isBelow(written, 16 * mebibyte)
      const read = yield* conversation.read
      assert.isAtMost(read!.length, 128 * 1024)
    })
  )

  it.live("ends and stays is not waited for", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => socket.end("bye\r\n"))
      const conversation = yield* connect(port, { timeoutMs: 10_000 })
      yield* readLine(conversation)
      assert.isUndefined(yield* conversation.read)
    })
  )
})

const mebibyte = 1024 * 1024

/** Measured: 30 to 41 MiB, the servers of this very process included. */
it.live(
  "hostile servers all at once cost less than 64 MiB",
  () =>
    Effect.gen(function* () {
      const plain = yield* tcpServer(flood(noise))
      const secure = yield* tlsServer("valid", flood(noise))
      const attack = (count: number) =>
        Effect.forEach(
          Array.from({ length: count }, (_, index) => index),
          (index) =>
            Effect.scoped(
              Effect.flatMap(
                index % 2 === 0
                  ? connect(plain.port, { timeoutMs: 10_000 })
                  : connect(secure.port, { tls: {}, timeoutMs: 10_000 }),
                readLine
              )
            ).pipe(Effect.flip),
          { concurrency: 32 }
        )
      yield* attack(8)
      const growth = Effect.gen(function* () {
        globalThis.gc?.()
        const before = process.memoryUsage().rss
        let peak = before
        const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10)
        const failures = yield* attack(96).pipe(Effect.ensuring(Effect.sync(() => clearInterval(timer))))
        assert.deepStrictEqual([...new Set(failures.map(({ cause }) => cause))], ["too_much"])
        return peak - before
      })
      // What else the process does can only add to it: the smaller of two counts.
      const first = yield* growth
      assert.isBelow(first < 64 * mebibyte ? first : yield* growth, 64 * mebibyte)
    }),
  60_000
)
