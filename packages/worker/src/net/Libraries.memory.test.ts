/** Hostile servers of HTTP/2, gRPC and WebSocket all at once: memory stays bounded whatever the libraries make of them. */
import { fork } from "node:child_process"
import { assert, it } from "@effect/vitest"
import { grpc } from "@v-insight/domain/monitor-types/grpc"
import { http } from "@v-insight/domain/monitor-types/http"
import { websocket } from "@v-insight/domain/monitor-types/websocket"
import { Effect } from "effect"
import { checkOf } from "./testing/checkOf.ts"
import type { FloodPorts } from "./testing/libraryFloods.ts"

const mebibyte = 1024 * 1024
const atOnce = 30
const rounds = 15

const floods = Effect.gen(function* () {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => fork(new URL("./testing/libraryFloods.ts", import.meta.url))),
    (child) => Effect.sync(() => child.kill())
  )
  return yield* Effect.callback<FloodPorts>((resume) => {
    child.once("message", (ports) => resume(Effect.succeed(ports as FloodPorts)))
  })
})

const checks = { grpc: checkOf(grpc), http: checkOf(http), websocket: checkOf(websocket) }

/** Measured: 12 to 48 MiB. */
it.live(
  "hostile servers of all libraries at once cost less than 64 MiB",
  () =>
    Effect.gen(function* () {
      const ports = yield* floods
      const http2 = (port: number) => checks.http({ url: `http://127.0.0.1:${port}/`, httpVersion: "2" }, 10_000)
      const call = (port: number) => checks.grpc({ host: "127.0.0.1", port, security: "none" }, 10_000)
      const messages = (port: number) => checks.websocket({ url: `ws://127.0.0.1:${port}/`, expect: "never" }, 10_000)
      const attacks = [
        () => http2(ports.body),
        () => http2(ports.head),
        () => call(ports.call),
        () => call(ports.head),
        () => messages(ports.large),
        () => messages(ports.small)
      ]
      const attack = (rounds: number) =>
        Effect.forEach(Array.from({ length: rounds }, () => attacks).flat(), (one) => one(), { concurrency: atOnce })
      yield* attack(10) // what is allocated once: the heap grows to its working size
      globalThis.gc?.()
      const before = process.memoryUsage().rss
      let peak = before
      const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10)
      const outcomes = yield* attack(rounds).pipe(Effect.ensuring(Effect.sync(() => clearInterval(timer))))
      assert.deepStrictEqual(
        outcomes.slice(0, attacks.length).map(({ error }) => error?.code),
        [undefined, "not_http", "too_much", "not_http", "too_much", "unexpected_answer"]
      )
      assert.isBelow(peak - before, 64 * mebibyte)
    }),
  60_000
)
