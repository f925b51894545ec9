/** Dry runs of alert rules, over real HTTP and 90 days of real rows. */
import { assert, layer } from "@effect/vitest"
import { Cast, type Person } from "@v-insight/database/testing/Cast"
import { insertChecks } from "@v-insight/database/testing/checks"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { SimulationProgress, SimulationResult } from "@v-insight/domain/api/Simulations"
import { Clock, Effect, Fiber, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { listen } from "../testing/events.ts"
import { TestServer } from "../testing/TestServer.ts"

const path = "/api/v1/alert-rules/simulate"
const minuteMs = 60_000
const days = 90
const checks = days * 1440

const asSuperuser = <A, E>(use: (sql: SqlClient.SqlClient) => Effect.Effect<A, E>) =>
  Effect.flatMap(SqlClient.SqlClient, use).pipe(Effect.provide(TestDatabase.superuser), Effect.orDie)

/** A monitor checked every minute for 90 days that fails for three checks in a row, every 1,000 of them. */
const filled = Effect.fnUntraced(function* (as: Person, name: string) {
  const { ask } = yield* TestServer
  const settings = { url: "https://shop.example/" }
  const body = { type: "http", name, settings, intervalSeconds: 60, tags: [`only ${name}`] }
  const made = yield* ask("POST", "/api/v1/monitors", { as, body })
  const id: string = made.body.data.id
  const now = yield* Clock.currentTimeMillis
  const from = Math.floor(now / minuteMs) * minuteMs - (checks - 1) * minuteMs
  yield* asSuperuser((sql) =>
    Effect.andThen(
      sql`UPDATE monitors SET created_at = from_millis(${from}) WHERE id = ${id}`,
      Effect.andThen(
        sql`SELECT ensure_check_partitions(current_date - ${days + 1}::integer, ${days + 3})`,
        insertChecks(
          sql,
          sql`
          SELECT ${id}::uuid AS monitor_id, ${from}::bigint + n::bigint * 60000 AS checked_ms, ${from}::bigint + n::bigint * 60000 AS slot_ms,
            CASE WHEN n % 1000 BETWEEN 500 AND 502 THEN 'down' ELSE 'up' END AS status, 1000 AS dns_us,
            CASE WHEN n % 20 = 0 THEN 80000 ELSE 40000 END AS total_us
          FROM generate_series(0, ${checks - 1}::integer) AS n`
        )
      )
    )
  )
  return { id, from, now }
})

const isResult = Schema.is(SimulationResult)
const isProgress = Schema.is(SimulationProgress)

/** A dry run from its beginning to its end. */
const simulate = Effect.fnUntraced(function* (as: Person, body: unknown) {
  const { url } = yield* TestServer
  const init = { as, method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }
  const heard = yield* listen(url + path, init)
  yield* heard.ended
  const events = yield* heard.rest
  return { status: heard.status, events, last: events.at(-1) }
}, Effect.scoped)

layer(TestServer.layer, { excludeTestServices: true })("a dry run", (it) => {
  it.effect(
    "of 90 days tells what a draft and the present rule would have done, side by side, as it goes",
    () =>
      Effect.gen(function* () {
        const { ask } = yield* TestServer
        const { mallory } = yield* Cast
        const { id } = yield* filled(mallory, "Shop")
        const rule = { name: "Now", condition: { trigger: "down" }, channelIds: [], scope: { monitorIds: [id] } }
        const made = yield* ask("POST", "/api/v1/alert-rules", { as: mallory, body: rule })
        assert.strictEqual(made.status, 201, made.text)
        const draft = { condition: { trigger: "down" }, scope: { tags: ["only Shop"] }, delaySeconds: 180 }
        const began = yield* Clock.currentTimeMillis
        const { events, last } = yield* simulate(mallory, { draft, ruleId: made.body.data.id, days })
        const took = (yield* Clock.currentTimeMillis) - began
        assert.strictEqual(last?.event, "result", JSON.stringify(last))
        const result: SimulationResult = last!.data
        assert.isTrue(isResult(result))
        assert.isAbove(events.length, 1)
        for (const { data, event } of events.slice(0, -1)) {
          assert.strictEqual(event, "progress")
          assert.isTrue(isProgress(data))
        }
        // One confirmation is wanted: down with the second failing check, well again with the fourth check.
        const { newest, ...present } = result.present!
        assert.approximately(present.incidents, checks / 1000, 1)
        assert.deepStrictEqual(present, {
          monitors: 1,
          incidents: present.incidents,
          untold: 0,
          pages: present.incidents,
          minutesDetected: present.incidents * 2,
          detectionDelay: { medianSeconds: 60, worstSeconds: 60 }
        })
        assert.lengthOf(newest, 50)
        const { monitorId, monitorName, pages } = newest[0]!
        assert.deepStrictEqual([monitorId, monitorName, pages], [id, "Shop", 1])
        assert.deepInclude(result.draft, { incidents: present.incidents, untold: present.incidents, pages: 0 })
        assert.approximately(result.checks, checks, 2)
        // 0.6 s on an idle machine.
        assert.isBelow(took, 20_000)
      }),
    60_000
  )

  it.effect("is of the caller's own rules and monitors only", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, mallory, things } = yield* Cast
      const draft = { condition: { trigger: "down" } }
      const foreign = yield* ask("POST", path, { as: mallory, body: { draft, ruleId: things.ruleId, days: 1 } })
      assert.strictEqual(foreign.status, 404, foreign.text)
      const scope = { monitorIds: [things.monitorId] }
      const other = yield* ask("POST", path, { as: mallory, body: { draft: { ...draft, scope }, days: 1 } })
      assert.strictEqual(other.status, 422, other.text)
      assert.deepStrictEqual(other.body.error.details.issues[0].path, "draft.scope")
      const { last } = yield* simulate(alice, { draft: { ...draft, scope }, days: 1 })
      assert.strictEqual(last?.event, "result")
    })
  )

  it.effect(
    "stops, and its statement with it, when the client leaves; another takes its place",
    () =>
      Effect.gen(function* () {
        const { url } = yield* TestServer
        const { mallory } = yield* Cast
        yield* filled(mallory, "Store")
        // Nobody reads a check until this transaction is over: the statement hangs where one can see it.
        const hanging = yield* Effect.forkChild(
          asSuperuser((sql) =>
            sql.withTransaction(
              Effect.andThen(sql`LOCK TABLE monitor_checks IN ACCESS EXCLUSIVE MODE`, Effect.sleep("20 seconds"))
            )
          )
        )
        const statements = asSuperuser(
          (sql) => sql<{ pid: number }>`
            SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
              AND query LIKE '%FROM monitor_checks c%' AND query NOT LIKE '%pg_stat_activity%'`
        )
        const until = (isThere: boolean) =>
          Effect.repeat(Effect.delay(statements, "20 millis"), { until: (found) => found.length > 0 === isThere }).pipe(
            Effect.timeout("10 seconds")
          )
        const locked = asSuperuser(
          (sql) =>
            sql`SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'monitor_checks'::regclass`
        )
        yield* Effect.repeat(Effect.delay(locked, "20 millis"), { until: (rows) => rows.length > 0 })
        const init = {
          as: mallory,
          method: "POST",
          body: JSON.stringify({ draft: { condition: { trigger: "down" } }, days }),
          headers: { "content-type": "application/json" }
        }
        yield* Effect.scoped(
          Effect.gen(function* () {
            const heard = yield* listen(url + path, init)
            assert.strictEqual(heard.status, 200)
            assert.strictEqual((yield* heard.next).event, "progress")
            yield* until(true)
          })
        )
        yield* until(false)
        // Its place is free again: as many as are allowed can begin.
        yield* Effect.scoped(
          Effect.gen(function* () {
            for (const _ of [1, 2]) assert.strictEqual((yield* listen(url + path, init)).status, 200)
            yield* until(true)
            const refused = yield* listen(url + path, init)
            assert.strictEqual(refused.status, 429)
          })
        )
        yield* Fiber.interrupt(hanging)
      }),
    60_000
  )
})
