/** What the API asks of the worker: tries, runs and channel tests, with somebody who answers in the worker's place. */
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { Effect } from "effect"
import { limits } from "../auth/Limits.ts"
import { listen } from "../testing/events.ts"
import { standIn } from "../testing/StandInWorker.ts"
import { TestServer } from "../testing/TestServer.ts"

const timings = { dnsUs: 1, connectUs: 2, tlsUs: null, firstByteUs: 3, transferUs: 4, totalUs: 10 }
const outcome = {
  status: "up",
  timings,
  httpStatus: 200,
  error: null,
  certificate: null,
  address: "192.0.2.1",
  attempts: 1,
  detail: null
}
const at = "2026-11-21T12:00:00.000Z"
const spec = { type: "http", settings: { url: "https://shop.example/" } }

layer(TestServer.layer, { excludeTestServices: true })("asking the worker", (it) => {
  it.effect("tries a check without a monitor", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const worker = yield* standIn(() => ({ answer: { data: outcome } }))
      const { body, status, text } = yield* ask("POST", "/api/v1/checks/try", {
        as: eve,
        body: { ...spec, timeoutSeconds: 7 }
      })
      assert.strictEqual(status, 200, text)
      assert.deepStrictEqual(body.data, outcome)
      const request = yield* worker.seen
      assert.deepInclude(request, { kind: "try", tenantId: eve.context.tenantId, bucket: "-" })
      assert.deepNestedInclude(request.payload, { type: "http", timeoutSeconds: 7, "settings.url": spec.settings.url })
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )

  it.effect("tells a try as it happens, at either address", () =>
    Effect.gen(function* () {
      const { url } = yield* TestServer
      const { eve } = yield* Cast
      yield* standIn(() => ({ progress: ["dns 1", "connect 2"], answer: { data: outcome } }))
      for (const path of ["/api/v1/checks/try", "/api/v1/checks/try/live"]) {
        const headers = { "content-type": "application/json" }
        const heard = yield* listen(url + path, { as: eve, method: "POST", body: JSON.stringify(spec), headers })
        assert.strictEqual(heard.headers.get("content-type"), "text/event-stream", path)
        assert.deepInclude(yield* heard.next, { event: "phase", data: { phase: "dns", us: 1 } })
        assert.deepInclude(yield* heard.next, { event: "phase", data: { phase: "connect", us: 2 } })
        assert.deepInclude(yield* heard.next, { event: "outcome", data: outcome })
        yield* heard.ended
      }
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )

  it.effect("runs a monitor now, in its own bucket", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve, things } = yield* Cast
      const check = { monitorId: things.monitorId, region: "default", slot: at, checkedAt: at, ...outcome }
      const worker = yield* standIn(() => ({ answer: { data: check } }))
      const { body, text } = yield* ask("POST", `/api/v1/monitors/${things.monitorId}/run`, { as: eve })
      assert.deepStrictEqual(body.data, check, text)
      assert.deepInclude(yield* worker.seen, { kind: "run", bucket: String(bucketOf(things.monitorId)) })
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )

  it.effect("tests a channel and says what the receiver said, but not too often", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      const report = {
        delivered: false,
        status: 500,
        answer: "no",
        error: { code: "unexpected_status", message: "…" },
        durationMs: 5
      }
      yield* standIn(() => ({ answer: { data: report } }))
      const path = `/api/v1/alert-channels/${otherThings.channelId}/test`
      for (let sent = 0; sent < limits.testPerTenant.burst; sent++) {
        assert.deepStrictEqual((yield* ask("POST", path, { as: mallory })).body.data, report)
      }
      const refused = yield* ask("POST", path, { as: mallory })
      assert.strictEqual(refused.status, 429, refused.text)
      assert.strictEqual(refused.body.error.code, "RATE_LIMITED")
      assert.match(refused.headers.get("retry-after") ?? "", /^[1-6]$/)
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )

  it.effect("says what the worker says when it refuses", () =>
    Effect.gen(function* () {
      const { ask, url } = yield* TestServer
      const { alice, things } = yield* Cast
      const message = "The channel was removed."
      yield* standIn(({ kind }) => ({
        answer: { error: { code: kind === "test" ? "NOT_FOUND" : "INTERNAL_ERROR", message } }
      }))
      const gone = yield* ask("POST", `/api/v1/alert-channels/${things.channelId}/test`, { as: alice })
      assert.deepStrictEqual([gone.status, gone.body.error.message], [404, message])
      const failed = yield* ask("POST", "/api/v1/checks/try", { as: alice, body: spec })
      assert.deepStrictEqual([failed.status, failed.body.error.message], [503, message])
      const headers = { "content-type": "application/json" }
      const heard = yield* listen(`${url}/api/v1/checks/try/live`, {
        as: alice,
        method: "POST",
        body: JSON.stringify(spec),
        headers
      })
      assert.deepInclude(yield* heard.next, { event: "failure", data: { code: "UNAVAILABLE", message } })
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )

  it.effect("says so when nobody answers", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { olga } = yield* Cast
      const { body, headers, status } = yield* ask("POST", "/api/v1/checks/try", {
        as: olga,
        body: { ...spec, timeoutSeconds: 1 }
      })
      assert.strictEqual(status, 503)
      assert.strictEqual(body.error.message, "No worker answered. Is the worker running?")
      assert.strictEqual(headers.get("retry-after"), "2")
    })
  )
})
