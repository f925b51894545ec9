import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { type CheckOutcome, noTimings } from "@v-insight/domain/model/CheckOutcome"
import { Context, Deferred, Effect, Fiber, Layer, Logger, Queue } from "effect"
import * as Bucket from "./Bucket.ts"
import { Alarm } from "./Alarm.ts"
import { Alerting } from "../alerting/Alerting.ts"
import { Capacity, type Limit } from "./Capacity.ts"
import { Changes } from "../Changes.ts"
import { Checker } from "../Checker.ts"
import { Recorder } from "../Recorder.ts"
import { Verdicts } from "../verdicts/Verdicts.ts"
import { eventuallyWithin } from "../testing/eventually.ts"
import { asSuperuser, insertMonitor, insertTenant, newId } from "../testing/Seed.ts"

const region = "default"
const outcomeOf = (status: "up" | "down"): CheckOutcome => ({
  status,
  timings: noTimings,
  httpStatus: null,
  error: status === "up" ? null : { code: "connection_refused", message: "refused" },
  certificate: null,
  address: null,
  attempts: 1,
  detail: null
})

/** Checks that end when and as the test says. */
class Checks extends Context.Service<
  Checks,
  { readonly begun: Queue.Queue<{ readonly id: string; readonly end: (how: "up" | "down" | "defect") => void }> }
>()("test/Checks") {
  static readonly layer = Layer.effect(
    Checks,
    Effect.map(Queue.unbounded(), (begun) => ({ begun }) as Checks["Service"])
  )
}
const HeldChecker = Layer.effect(
  Checker,
  Effect.map(Checks, ({ begun }) => ({
    run: ({ id }) =>
      Effect.gen(function* () {
        const ended = yield* Deferred.make<CheckOutcome>()
        yield* Queue.offer(begun, {
          id,
          end: (how) =>
            Deferred.doneUnsafe(ended, how === "defect" ? Effect.die("a mistake") : Effect.succeed(outcomeOf(how)))
        })
        return { outcome: yield* Deferred.await(ended), checkedAt: Date.now() }
      })
  }))
)

const places = 8
const workerWith = (capacity: Layer.Layer<Capacity>) =>
  Layer.mergeAll(HeldChecker, Verdicts.layer(region), Alerting.layer, Alarm.layer, capacity, TestBox).pipe(
    Layer.provideMerge(Changes.layer),
    Layer.provideMerge(Recorder.layer(region)),
    Layer.provideMerge(Checks.layer),
    Layer.provideMerge(TestDatabase.worker),
    Layer.provideMerge(TestDatabase.layer)
  )

/** Gives checks up after a second. */
const impatient = Layer.effect(
  Capacity,
  Effect.map(Capacity, (capacity) => ({
    ...capacity,
    enter: (tenantId: string, now: number, limit: Limit) =>
      capacity.enter(tenantId, now, { ...limit, until: now + 1000 })
  }))
).pipe(Layer.provide(Capacity.layer(places)))

const query = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

const eventually = eventuallyWithin("10 seconds")

type Monitor = Effect.Success<ReturnType<typeof insertMonitor>>

/** A monitor of a day's interval, in a bucket that runs; its first check is under way. */
const begin = Effect.gen(function* () {
  const { begun } = yield* Checks
  const monitor = yield* insertMonitor({ tenantId: yield* insertTenant, intervalSeconds: 86_400 })
  const run = yield* Bucket.make({ owner: "test", region })
  const bucket = yield* Effect.forkScoped(run(monitor.bucket))
  return { monitor, run, bucket, check: yield* nextOf(begun, monitor) }
})

const nextOf = (begun: Checks["Service"]["begun"], { id }: Monitor) =>
  Queue.take(begun).pipe(
    Effect.repeat({ until: (check) => check.id === id }),
    Effect.timeout("10 seconds"),
    Effect.orDie
  )

/** As the API does it. */
const change = ({ bucket, id, tenantId }: Monitor, what: "paused" | "removed" | "restored") =>
  query(
    (sql) => sql`
    WITH changed AS (
      UPDATE monitors
      SET paused = ${what === "paused"}, deleted_at = CASE WHEN ${what === "removed"} THEN now() END,
        updated_at = clock_timestamp()
      WHERE tenant_id = ${tenantId} AND id = ${id}
    )
    SELECT pg_notify('monitor_changed', ${`${bucket} ${id}`})`
  ).pipe(Effect.andThen(Effect.sleep("500 millis")))

const edit = ({ bucket, id, tenantId }: Monitor, changes: { readonly url?: string; readonly name?: string }) =>
  query(
    (sql) => sql`
    WITH changed AS (
      UPDATE monitors
      SET settings = settings || ${JSON.stringify(changes.url === undefined ? {} : { url: changes.url })}::jsonb,
        name = ${changes.name ?? "Monitor"}, updated_at = clock_timestamp()
      WHERE tenant_id = ${tenantId} AND id = ${id}
    )
    SELECT pg_notify('monitor_changed', ${`${bucket} ${id}`})`
  ).pipe(Effect.andThen(Effect.sleep("500 millis")))

