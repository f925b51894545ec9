/** The udp monitor type (domain/monitor-types/udp.ts) over the real dialer and real sockets. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram"
import { assert, describe, it } from "@effect/vitest"
import { udp } from "@v-insight/domain/monitor-types/udp"
import { Effect } from "effect"
import { checkOf, settingsProblem, verdict } from "./testing/checkOf.ts"

const check = checkOf(udp)
const host = "127.0.0.1"

/** `answer` hears each datagram. */
const server = (answer: (heard: Buffer, from: RemoteInfo, socket: Socket) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Socket>((resume) => {
        const socket = createSocket("udp4")
        socket.on("message", (heard, from) => answer(heard, from, socket))
        socket.bind(0, host, () => resume(Effect.succeed(socket)))
      }),
      (socket) => Effect.callback<void>((resume) => void socket.close(() => resume(Effect.void)))
    ),
    (socket) => ({ port: socket.address().port })
  )

const echo = server((heard, { address, port }, socket) => socket.send(heard, port, address))
const silence = server(() => {})

/** A port where nobody listens: it was somebody's a moment ago. */
const closed = Effect.scoped(silence)

describe("a udp monitor", () => {
  it.live.each<[settings: Readonly<Record<string, unknown>>, expected: string]>([
    [{ payload: "ping" }, "up"],
    [{ payload: "" }, "up"],
    [{ payload: "ping", expect: "in" }, "up"],
    [{ payload: "a\\x00\\r\\n", expect: "\\x00\\r" }, "up"],
    [{ payload: "1b 00:fF", format: "hex", expect: "\\x1b\\x00\\xff" }, "up"],
    [{ payload: "ping", expect: "pong" }, "down unexpected_answer"],
    [{ payload: "ping", assertions: [{ source: "body", operator: "equals", expected: "ping" }] }, "up"],
    [
      { payload: "ping", assertions: [{ source: "body_bytes", operator: "equals", expected: 5 }] },
      "down assertion_failed"
    ]
  ])("of an echo with %j is %s", ([settings, expected]) =>
    Effect.gen(function* () {
      const { port } = yield* echo
      const outcome = yield* check({ host, port, ...settings })
      assert.strictEqual(verdict(outcome), expected)
      assert.isAbove(outcome.timings.firstByteUs!, 0)
      assert.isNull(outcome.timings.connectUs)
      assert.strictEqual(outcome.address, host)
    })
  )

  it.live("is down in silence, unless silence is what was asked for", () =>
    Effect.gen(function* () {
      const { port } = yield* silence
      const started = performance.now()
      const down = yield* check({ host, port, payload: "x" }, 300)
      assert.deepStrictEqual(down.error, {
        code: "no_answer",
        message: `No answer came from 127.0.0.1:${port} in time: nobody is there, or a datagram was lost.`
      })
      assert.isBelow(performance.now() - started, 1_300)
      const up = yield* check({ host, port, payload: "x", needsAnswer: false }, 20_000)
      assert.strictEqual(verdict(up), "up")
      assert.isBelow(performance.now() - started, 3_000)
    })
  )

  it.live("is down where nobody listens, whether an answer is needed or not", () =>
    Effect.gen(function* () {
      const { port } = yield* closed
      for (const needsAnswer of [true, false]) {
        assert.strictEqual(verdict(yield* check({ host, port, needsAnswer })), "down connection_refused")
      }
    })
  )

  it.live("is down for a name that is not there, and for a forbidden address, which tells nothing", () =>
    Effect.gen(function* () {
      assert.strictEqual(verdict(yield* check({ host: "nowhere.test", port: 9 })), "down dns_failed")
      const blocked = yield* check({ host: "10.0.0.1", port: 9, needsAnswer: false })
      assert.strictEqual(verdict(blocked), "down blocked")
      assert.isNull(blocked.detail)
    })
  )

  it.live("does not take an answer from somebody else", () =>
    Effect.gen(function* () {
      const { port } = yield* server((heard, { address, port }) => {
        const other = createSocket("udp4")
        other.send(heard, port, address, () => other.close())
      })
      assert.strictEqual(verdict(yield* check({ host, port, payload: "x" }, 400)), "down no_answer")
    })
  )
})

it.effect.each<[Readonly<Record<string, unknown>>, sentence: string]>([
  [{ payload: "1b0", format: "hex" }, "Write pairs of hexadecimal digits"],
  [{ payload: "hello", format: "hex" }, "Write pairs of hexadecimal digits"],
  [{ payload: "a\\q" }, "After a backslash"],
  [{ payload: "a".repeat(4097) }, "At most 4,096"],
  [{ port: 0 }, "A port is a number"]
])("settings of udp are not %j", ([change, sentence]) =>
  Effect.map(settingsProblem(udp, { host: "example.org", port: 9, ...change }), (problem) =>
    assert.include(problem, sentence)
  )
)
