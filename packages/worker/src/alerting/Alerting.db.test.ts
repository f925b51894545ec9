/** From an edit of rules and windows to the next decision. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { unknownOutcome } from "@v-insight/domain/model/CheckOutcome"
import { Clock, Context, Effect, Layer } from "effect"
import { Alarm } from "../buckets/Alarm.ts"
import * as Bucket from "../buckets/Bucket.ts"
import { Capacity } from "../buckets/Capacity.ts"
import { Changes } from "../Changes.ts"
import { Checker } from "../Checker.ts"
import { Recorder } from "../Recorder.ts"
import { down, up } from "../testing/Chain.ts"
import { eventuallyWithin } from "../testing/eventually.ts"
import { asSuperuser, insertMonitor, insertTenant, newId } from "../testing/Seed.ts"
import { Verdicts } from "../verdicts/Verdicts.ts"
import { Alerting } from "./Alerting.ts"
import { nothing } from "./watch.ts"

const region = "default"

/** What checks find from now on. */
class Target extends Context.Service<Target, { finds: typeof up }>()("test/Target") {
  static readonly layer = Layer.sync(Target, () => ({ finds: up }))
}
const Checks = Layer.effect(
  Checker,
  Effect.map(Target, (target) => ({
    run: () => Effect.map(Clock.currentTimeMillis, (checkedAt) => ({ outcome: target.finds, checkedAt }))
  }))
)
const Worker = Layer.mergeAll(
  Checks,
  Verdicts.layer(region),
  Alerting.layer,
  Alarm.layer,
  Capacity.layer(8),
  TestBox
).pipe(
  Layer.provideMerge(Layer.merge(Changes.layer, Recorder.layer(region))),
  Layer.provideMerge(Target.layer),
  Layer.provideMerge(TestDatabase.worker),
  Layer.provideMerge(TestDatabase.layer)
)

const all = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

const eventually = eventuallyWithin("10 seconds")

/** As the API does it: told when it commits. */
const tellOf = (tenantId: string) => all((sql) => sql`SELECT pg_notify('alerting_changed', ${tenantId})`)

const planWork = Effect.fnUntraced(function* (tenantId: string, tags: ReadonlyArray<string> = []) {
  const id = newId()
  yield* all(
    (sql) => sql`
      INSERT INTO maintenance_windows (tenant_id, id, name, starts_at, ends_at, time_zone, tags)
      VALUES (${tenantId}, ${id}, 'Works', now() - interval '1 hour', now() + interval '1 hour', 'Europe/Berlin', ${tags}::text[])`
  )
  yield* tellOf(tenantId)
  return id
})
const endWork = (tenantId: string, id: string) =>
  Effect.andThen(
    all(
      (sql) => sql`
        UPDATE maintenance_windows SET deleted_at = now(), updated_at = clock_timestamp()
        WHERE tenant_id = ${tenantId} AND id = ${id}`
    ),
    tellOf(tenantId)
  )

const countOf = (id: string, status: string) =>
  Effect.map(
    all<{ count: number }>(
      (sql) => sql`
        SELECT count(*)::integer AS count FROM check_results WHERE monitor_id = ${id} AND status = ${status}`
    ),
    ([row]) => row!.count
  )

