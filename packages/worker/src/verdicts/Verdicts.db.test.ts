import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { decide, initial, ordinary, type State } from "@v-insight/domain/rules/decide"
import { judge, undecided, type Verdict, voteOf } from "@v-insight/domain/rules/quorum"
import { Effect, Layer } from "effect"
import { make as makeBucketRepo } from "../buckets/BucketRepo.ts"
import { ensurePartitions } from "../housekeeping/Partitions.ts"
import { Recorder } from "../Recorder.ts"
import { chainOf, down, up } from "../testing/Chain.ts"
import { asSuperuser, insertMonitor, insertRule, insertTenant } from "../testing/Seed.ts"
import { Verdicts } from "./Verdicts.ts"

const Database = Layer.merge(TestDatabase.worker, TestBox).pipe(Layer.provideMerge(TestDatabase.layer))

const all = <A extends object>(query: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, query).pipe(asSuperuser, Effect.orDie)

type Monitor = Effect.Success<ReturnType<typeof insertMonitor>>

/** A region with its own Recorder, as its workers have it. */
const regionOf = Effect.fnUntraced(function* (region: string, monitor: Monitor) {
  const services = yield* Layer.build(Layer.provideMerge(Verdicts.layer(region), Layer.fresh(Recorder.layer(region))))
  const lease = yield* (yield* makeBucketRepo(region)).take(monitor.bucket, region)
  const chain = chainOf(monitor, true)
  return (outcome: CheckOutcome, slot: number) =>
    Effect.gen(function* () {
      const recorder = yield* Recorder
      recorder.record(lease, chain(outcome, slot))
      yield* recorder.settle(lease)
      assert.isFalse(lease.isLost)
      yield* (yield* Verdicts).look(new Map([[monitor.id, undefined]]))
    }).pipe(Effect.provideContext(services))
})

/** Between turns: fewer than five within an hour are turns, not flapping. */
const withoutFlappingMs = 1_000_000

const verdictOf = ({ id }: Monitor) =>
  Effect.map(
    all<Verdict & { region: string }>(
      (sql) => sql`
        SELECT status, since_ms::float8 AS since, is_incident_open AS "isIncidentOpen", region
        FROM monitor_verdicts WHERE monitor_id = ${id}`
    ),
    ([verdict]) => verdict!
  )

const incidentsOf = ({ id }: Monitor) =>
  all<{ from: number; to: number | null; code: string }>(
    (sql) => sql`
      SELECT to_millis(started_at)::float8 AS from, to_millis(resolved_at)::float8 AS to, cause_code AS code
      FROM incidents WHERE monitor_id = ${id} ORDER BY started_at`
  )

const toldOf = ({ tenantId }: Monitor) =>
  Effect.map(
    all<{ type: string }>(
      (sql) => sql`SELECT type FROM notifications WHERE tenant_id = ${tenantId} ORDER BY created_at`
    ),
    (rows) => rows.map(({ type }) => type)
  )

/** What the stored results of all regions come to, decided anew, in the order in which the checks began. */
const replay = Effect.fnUntraced(function* ({ id }: Monitor, regions: ReadonlyArray<string>, quorum: number) {
  const checks = yield* all<{ region: string; at: number; status: CheckOutcome["status"] }>(
    (sql) => sql`
      SELECT region, to_millis(checked_at)::float8 AS at, status
      FROM check_results WHERE monitor_id = ${id} ORDER BY checked_at, region`
  )
  const states = new Map<string, State>(regions.map((region) => [region, initial]))
  const incidents: Array<{ from: number; to: number | null }> = []
  let verdict = undecided
  for (const [at, results] of Map.groupBy(checks, (check) => check.at)) {
    for (const { region, status } of results) {
      const evidence = { status, attempts: 1, error: null, totalUs: null }
      const policy = { confirmations: 0, recoveryChecks: 1, degradedAfterMs: null }
      states.set(region, decide(states.get(region)!, evidence, policy, ordinary, at).state)
    }
    const votes = [...states].map(([region, state]) => voteOf(region, state, at, at, 1))
    const { event, verdict: next } = judge(verdict, votes, quorum)
    verdict = next
    if (event === "went-down") incidents.push({ from: next.since, to: null })
    if (event === "recovered") incidents[incidents.length - 1]!.to = next.since
  }
  return { verdict, incidents, checks: checks.length }
})

