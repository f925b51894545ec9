/** What is stored of checks beyond their verdict, and what an incident is opened with. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import type { IncidentEvidence } from "@v-insight/domain/model/Incident"
import { hideNothing } from "@v-insight/domain/rules/hide"
import { presentable } from "@v-insight/domain/rules/presentable"
import { Effect, Layer } from "effect"
import { make as makeBucketRepo } from "../buckets/BucketRepo.ts"
import type { DecidedCheck } from "./DecidedCheck.ts"
import type { Lease } from "../buckets/Lease.ts"
import { Recorder } from "../Recorder.ts"
import { fromRow } from "../buckets/ScheduledMonitor.ts"
import { chainOf, down, lateMs, up } from "../testing/Chain.ts"
import { asSuperuser, insertMonitor, insertTenant } from "../testing/Seed.ts"

const region = "default"
const Database = TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer))
const now = Math.floor(Date.now() / 1000) * 1000
const iso = (millis: number): string => new Date(millis).toISOString()

const detailed = (
  outcome: CheckOutcome,
  traits: Readonly<Record<string, string>>,
  body = "What the target said."
): CheckOutcome => ({
  ...outcome,
  detail: {
    tlsVersion: null,
    redirects: [],
    assertions: [],
    traits,
    response: { headers: [["server", "nginx"]], body, isTruncated: false }
  }
})

const query = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

const recordAll = Effect.fnUntraced(function* (lease: Lease, rows: ReadonlyArray<DecidedCheck>) {
  const recorder = yield* Recorder
  for (const row of rows) recorder.record(lease, row)
  yield* recorder.settle(lease)
  assert.isFalse(lease.isLost)
})

const prepare = Effect.gen(function* () {
  const repo = yield* makeBucketRepo(region)
  const tenantId = yield* insertTenant
  const monitor = yield* insertMonitor({ tenantId })
  const lease = yield* repo.take(monitor.bucket, "a")
  return { repo, tenantId, monitor, lease, chain: chainOf(monitor) }
})

const evidenceOf = (id: string) =>
  Effect.map(
    query<{ evidence: IncidentEvidence }>((sql) => sql`SELECT evidence FROM incidents WHERE monitor_id = ${id}`),
    ([row]) => row!.evidence
  )
const lastGoodOf = (id: string) =>
  Effect.map(
    query<{ lastGood: unknown }>(
      (sql) => sql`SELECT last_good AS "lastGood" FROM monitor_state WHERE monitor_id = ${id}`
    ),
    ([row]) => row?.lastGood
  )

layer(Layer.merge(Recorder.layer(region), TestBox).pipe(Layer.provideMerge(Database)), { excludeTestServices: true })(
  "evidence",
  (it) => {
    it.effect("an incident holds what the monitor looked like before and when it went down", () =>
      Effect.gen(function* () {
        const { chain, lease, monitor } = yield* prepare
        const good = { server: "nginx/1", "content-type": "text/html" }
        const bad = { server: "nginx/2", "content-type": "text/html" }
        yield* recordAll(lease, [
          chain(detailed(up, good), now),
          chain(detailed(up, good), now + 1000),
          chain(detailed(down, bad), now + 2000),
          chain(detailed(down, { server: "later" }), now + 3000)
        ])
        const evidence = yield* evidenceOf(monitor.id)
        assert.deepStrictEqual(evidence.lastGood, { at: iso(now + 1000 + lateMs), traits: good })
        assert.strictEqual(evidence.firstBad.at, iso(now + 2000 + lateMs))
        assert.deepStrictEqual(evidence.firstBad.traits, bad)
        assert.strictEqual(evidence.firstBad.detail?.response?.body, "What the target said.")
        const changed = Object.keys(good).filter(
          (name) => evidence.lastGood?.traits[name] !== evidence.firstBad.traits[name]
        )
        assert.deepStrictEqual(changed, ["server"])
      })
    )

    it.effect("checks that are not up keep their detail, without the response", () =>
      Effect.gen(function* () {
        const { chain, lease, monitor } = yield* prepare
        const degraded = { ...up, status: "degraded" } as const
        yield* recordAll(
          lease,
          [up, degraded, down].map((outcome, index) => chain(detailed(outcome, { a: "1" }), now + index * 1000))
        )
        const rows = yield* query<{ status: string; detail: unknown }>(
          (sql) => sql`SELECT status, detail FROM check_results WHERE monitor_id = ${monitor.id} ORDER BY slot`
        )
        const kept = { tlsVersion: null, redirects: [], assertions: [], traits: { a: "1" }, response: null }
        assert.deepStrictEqual(rows, [
          { status: "up", detail: null },
          { status: "degraded", detail: kept },
          { status: "down", detail: kept }
        ])
      })
    )

    it.effect("traits are written when they change, and a new owner remembers what the old one knew", () =>
      Effect.gen(function* () {
        const { chain, lease, monitor, repo } = yield* prepare
        const recalled = Effect.gen(function* () {
          const [row] = yield* repo.changed(monitor.bucket, { ids: [monitor.id] })
          return (yield* fromRow(row!)).memory
        })
        yield* recordAll(lease, [chain(detailed(up, { a: "1" }), now)])
        const first = { at: iso(now + lateMs), traits: { a: "1" } }
        assert.deepStrictEqual(yield* lastGoodOf(monitor.id), first)
        yield* recordAll(lease, [chain(detailed(up, { a: "1" }), now + 1000)])
        assert.deepStrictEqual(yield* lastGoodOf(monitor.id), first)
        const atMs = now + 1000 + lateMs
        assert.deepStrictEqual((yield* recalled).lastGood, { at: atMs, traits: { a: "1" } })
        yield* recordAll(lease, [chain(detailed(down, {}), now + 2000), chain(detailed(down, {}), now + 3000)])
        assert.deepStrictEqual(yield* lastGoodOf(monitor.id), { at: iso(atMs), traits: { a: "1" } })
        const good = { at: atMs, traits: { a: "1" } }
        assert.deepStrictEqual(yield* recalled, { lastGood: good, stored: good })
        yield* recordAll(lease, [chain(detailed(up, { a: "2" }), now + 4000)])
        assert.deepStrictEqual((yield* recalled).lastGood?.traits, { a: "2" })
      })
    )

    it.effect("a monitor that was never good has an incident all the same", () =>
      Effect.gen(function* () {
        const { chain, lease, monitor } = yield* prepare
        yield* recordAll(lease, [chain(down, now)])
        assert.deepStrictEqual(yield* evidenceOf(monitor.id), {
          lastGood: null,
          firstBad: { at: iso(now + lateMs), traits: {}, detail: null }
        })
      })
    )

    it.effect("what a target sent poisons nothing", () =>
      Effect.gen(function* () {
        const { chain, lease, monitor } = yield* prepare
        const hostile = "\0\ud800'; DROP TABLE incidents; --\udc00\\u0000"
        const of = (outcome: CheckOutcome) =>
          presentable(detailed(outcome, { [hostile]: hostile }, hostile.repeat(9_000)), hideNothing)
        const error = { code: "unexpected_status", message: hostile }
        yield* recordAll(lease, [chain(of(up), now), chain(of({ ...down, error }), now + 1000)])
        const evidence = yield* evidenceOf(monitor.id)
        assert.isAtMost(Buffer.byteLength(evidence.firstBad.detail?.response?.body ?? ""), 65_536)
        assert.deepStrictEqual(evidence.lastGood?.traits, evidence.firstBad.traits)
      })
    )

    it.effect("a network that goes brings more evidence than one statement takes", () =>
      Effect.gen(function* () {
        const { lease, tenantId } = yield* prepare
        const monitors = yield* Effect.replicateEffect(insertMonitor({ tenantId }), 120)
        const body = "x".repeat(65_536)
        yield* recordAll(
          lease,
          monitors.map((monitor) => chainOf(monitor)(detailed(down, {}, body), now))
        )
        const [stored] = yield* query<{ count: number }>(
          (sql) => sql`
            SELECT count(*)::integer AS count FROM incidents
            WHERE tenant_id = ${tenantId}
              AND length(evidence -> 'firstBad' -> 'detail' -> 'response' ->> 'body') = 65536`
        )
        assert.strictEqual(stored?.count, 120)
      })
    )
  }
)
