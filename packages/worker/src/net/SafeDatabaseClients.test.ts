/** Servers that are no databases, or hostile ones: a verdict in time with a name, and never a crash. */
import type { Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { tcpServer } from "./testing/LocalServer.ts"
import { checkMysql, checkPostgres } from "./testing/TestDatabaseClients.ts"

const kinds = { postgres: checkPostgres, mysql: checkMysql } as const
type Kind = keyof typeof kinds

const settings = (port: number) => ({
  host: "127.0.0.1",
  port,
  user: "someone",
  password: "s3cret",
  encryption: "disable"
})

const against = Effect.fnUntraced(function* (kind: Kind, onSocket: (socket: Socket) => void, changes: object = {}) {
  const { port } = yield* tcpServer(onSocket)
  const started = performance.now()
  const outcome = yield* kinds[kind]({ ...settings(port), ...changes }, { timeoutMs: 1_000 })
  assert.isBelow(performance.now() - started, 2_000)
  return outcome
})

/** A packet of MySQL: three bytes of length, a number, the payload. */
const packet = (payload: Buffer, sequence = 0): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUIntLE(payload.length, 0, 3)
  head[3] = sequence
  return Buffer.concat([head, payload])
}

/** Protocol::HandshakeV10; `flags` are the capabilities. */
const greeting = (flags = 0xffff_f7ff, version = "8.4.0"): Buffer =>
  packet(
    Buffer.concat([
      Buffer.from(`\x0a${version}\0`),
      Buffer.from([1, 0, 0, 0]),
      Buffer.from("12345678\0"),
      Buffer.from([flags & 255, (flags >> 8) & 255, 45, 2, 0, (flags >> 16) & 255, (flags >> 24) & 255, 21]),
      Buffer.alloc(10),
      Buffer.from("123456789012\0mysql_native_password\0")
    ])
  )

const ok = (sequence: number): Buffer => packet(Buffer.from([0, 0, 0, 2, 0, 0, 0]), sequence)

/** A message of PostgreSQL: its letter, four bytes of length, the payload. */
const message = (letter: string, payload: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(payload.length + 4)
  return Buffer.concat([Buffer.from(letter), length, payload])
}

/** AuthenticationSASL, then AuthenticationSASLContinue with whatever the server wants. */
const sasl = (continued: (nonce: string) => string) => (socket: Socket) => {
  socket.once("data", () => {
    socket.write(message("R", Buffer.from("\0\0\0\x0aSCRAM-SHA-256\0\0", "latin1")))
    socket.once("data", (first: Buffer) => {
      const nonce = /r=(.*)$/.exec(first.toString("latin1"))![1]!
      socket.write(message("R", Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from(continued(nonce))])))
    })
  })
}

const answering = (bytes: Buffer) => (socket: Socket) => void socket.once("data", () => socket.write(bytes))

const http = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

const cases: ReadonlyArray<
  [kind: Kind, what: string, code: string, onSocket: (socket: Socket) => void, changes?: object]