layer(Database, { excludeTestServices: true })("verdicts of two regions", (it) => {
  const start = Math.floor(Date.now() / 1000) * 1000 - 1_000_000
  const prepare = Effect.fnUntraced(function* (quorum: number) {
    yield* all((sql) => sql`INSERT INTO regions (name) VALUES ('eu'), ('us') ON CONFLICT DO NOTHING`)
    const monitor = yield* insertMonitor({
      tenantId: yield* insertTenant,
      regions: ["eu", "us"],
      quorum,
      intervalSeconds: 86_400
    })
    yield* insertRule(monitor.tenantId, "http://127.0.0.1:9/hook")
    return { monitor, eu: yield* regionOf("eu", monitor), us: yield* regionOf("us", monitor) }
  })

  it.effect("one that is down is not enough when it takes two, both are one incident, told once", () =>
    Effect.gen(function* () {
      const { eu, monitor, us } = yield* prepare(2)
      yield* eu(up, start)
      assert.strictEqual((yield* verdictOf(monitor)).status, "pending")
      yield* us(up, start)
      assert.strictEqual((yield* verdictOf(monitor)).status, "up")
      yield* eu(down, start + 1000)
      assert.strictEqual((yield* verdictOf(monitor)).status, "degraded")
      assert.deepStrictEqual(yield* incidentsOf(monitor), [])
      yield* us(down, start + 2000)
      assert.deepInclude(yield* verdictOf(monitor), { status: "down", since: start + 2250, isIncidentOpen: true })
      yield* eu(up, start + 3000)
      assert.deepStrictEqual(yield* incidentsOf(monitor), [
        { from: start + 2250, to: start + 3250, code: "unexpected_status" }
      ])
      assert.deepStrictEqual(yield* toldOf(monitor), ["incident.opened", "incident.resolved"])
    }).pipe(Effect.scoped)
  )

  for (const quorum of [1, 2]) {
    it.effect(
      `both turn at the same moment, 200 times, when it takes ${quorum}: never two incidents, and a replay agrees`,
      () =>
        Effect.gen(function* () {
          const { eu, monitor, us } = yield* prepare(quorum)
          const turns = 200
          yield* ensurePartitions(yield* PgClient.PgClient)
          for (let turn = 0; turn < turns; turn++) {
            const outcome = turn % 2 === 0 ? down : up
            const at = start + turn * withoutFlappingMs
            yield* Effect.all([eu(outcome, at), us(outcome, at)], { concurrency: "unbounded" })
            const { isIncidentOpen, status } = yield* verdictOf(monitor)
            assert.deepStrictEqual(
              { isIncidentOpen, status },
              { isIncidentOpen: turn % 2 === 0, status: turn % 2 === 0 ? "down" : "up" }
            )
          }
          const replayed = yield* replay(monitor, ["eu", "us"], quorum)
          const incidents = yield* incidentsOf(monitor)
          assert.strictEqual(replayed.checks, 2 * turns)
          assert.lengthOf(incidents, turns / 2)
          assert.deepStrictEqual(
            incidents.map(({ from, to }) => ({ from, to })),
            replayed.incidents
          )
          const { isIncidentOpen, since, status } = yield* verdictOf(monitor)
          assert.deepStrictEqual({ status, since, isIncidentOpen }, replayed.verdict)
          assert.lengthOf(yield* toldOf(monitor), turns)
        }).pipe(Effect.scoped),
      120_000
    )
  }

  it.effect("one that was never heard of since long ago does not vote, and nobody is told anything", () =>
    Effect.gen(function* () {
      const { eu, monitor, us } = yield* prepare(2)
      yield* all(
        (sql) =>
          sql`UPDATE monitors SET interval_seconds = 60, updated_at = now() - interval '1 day' WHERE id = ${monitor.id}`
      )
      // Long ago, though it was good.
      yield* us(up, start - 7_200_000)
      yield* eu(down, Date.now())
      assert.deepInclude(yield* verdictOf(monitor), { status: "unknown", isIncidentOpen: false })
      assert.deepStrictEqual(yield* toldOf(monitor), [])
    }).pipe(Effect.scoped)
  )

  it.effect("an incident that another region's worker opens has the evidence of the region that can tell why", () =>
    Effect.gen(function* () {
      const { eu, monitor, us } = yield* prepare(2)
      yield* eu(up, start)
      yield* us(up, start)
      yield* eu(down, start + 1000)
      yield* us(down, start + 2000)
      const [incident] = yield* all<{
        evidence: { lastGood: object | null; firstBad: { at: string; traits: object } }
      }>((sql) => sql`SELECT evidence FROM incidents WHERE monitor_id = ${monitor.id}`)
      const { region } = yield* verdictOf(monitor)
      const [check] = yield* all<{ at: string }>(
        (sql) => sql`
          SELECT rfc3339(checked_at) AS at FROM check_results
          WHERE monitor_id = ${monitor.id} AND region = ${region} AND status = 'down'`
      )
      assert.deepInclude(incident!.evidence.firstBad, { at: check!.at, traits: {} })
      assert.property(incident!.evidence, "lastGood")
    }).pipe(Effect.scoped)
  )

  it.effect("an incident of the time with one region is ended by all of them", () =>
    Effect.gen(function* () {
      const { eu, monitor, us } = yield* prepare(2)
      yield* all(
        (sql) => sql`
          INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
          VALUES (${monitor.tenantId}, gen_random_uuid(), ${monitor.id}, from_millis(${start - 5000}::bigint), 'a', 'b')`
      )
      yield* eu(down, start)
      yield* us(down, start)
      assert.lengthOf(yield* incidentsOf(monitor), 1)
      yield* us(up, start + 1000)
      assert.deepStrictEqual(yield* incidentsOf(monitor), [{ from: start - 5000, to: start + 1250, code: "a" }])
    }).pipe(Effect.scoped)
  )
})