layer(Worker, { excludeTestServices: true })("rules and windows", (it) => {
  it.effect(
    "defect 2: what fails in planned work is noted once and tells nobody; an edit decides the next check within a second",
    () =>
      Effect.gen(function* () {
        const target = yield* Target
        const alerting = yield* Alerting
        const tenantId = yield* insertTenant
        const monitor = { ...(yield* insertMonitor({ tenantId, intervalSeconds: 1 })), tags: [] }
        const run = yield* Bucket.make({ owner: "test", region })
        yield* Effect.forkScoped(run(monitor.bucket))
        yield* eventually(Effect.map(countOf(monitor.id, "up"), (count) => count > 0 || undefined))
        assert.strictEqual(alerting.watch(monitor), nothing)

        yield* planWork(tenantId, ["elsewhere"])
        const began = performance.now()
        const window = yield* planWork(tenantId)
        yield* eventually(Effect.sync(() => alerting.watch(monitor).windows.length === 1 || undefined))
        assert.isBelow(performance.now() - began, 1000)

        target.finds = down
        yield* eventually(Effect.map(countOf(monitor.id, "maintenance"), (count) => count > 2 || undefined))
        const [state] = yield* all<{ status: string }>(
          (sql) => sql`SELECT status FROM monitor_state WHERE monitor_id = ${monitor.id}`
        )
        assert.strictEqual(state?.status, "maintenance")
        assert.deepStrictEqual(yield* all((sql) => sql`SELECT 1 FROM incidents WHERE monitor_id = ${monitor.id}`), [])
        assert.deepStrictEqual(
          yield* all((sql) => sql`SELECT kind, incident_id FROM decisions WHERE monitor_id = ${monitor.id}`),
          [{ kind: "failed-in-maintenance", incident_id: null }]
        )

        yield* endWork(tenantId, window)
        yield* eventually(
          Effect.map(
            all((sql) => sql`SELECT 1 FROM incidents WHERE monitor_id = ${monitor.id}`),
            (rows) => rows.length === 1 || undefined
          )
        )
        target.finds = unknownOutcome({ code: "over", message: "The test is over." })
      }).pipe(Effect.scoped),
    30_000
  )

  it.effect("take no pause for lost coverage", () =>
    Effect.gen(function* () {
      const target = yield* Target
      target.finds = up
      const tenantId = yield* insertTenant
      const ruleId = newId()
      yield* all(
        (sql) => sql`
          INSERT INTO alert_rules (tenant_id, id, name, trigger, condition)
          VALUES (${tenantId}, ${ruleId}, 'Rule', 'coverage_lost', '{"belowPercent":90,"windowSeconds":300}')`
      )
      yield* tellOf(tenantId)
      const monitor = yield* insertMonitor({ tenantId, intervalSeconds: 1 })
      const other = yield* insertMonitor({ tenantId, intervalSeconds: 1 })
      const since = (yield* Clock.currentTimeMillis) - 3_600_000
      const watched = { trigger: "coverage_lost", isRaised: false, since, intervalMs: 1000, observed: [] }
      // Paused for an hour, with a neighbour whose first check tells that the bucket's owner knows both.
      yield* all(
        (sql) => sql`
          WITH moved AS (UPDATE monitors SET bucket = ${monitor.bucket} WHERE id = ${other.id}),
            paused AS (UPDATE monitors SET paused = true WHERE id = ${monitor.id})
          UPDATE monitor_state SET memory = ${JSON.stringify({ rules: { [ruleId]: watched } })}::jsonb
          WHERE monitor_id = ${monitor.id}`
      )
      const run = yield* Bucket.make({ owner: "test", region })
      yield* Effect.forkScoped(run(monitor.bucket))
      yield* eventually(Effect.map(countOf(other.id, "up"), (count) => count > 0 || undefined))
      yield* all(
        (sql) => sql`
          WITH resumed AS (
            UPDATE monitors SET paused = false, updated_at = clock_timestamp() WHERE id = ${monitor.id}
          )
          SELECT pg_notify('monitor_changed', ${`${monitor.bucket} ${monitor.id}`})`
      )
      yield* eventually(Effect.map(countOf(monitor.id, "up"), (count) => count > 1 || undefined))
      assert.deepStrictEqual(
        yield* all((sql) => sql`SELECT trigger FROM incidents WHERE monitor_id = ${monitor.id}`),
        []
      )
    }).pipe(Effect.scoped)
  )

  it.effect("are found when nobody heard of them", () =>
    Effect.gen(function* () {
      const alerting = yield* Alerting
      const tenantId = yield* insertTenant
      const monitor = { tenantId, id: newId(), tags: ["eu"] }
      yield* all(
        (sql) => sql`
          INSERT INTO alert_rules (tenant_id, id, name, trigger, condition, tags, updated_at)
          VALUES (${tenantId}, ${newId()}, 'Rule', 'degraded', '{"checks":2}', '{eu}', clock_timestamp()),
            (${tenantId}, ${newId()}, 'Down', 'down', '{}', '{eu}', clock_timestamp())`
      )
      // The connection that listens is lost: when it is back, everything is looked at that changed meanwhile.
      yield* all(
        (sql) => sql`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE 'LISTEN%'`
      )
      yield* eventually(Effect.sync(() => alerting.watch(monitor).rules.length === 1 || undefined))
      assert.strictEqual(alerting.watch({ ...monitor, tags: [] }), nothing)
      assert.strictEqual(alerting.watch({ ...monitor, tenantId: yield* insertTenant }), nothing)
      assert.strictEqual(alerting.watch(monitor), alerting.watch(monitor))
    })
  )
})
