/** From a call to what follows from it: the API's repository, a bucket with the real checker, the fenced statement. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { HeartbeatRepo } from "@v-insight/database/repo/HeartbeatRepo"
import { TenantSql } from "@v-insight/database/TenantSql"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import type { HeartbeatKind } from "@v-insight/domain/model/Heartbeat"
import { Heartbeats } from "@v-insight/domain/monitor-types/Heartbeats"
import { Effect, Layer } from "effect"
import { Alarm } from "./buckets/Alarm.ts"
import { Alerting } from "./alerting/Alerting.ts"
import * as Bucket from "./buckets/Bucket.ts"
import { Capacity } from "./buckets/Capacity.ts"
import { Changes } from "./Changes.ts"
import { Checker } from "./Checker.ts"
import * as HeartbeatsLive from "./Heartbeats.ts"
import { checkServices } from "./net/testing/TestDialer.ts"
import { Recorder } from "./Recorder.ts"
import { eventuallyWithin } from "./testing/eventually.ts"
import { Believing } from "./testing/connectivity.ts"
import { Verdicts } from "./verdicts/Verdicts.ts"
import { asSuperuser, insertMonitor, insertTenant } from "./testing/Seed.ts"

const region = "default"
const Services = HeartbeatsLive.layer.pipe(Layer.provideMerge(checkServices()))
const Worker = Layer.mergeAll(
  Checker.layer,
  Layer.provideMerge(Verdicts.layer(region), Recorder.layer(region)),
  Layer.provideMerge(Alerting.layer, Changes.layer),
  Alarm.layer,
  Capacity.layer(8),
  TestBox
).pipe(
  Layer.provideMerge(Services),
  Layer.provide(Believing),
  Layer.provideMerge(TestDatabase.worker),
  Layer.merge(HeartbeatRepo.layer.pipe(Layer.provide(TenantSql.layer), Layer.provide(TestDatabase.api))),
  Layer.provideMerge(TestDatabase.layer)
)

const query = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

const eventually = eventuallyWithin("10 seconds")

type Job = Effect.Success<ReturnType<typeof makeJob>>
const token = () => crypto.randomUUID().replaceAll("-", "")

/** A monitor that is hard to convince, of a job that is due every hour, in a bucket that runs. */
const makeJob = Effect.fnUntraced(function* (intervalSeconds = 86_400) {
  const monitor = yield* insertMonitor({ tenantId: yield* insertTenant, intervalSeconds, confirmations: 5 })
  const { bucket, id, tenantId } = monitor
  const secret = token()
  yield* query(
    (sql) => sql`
      UPDATE monitors SET type = 'heartbeat', settings = '{"periodSeconds":3600,"graceSeconds":60}', recovery_checks = 5
      WHERE id = ${id}`
  )
  yield* query(
    (sql) => sql`INSERT INTO heartbeat_tokens (tenant_id, monitor_id, token) VALUES (${tenantId}, ${id}, ${secret})`
  )
  yield* query((sql) => sql`INSERT INTO heartbeat_state (tenant_id, monitor_id) VALUES (${tenantId}, ${id})`)
  yield* query(
    (sql) => sql`
    INSERT INTO heartbeat_reception (since, until) VALUES ('2026-01-01', now() + interval '1 day')
    ON CONFLICT (since) DO UPDATE SET until = excluded.until`
  )
  const run = yield* Bucket.make({ owner: "test", region })
  const start = Effect.forkScoped(run(bucket))
  return { ...monitor, token: secret, start }
})

const call = Effect.fnUntraced(function* (job: Job, kind: HeartbeatKind, exitCode: number | null = null) {
  const heartbeats = yield* HeartbeatRepo
  const called = yield* heartbeats.findByToken(job.token)
  yield* heartbeats.insert(called, job.token, {
    kind,
    exitCode,
    method: "POST",
    address: "192.0.2.1",
    userAgent: null,
    body: kind === "fail" ? "No space left on device" : null,
    isTruncated: false
  })
  return performance.now()
})

const stateOf = ({ id }: Job) =>
  Effect.map(
    query<{ status: string; code: string | null; checks: number; slots: number }>(
      (sql) => sql`
      SELECT s.status, s.error_code AS code, count(c.slot)::integer AS checks, count(DISTINCT c.slot)::integer AS slots
      FROM monitor_state s LEFT JOIN check_results c ON c.monitor_id = s.monitor_id
      WHERE s.monitor_id = ${id} GROUP BY 1, 2`
    ),
    ([row]) => row!
  )
/** Waits until it is so, and answers with how it is. */
const becomes = (job: Job, status: string) =>
  eventually(Effect.map(stateOf(job), (state) => (state.status === status ? state : undefined)))

const incidentsOf = ({ id }: Job) =>
  query<{
    cause: string
    message: string
    isOver: boolean
    evidence: { firstBad: { detail: { response: { body: string } } } }
  }>(
    (sql) => sql`
    SELECT evidence, cause_code AS cause, cause_message AS message, resolved_at IS NOT NULL AS "isOver"
    FROM incidents WHERE monitor_id = ${id} ORDER BY started_at`
  )