> = [
  ["postgres", "says nothing", "timeout_first_byte", () => {}],
  ["mysql", "says nothing", "timeout_first_byte", () => {}],
  ["postgres", "hangs up at once", "empty", (socket) => socket.end()],
  ["mysql", "hangs up at once", "empty", (socket) => socket.end()],
  ["postgres", "resets", "connection_reset", (socket) => void socket.once("data", () => socket.resetAndDestroy())],
  ["mysql", "resets", "connection_reset", (socket) => socket.resetAndDestroy()],
  ["postgres", "speaks HTTP", "protocol", answering(Buffer.from(http))],
  ["mysql", "speaks HTTP", "protocol", (socket) => void socket.write(http)],
  ["mysql", "speaks SSH", "protocol", (socket) => void socket.write("SSH-2.0-OpenSSH_9.2\r\n")],
  ["mysql", "greets and leaves", "closed_early", (socket) => void socket.end(greeting())],
  ["mysql", "greets and is silent", "timeout_transfer", (socket) => void socket.write(greeting())],
  ["mysql", "greets with half a packet", "protocol", (socket) => void socket.write(packet(Buffer.from([10, 0x35])))],
  [
    "mysql",
    "has no TLS to offer",
    "tls_not_offered",
    (socket) => void socket.write(greeting(0xf7ff & ~0x800)),
    { encryption: "require" }
  ],
  [
    "mysql",
    "agrees to TLS and says noise",
    "tls_protocol",
    (socket) => {
      socket.write(greeting(0xffff_ffff))
      answering(Buffer.from("noise, no handshake"))(socket)
    },
    { encryption: "require" }
  ],
  [
    "postgres",
    "agrees to TLS and says noise",
    "tls_protocol",
    (socket) =>
      void socket.once("data", () => {
        socket.write("S")
        answering(Buffer.from("noise, no handshake"))(socket)
      }),
    { encryption: "require" }
  ],
  ["postgres", "agrees to TLS and is silent", "timeout_tls", answering(Buffer.from("S")), { encryption: "require" }],
  [
    "postgres",
    "answers the wish for TLS with noise",
    "protocol",
    answering(Buffer.from("X")),
    { encryption: "require" }
  ],
  [
    "postgres",
    "refuses with words",
    "authentication_failed",
    answering(message("E", Buffer.from("SFATAL\0C28P01\0Mpassword authentication failed\0\0")))
  ],
  [
    "postgres",
    "is starting up",
    "server_busy",
    answering(message("E", Buffer.from("SFATAL\0C57P03\0Mthe database system is starting up\0\0")))
  ],
  [
    "postgres",
    "wants a billion rounds of hashing",
    "authentication_failed",
    sasl((nonce) => `r=${nonce}x,s=c2FsdA==,i=1000000000`)
  ],
  [
    "postgres",
    "does not know the password itself",
    "authentication_failed",
    sasl((nonce) => `r=${nonce},s=c2FsdA==,i=4096`)
  ],
  [
    "postgres",
    "asks for a way of signing in that nobody knows",
    "protocol",
    answering(message("R", Buffer.from([0, 0, 0, 99])))
  ],
  ["postgres", "announces four gigabytes", "protocol", answering(Buffer.from([0x52, 0xff, 0xff, 0xff, 0xff, 0, 0]))],
  [
    "postgres",
    "sends rows that nobody asked for",
    "protocol",
    answering(message("D", Buffer.from([0, 1, 0, 0, 0, 1, 0x31])))
  ],
  [
    "mysql",
    "has too many connections",
    "server_busy",
    (socket) => void socket.write(packet(Buffer.from("\xff\x10\x04Too many connections", "latin1")))
  ],
  [
    "mysql",
    "asks for our files",
    "query_failed",
    (socket) => {
      socket.write(greeting())
      let count = 0
      socket.on("data", (bytes: Buffer) => {
        // Signing in, two statements of ours, then the query: LOCAL INFILE Request.
        if (count++ < 3) socket.write(ok(bytes[3]! + 1))
        else
          socket.write(
            count === 4
              ? packet(Buffer.from("\xfb/etc/passwd", "latin1"), 1)
              : packet(Buffer.from("\xff\x28\x04#42000no", "latin1"), bytes[3]! + 1)
          )
      })
    }
  ]
]

describe("a server that", () => {
  it.live.each(cases)("for %s %s: %s", ([kind, , code, onSocket, changes]) =>
    Effect.gen(function* () {
      const outcome = yield* against(kind, onSocket, changes)
      assert.strictEqual(outcome.error?.code, code)
      assert.strictEqual(outcome.status, "down")
      assert.notInclude(JSON.stringify(outcome), "s3cret")
    })
  )

  it.live.each<Kind>(["postgres", "mysql"])("for %s does not listen: connection_refused", (kind) =>
    Effect.gen(function* () {
      const { port } = yield* Effect.scoped(tcpServer(() => {}))
      assert.strictEqual((yield* kinds[kind](settings(port))).error?.code, "connection_refused")
    })
  )

  it.live.each<Kind>(["postgres", "mysql"])("for %s floods: too_much", (kind) =>
    Effect.gen(function* () {
      const before = process.memoryUsage().rss
      const outcome = yield* against(kind, (socket) => {
        const flood = (): void => {
          // One packet after the other that belongs to a longer one.
          while (
            !socket.destroyed &&
            socket.write(kind === "mysql" ? Buffer.alloc(64 * 1024, 0xff) : Buffer.alloc(64 * 1024, 0x52))
          ) {}
        }
        socket.on("drain", flood)
        if (kind === "mysql") socket.write(greeting())
        socket.once("data", () => {
          socket.write(kind === "postgres" ? message("R", Buffer.alloc(4)) : Buffer.from([0xff, 0xff, 0xff, 2]))
          flood()
        })
      })
      assert.strictEqual(outcome.error?.code, "too_much")
      assert.isBelow(process.memoryUsage().rss - before, 64 * 1024 * 1024)
    })
  )
})

