/** The database goes away, hangs, and comes back: every request has an answer in time, and nothing has to be restarted. */
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { Effect, Schedule } from "effect"
import { listen } from "../testing/events.ts"
import { type Answer, DatabaseWire, TestServer } from "../testing/TestServer.ts"

const timed = (asking: Effect.Effect<Answer>) =>
  Effect.gen(function* () {
    const started = performance.now()
    const answer = yield* asking
    return { ...answer, ms: performance.now() - started }
  })

layer(TestServer.layerWired, { excludeTestServices: true })("without a database", (it) => {
  it.effect("requests get 503 within 2 s when it is gone, live stays, ready does not; then all is well again", () =>
    Effect.gen(function* () {
      const { ask, url } = yield* TestServer
      const { set } = yield* DatabaseWire
      const { alice, things } = yield* Cast
      const stream = yield* listen(`${url}/api/v1/stream/events`, { as: alice })
      yield* stream.next
      set("cut")
      for (const [method, path, body] of [
        ["GET", "/api/v1/monitors", undefined],
        ["POST", `/api/v1/monitors/${things.monitorId}/pause`, undefined],
        ["POST", `/api/v1/heartbeats/${things.heartbeatToken}/fail`, undefined],
        ["POST", "/api/v1/auth/login", { email: "a@b.example", password: "correct horse" }],
        ["GET", "/api/v1/auth/sign-up", undefined]
      ] as const) {
        const answer = yield* timed(ask(method, path, { as: alice, body }))
        if (path.endsWith("sign-up")) assert.strictEqual(answer.status, 200)
        else {
          assert.deepStrictEqual([answer.status, answer.body.error.code], [503, "UNAVAILABLE"], answer.text)
          assert.strictEqual(answer.headers.get("retry-after"), "2")
          assert.notMatch(answer.text, /SQL|ECONN|postgres/i)
        }
        assert.isBelow(answer.ms, 2000)
      }
      assert.strictEqual((yield* ask("GET", "/health/live")).status, 200)
      const ready = yield* timed(ask("GET", "/health/ready"))
      assert.strictEqual(ready.status, 503)
      assert.deepStrictEqual(ready.body.error.details.checks, { database: "down", process: "up" })
      assert.isBelow(ready.ms, 1000)

      set("open")
      const back = yield* ask("GET", "/api/v1/monitors", { as: alice }).pipe(
        Effect.repeat({ until: ({ status }) => status === 200, schedule: Schedule.spaced("200 millis") }),
        Effect.timeoutOption("10 seconds")
      )
      assert.strictEqual(back._tag, "Some")
      // The stream that was open all the time hears of what happens now.
      yield* ask("POST", `/api/v1/monitors/${things.monitorId}/pause`, { as: alice })
      yield* Effect.repeat(stream.next, { until: ({ event }) => event === "monitor" }).pipe(
        Effect.timeout("15 seconds")
      )
    }).pipe(Effect.scoped)
  )

  it.effect("requests get 503 within 5 s when it hangs, and health answers within a second", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { set } = yield* DatabaseWire
      const { alice } = yield* Cast
      yield* ask("GET", "/api/v1/monitors", { as: alice })
      set("clogged")
      const answers = yield* Effect.forEach(
        Array.from({ length: 30 }),
        () => timed(ask("GET", "/api/v1/monitors", { as: alice })),
        { concurrency: "unbounded" }
      )
      for (const { ms, status, text } of answers) {
        assert.strictEqual(status, 503, text)
        assert.isBelow(ms, 5500)
      }
      const health = yield* timed(ask("GET", "/health"))
      assert.strictEqual(health.status, 503)
      assert.isBelow(health.ms, 1000)
      set("open")
      const back = yield* ask("GET", "/api/v1/monitors", { as: alice }).pipe(
        Effect.repeat({ until: ({ status }) => status === 200, schedule: Schedule.spaced("200 millis") }),
        Effect.timeoutOption("10 seconds")
      )
      assert.strictEqual(back._tag, "Some")
    })
  )
})