const askForRun = ({ bucket, id, tenantId }: Monitor) => {
  const request = newId()
  return query(
    (sql) => sql`
    WITH asked AS (
      INSERT INTO work_requests (tenant_id, id, kind, monitor_id, expires_at)
      VALUES (${tenantId}, ${request}, 'run', ${id}, now() + interval '1 minute')
    )
    SELECT pg_notify('work_requested', ${`run ${tenantId} ${request} ${bucket}`})`
  ).pipe(Effect.as(request))
}

const isClaimed = (request: string) =>
  eventually(
    Effect.map(
      query((sql) => sql`SELECT 1 FROM work_requests WHERE id = ${request} AND claimed_at IS NOT NULL`),
      ([row]) => row
    )
  )

const answerTo = (request: string) =>
  eventually(
    Effect.map(
      query<{ answer: { data?: { status: string }; error?: { code: string } } }>(
        (sql) => sql`SELECT answer FROM work_requests WHERE id = ${request} AND answered_at IS NOT NULL`
      ),
      ([row]) => row?.answer
    )
  )

const checksOf = ({ id }: Monitor) => query((sql) => sql`SELECT 1 FROM check_results WHERE monitor_id = ${id}`)

layer(workerWith(Capacity.layer(places)), { excludeTestServices: true })("a bucket", (it) => {
  it.effect("checks a tenant's monitor although another tenant has more that never answer than there are places", () =>
    Effect.gen(function* () {
      const { begun } = yield* Checks
      const capacity = yield* Capacity
      const run = yield* Bucket.make({ owner: "test", region })
      const [busy, seldom] = [yield* insertTenant, yield* insertTenant]
      const many = yield* Effect.replicateEffect(insertMonitor({ tenantId: busy, intervalSeconds: 86_400 }), 2 * places)
      const one = yield* insertMonitor({ tenantId: seldom, intervalSeconds: 86_400 })
      // The tenant is known from the start, as it is when a worker takes up its buckets.
      yield* Effect.forkScoped(run(one.bucket))
      const first = yield* nextOf(begun, one)
      for (const bucket of new Set(many.map(({ bucket }) => bucket))) {
        if (bucket !== one.bucket) yield* Effect.forkScoped(run(bucket))
      }
      yield* eventually(Effect.sync(() => (capacity.mayEnter(busy) ? undefined : true)))
      yield* askForRun(one)
      first.end("up")
      const second = yield* nextOf(begun, one)
      second.end("up")
    }).pipe(Effect.scoped)
  )

  it.effect("tells of a mistake of ours, and goes on", () =>
    Effect.gen(function* () {
      const told = yield* Queue.unbounded<unknown>()
      const logger = Logger.make(({ message }) => void Queue.offerUnsafe(told, message))
      const { check, monitor } = yield* begin.pipe(Effect.provideService(Logger.CurrentLoggers, new Set([logger])))
      check.end("defect")
      assert.deepStrictEqual(yield* Queue.take(told), ["What a check found could not be recorded"])
      yield* askForRun(monitor)
      const next = yield* nextOf((yield* Checks).begun, monitor)
      next.end("up")
    })
  )

  it.effect("goes on when PostgreSQL does not take a result, and says so to whoever asked for it", () =>
    Effect.gen(function* () {
      const { bucket, check, monitor } = yield* begin
      const { begun } = yield* Checks
      check.end("up")
      yield* eventually(Effect.map(checksOf(monitor), ({ length }) => (length === 1 ? true : undefined)))
      yield* query(
        (sql) => sql`
          CREATE FUNCTION refuse_state() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'; END $$`
      )
      yield* query(
        (sql) => sql`
          CREATE TRIGGER refuse_state BEFORE UPDATE ON monitor_state
          FOR EACH ROW WHEN (NEW.monitor_id = ${sql.literal(`'${monitor.id}'`)}) EXECUTE FUNCTION refuse_state()`
      )
      const refused = yield* askForRun(monitor)
      const second = yield* nextOf(begun, monitor)
      second.end("down")
      assert.strictEqual((yield* answerTo(refused)).error?.code, "INTERNAL_ERROR")
      yield* query((sql) => sql`DROP TRIGGER refuse_state ON monitor_state`)
      yield* query((sql) => sql`DROP FUNCTION refuse_state`)

      const taken = yield* askForRun(monitor)
      const third = yield* nextOf(begun, monitor)
      third.end("up")
      assert.strictEqual((yield* answerTo(taken)).data?.status, "up")
      assert.lengthOf(yield* checksOf(monitor), 2)
      // The same incarnation: it was not thrown away and loaded anew.
      assert.isUndefined(bucket.pollUnsafe())
    })
  )

  it.effect("does the runs that an earlier owner claimed and left undone", () =>
    Effect.gen(function* () {
      const { bucket, check, monitor, run } = yield* begin
      const { begun } = yield* Checks
      check.end("up")
      const request = yield* askForRun(monitor)
      yield* nextOf(begun, monitor)
      yield* isClaimed(request)
      yield* Fiber.interrupt(bucket)
      yield* Effect.forkScoped(run(monitor.bucket))
      const again = yield* nextOf(begun, monitor)
      again.end("up")
      assert.strictEqual((yield* answerTo(request)).data?.status, "up")
    })
  )

  it.effect("answers a run that waits when its monitor is paused", () =>
    Effect.gen(function* () {
      const { check, monitor } = yield* begin
      const request = yield* askForRun(monitor)
      yield* isClaimed(request)
      yield* change(monitor, "paused")
      assert.strictEqual((yield* answerTo(request)).error?.code, "CONFLICT")
      check.end("up")
    })
  )

  it.effect("answers a run that is under way when its monitor is paused", () =>
    Effect.gen(function* () {
      const { check, monitor } = yield* begin
      const { begun } = yield* Checks
      check.end("up")
      const request = yield* askForRun(monitor)
      const running = yield* nextOf(begun, monitor)
      yield* change(monitor, "paused")
      running.end("down")
      assert.strictEqual((yield* answerTo(request)).error?.code, "CONFLICT")
      assert.lengthOf(yield* checksOf(monitor), 1)
    })
  )

  it.effect("opens no incident of a monitor that was removed while its check was under way", () =>
    Effect.gen(function* () {
      const { check, monitor } = yield* begin
      yield* change(monitor, "removed")
      check.end("down")
      yield* Effect.sleep("1 second")
      assert.deepStrictEqual(yield* query((sql) => sql`SELECT 1 FROM incidents WHERE monitor_id = ${monitor.id}`), [])
    })
  )

  it.effect("goes on when a monitor is removed and restored while its check is under way", () =>
    Effect.gen(function* () {
      const { bucket, check, monitor } = yield* begin
      const { begun } = yield* Checks
      yield* change(monitor, "removed")
      yield* change(monitor, "restored")
      check.end("up")
      yield* eventually(Effect.map(checksOf(monitor), ([row]) => row))
      const request = yield* askForRun(monitor)
      const next = yield* nextOf(begun, monitor)
      next.end("up")
      assert.strictEqual((yield* answerTo(request)).data?.status, "up")
      assert.lengthOf(yield* checksOf(monitor), 2)
      assert.isUndefined(bucket.pollUnsafe())
    })
  )

  it.effect("drops what a check found of settings that were edited meanwhile, and checks the new ones at once", () =>
    Effect.gen(function* () {
      const { check, monitor } = yield* begin
      const { begun } = yield* Checks
      yield* edit(monitor, { url: "http://127.0.0.1:8/" })
      check.end("down")
      const again = yield* nextOf(begun, monitor)
      assert.lengthOf(yield* checksOf(monitor), 0)
      again.end("up")
      yield* eventually(Effect.map(checksOf(monitor), ([row]) => row))
      assert.deepStrictEqual(yield* query((sql) => sql`SELECT 1 FROM incidents WHERE monitor_id = ${monitor.id}`), [])
    })
  )

  it.effect("answers a run with what the edited settings find", () =>
    Effect.gen(function* () {
      const { check, monitor } = yield* begin
      const { begun } = yield* Checks
      check.end("up")
      const request = yield* askForRun(monitor)
      const old = yield* nextOf(begun, monitor)
      yield* edit(monitor, { url: "http://127.0.0.1:8/" })
      old.end("down")
      const edited = yield* nextOf(begun, monitor)
      edited.end("up")
      assert.strictEqual((yield* answerTo(request)).data?.status, "up")
      assert.lengthOf(yield* checksOf(monitor), 2)
    })
  )

  it.effect("keeps what a check found when only the name was edited", () =>
    Effect.gen(function* () {
      const { check, monitor } = yield* begin
      yield* edit(monitor, { name: "Renamed" })
      check.end("up")
      yield* eventually(Effect.map(checksOf(monitor), ([row]) => row))
    })
  )
})

layer(workerWith(impatient), { excludeTestServices: true })("a check that does not end", (it) => {
  it.effect("is recorded as unknown, told, and followed by others", () =>
    Effect.gen(function* () {
      const { monitor } = yield* begin
      const { begun } = yield* Checks
      const stored = query<{ status: string; code: string }>(
        (sql) => sql`
          SELECT status, error_code AS code FROM check_results
          WHERE monitor_id = ${monitor.id}
          ORDER BY checked_at DESC`
      )
      assert.deepStrictEqual(yield* eventually(Effect.map(stored, ([row]) => row)), {
        status: "unknown",
        code: "overdue"
      })
      const request = yield* askForRun(monitor)
      yield* nextOf(begun, monitor)
      assert.strictEqual((yield* answerTo(request)).data?.status, "unknown")
      yield* askForRun(monitor)
      const third = yield* nextOf(begun, monitor)
      third.end("up")
      yield* eventually(Effect.map(stored, ([row]) => (row?.status === "up" ? row : undefined)))
    }).pipe(Effect.scoped)
  )
})