/** What servers say first, and what they may say then. */
const words: Readonly<Record<Kind, { readonly greeting?: Buffer; readonly answers: ReadonlyArray<Buffer> }>> = {
  mysql: {
    greeting: greeting(),
    answers: [
      ok(2),
      packet(Buffer.from([0xfe, 0, 0, 2, 0]), 1),
      packet(Buffer.from([1]), 1),
      packet(Buffer.from([2, 0, 0]), 1),
      greeting()
    ]
  },
  postgres: {
    answers: [
      Buffer.concat([message("R", Buffer.alloc(4)), message("Z", Buffer.from("I"))]),
      message("S", Buffer.from("server_version\x0017\0")),
      message("T", Buffer.concat([Buffer.from([0, 1]), Buffer.from("a\0"), Buffer.alloc(18)])),
      message("D", Buffer.from([0, 1, 0, 0, 0, 1, 0x31])),
      Buffer.concat([
        message("1", Buffer.alloc(0)),
        message("C", Buffer.from("SELECT 1\0")),
        message("Z", Buffer.from("T"))
      ]),
      message("E", Buffer.from("SERROR\0C42601\0Mno\0\0"))
    ]
  }
}

it.live.each<Kind>(["postgres", "mysql"])("whatever %s servers say, the worker lives on", (kind) =>
  Effect.gen(function* () {
    // xorshift32: the same cases in every run.
    let state = 0x1234_5678
    const random = (below: number): number => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) % below
    }
    const mutated = (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes)
      for (let count = random(4); count > 0; count--) copy[random(copy.length)] = random(256)
      return random(8) === 0 ? copy.subarray(0, random(copy.length)) : copy
    }
    const { answers, greeting } = words[kind]
    const { port } = yield* tcpServer((socket) => {
      if (greeting !== undefined) socket.write(mutated(greeting))
      socket.on("data", () => void socket.write(mutated(answers[random(answers.length)]!)))
    })
    const check = kinds[kind](settings(port), { timeoutMs: 300 })
    const outcomes = yield* Effect.all(
      Array.from({ length: 300 }, () => check),
      { concurrency: 50 }
    )
    const codes = new Set(outcomes.map(({ error }) => error?.code ?? "up"))
    assert.include([...codes], "protocol")
    assert.isAtLeast(codes.size, 2)
  })
)

it.live.each<Kind>(["postgres", "mysql"])("a %s check that nobody waits for leaves its connection", (kind) =>
  Effect.gen(function* () {
    const left = yield* Deferred.make<void>()
    const server = yield* tcpServer((socket) => {
      socket.resume()
      socket.on("end", () => Deferred.doneUnsafe(left, Effect.void))
    })
    const fiber = yield* Effect.forkChild(kinds[kind](settings(server.port), { timeoutMs: 60_000 }))
    while (server.hits() === 0) yield* Effect.sleep("5 millis")
    yield* Fiber.interrupt(fiber)
    yield* Deferred.await(left)
    assert.strictEqual(server.hits(), 1)
  })
)

describe("an inside address is not dialled", () => {
  it.live.each<Kind>(["postgres", "mysql"])("by %s", (kind) =>
    Effect.gen(function* () {
      const canary = yield* tcpServer((socket) => socket.end())
      for (const host of [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "::1",
        "::ffff:127.0.0.1",
        "localhost",
        "/tmp"
      ]) {
        const checked = yield* Effect.option(kinds[kind]({ ...settings(canary.port), host }, { allowed: [] }))
        // A path is no host: refused before anything is tried.
        if (checked._tag === "Some") assert.strictEqual(checked.value.error?.code, "blocked")
        else assert.strictEqual(host, "/tmp")
      }
      assert.strictEqual(canary.hits(), 0)
      yield* kinds[kind](settings(canary.port))
      assert.strictEqual(canary.hits(), 1)
    })
  )
})