layer(Worker, { excludeTestServices: true })("a job that calls", (it) => {
  it.effect("is down within a second of its failure, and up within a second of its success", () =>
    Effect.gen(function* () {
      const job = yield* makeJob()
      yield* job.start
      assert.strictEqual((yield* becomes(job, "unknown")).code, "heartbeat_awaited")
      const first = yield* call(job, "success")
      yield* becomes(job, "up")
      const up = performance.now() - first
      const failed = yield* call(job, "fail", 3)
      yield* becomes(job, "down")
      const down = performance.now() - failed
      const [incident] = yield* incidentsOf(job)
      assert.match(incident!.message, /exit code 3/)
      assert.strictEqual(incident!.evidence.firstBad.detail.response.body, "No space left on device")
      const succeeded = yield* call(job, "success")
      yield* becomes(job, "up")
      const again = performance.now() - succeeded
      for (const ms of [up, down, again]) assert.isBelow(ms, 1000)
      assert.deepInclude((yield* incidentsOf(job))[0], { cause: "heartbeat_failed", isOver: true })
      // Each in a slot of its own: the first look, and one after each call.
      assert.deepInclude(yield* stateOf(job), { checks: 4, slots: 4 })
    }).pipe(Effect.scoped)
  )

  it.effect("is not looked at again for calls that tell nothing new, however many", () =>
    Effect.gen(function* () {
      const job = yield* makeJob()
      yield* job.start
      yield* becomes(job, "unknown")
      yield* call(job, "success")
      const { checks } = yield* becomes(job, "up")
      for (let n = 0; n < 10; n++) yield* Effect.andThen(call(job, "start"), call(job, "success"))
      yield* call(job, "fail")
      assert.strictEqual((yield* becomes(job, "down")).checks, checks + 1)
      yield* call(job, "fail")
      yield* call(job, "success")
      assert.strictEqual((yield* becomes(job, "up")).checks, checks + 2)
    }).pipe(Effect.scoped)
  )

  it.effect("follows its newest call when calls come faster than checks", () =>
    Effect.gen(function* () {
      const job = yield* makeJob()
      yield* job.start
      yield* becomes(job, "unknown")
      for (let n = 0; n < 20; n++) yield* call(job, n % 2 === 0 ? "fail" : "success")
      yield* call(job, "fail")
      yield* becomes(job, "down")
      const { checks, slots } = yield* stateOf(job)
      assert.strictEqual(checks, slots)
      yield* call(job, "success")
      const newest = query<{ status: string }>(
        (sql) => sql`SELECT status FROM check_results WHERE monitor_id = ${job.id} ORDER BY slot DESC LIMIT 1`
      )
      yield* eventually(Effect.map(newest, ([check]) => (check?.status === "up" ? check : undefined)))
      // As often as it was seen to turn, it may flap: then its incident stays open until it has kept still.
      assert.isAtMost((yield* incidentsOf(job)).filter(({ isOver }) => !isOver).length, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("that is late is down at its next slot, and up with its call", () =>
    Effect.gen(function* () {
      const job = yield* makeJob(1)
      yield* call(job, "success")
      yield* query(
        (sql) => sql`
        UPDATE heartbeat_state
        SET expected_since = now() - interval '1 day', last_success_at = now() - interval '3659 seconds'
        WHERE monitor_id = ${job.id}`
      )
      yield* job.start
      yield* becomes(job, "up")
      assert.strictEqual((yield* becomes(job, "down")).code, "heartbeat_late")
      yield* call(job, "success")
      yield* becomes(job, "up")
      assert.deepInclude((yield* incidentsOf(job))[0], { cause: "heartbeat_late", isOver: true })
    }).pipe(Effect.scoped)
  )

  it.effect("is recorded while paused, and nothing follows from it", () =>
    Effect.gen(function* () {
      const job = yield* makeJob(1)
      yield* query((sql) => sql`UPDATE monitors SET paused = true WHERE id = ${job.id}`)
      yield* job.start
      yield* call(job, "fail")
      yield* Effect.sleep("1500 millis")
      assert.deepInclude(yield* stateOf(job), { status: "pending", checks: 0 })
      const [kept] = yield* query<{ calls: number }>(
        (sql) => sql`
        SELECT count(*)::integer AS calls FROM heartbeats WHERE monitor_id = ${job.id}`
      )
      assert.strictEqual(kept?.calls, 1)
    }).pipe(Effect.scoped)
  )
})

layer(Worker, { excludeTestServices: true })("a job that could not call", (it) => {
  it.effect("is not late for an outage of ours, and no incident comes of it", () =>
    Effect.gen(function* () {
      const job = yield* makeJob(1)
      yield* call(job, "success")
      yield* query(
        (sql) => sql`
        UPDATE heartbeat_state
        SET expected_since = now() - interval '1 day', last_success_at = now() - interval '3700 seconds'
        WHERE monitor_id = ${job.id}`
      )
      // Away since before the call was due: as if API and database had come back a moment ago.
      yield* query((sql) => sql`DELETE FROM heartbeat_reception`)
      yield* query(
        (sql) => sql`
        INSERT INTO heartbeat_reception (since, until)
        VALUES (now() - interval '1 day', now() - interval '2 minutes'), (now() - interval '1 second', now())`
      )
      yield* job.start
      assert.strictEqual((yield* becomes(job, "unknown")).code, "heartbeat_unheard")
      yield* Effect.sleep("1500 millis")
      assert.strictEqual((yield* stateOf(job)).status, "unknown")
      assert.deepStrictEqual(yield* incidentsOf(job), [])
      yield* call(job, "success")
      yield* becomes(job, "up")
    }).pipe(Effect.scoped)
  )

  it.effect("is looked up by tenant and monitor together", () =>
    Effect.gen(function* () {
      const heartbeats = yield* Heartbeats
      const [mine, other] = [yield* makeJob(), yield* makeJob()]
      yield* call(mine, "success")
      const subject = { tenantId: mine.tenantId, monitorId: mine.id }
      assert.strictEqual((yield* heartbeats.ofMonitor(subject))?.signals.outcome, "success")
      assert.isUndefined(yield* heartbeats.ofMonitor({ ...subject, tenantId: other.tenantId }))
      assert.isUndefined(yield* heartbeats.ofMonitor({ ...subject, monitorId: other.id }))
    }).pipe(Effect.scoped)
  )
})
