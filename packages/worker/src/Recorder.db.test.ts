import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Fiber, Layer } from "effect"
import { make as makeBucketRepo } from "./buckets/BucketRepo.ts"
import type { DecidedCheck } from "./recording/DecidedCheck.ts"
import type { Lease } from "./buckets/Lease.ts"
import { Recorder } from "./Recorder.ts"
import { chainOf, down, lateMs, up } from "./testing/Chain.ts"
import { asSuperuser, insertMonitor, insertRule, insertTenant } from "./testing/Seed.ts"

const region = "default"
const Database = TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer))

const all = (query: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<unknown>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, query).pipe(asSuperuser, Effect.orDie)

const recordAll = Effect.fnUntraced(function* (lease: Lease, rows: ReadonlyArray<DecidedCheck>) {
  const recorder = yield* Recorder
  for (const row of rows) recorder.record(lease, row)
  yield* recorder.settle(lease)
})

layer(Layer.merge(Recorder.layer(region), TestBox).pipe(Layer.provideMerge(Database)), { excludeTestServices: true })(
  "Recorder",
  (it) => {
    const now = Math.floor(Date.now() / 1000) * 1000

    const prepare = Effect.gen(function* () {
      const repo = yield* makeBucketRepo(region)
      const tenantId = yield* insertTenant
      const monitor = yield* insertMonitor({ tenantId })
      return { repo, tenantId, monitor, chain: chainOf(monitor) }
    })

    it.effect("writes state, result, incident and notification of a decision together", () =>
      Effect.gen(function* () {
        const { chain, monitor, repo, tenantId } = yield* prepare
        yield* insertRule(tenantId, "http://127.0.0.1:9/hook")
        const lease = yield* repo.take(monitor.bucket, "a")
        yield* recordAll(lease, [chain(up, now), chain(down, now + 1000), chain(up, now + 2000)])
        assert.isFalse(lease.isLost)
        assert.deepStrictEqual(
          yield* all(
            (sql) => sql`SELECT status, http_status FROM check_results WHERE monitor_id = ${monitor.id} ORDER BY slot`
          ),
          [
            { status: "up", http_status: 200 },
            { status: "down", http_status: 503 },
            { status: "up", http_status: 200 }
          ]
        )
        assert.deepStrictEqual(
          yield* all(
            (sql) =>
              sql`SELECT cause_code, to_millis(started_at)::float8 AS started, to_millis(resolved_at)::float8 AS resolved FROM incidents WHERE monitor_id = ${monitor.id}`
          ),
          [{ cause_code: "unexpected_status", started: now + 1000 + lateMs, resolved: now + 2000 + lateMs }]
        )
        assert.deepStrictEqual(
          yield* all(
            (sql) =>
              sql`SELECT type, status, event->'data'->'check'->>'status' AS "check" FROM notifications WHERE tenant_id = ${tenantId} ORDER BY created_at`
          ),
          [
            { type: "incident.opened", status: "pending", check: "down" },
            { type: "incident.resolved", status: "pending", check: "up" }
          ]
        )
        assert.deepStrictEqual(
          yield* all(
            (sql) =>
              sql`SELECT status, last_slot_ms::float8 AS slot, total_us FROM monitor_state WHERE monitor_id = ${monitor.id}`
          ),
          [{ status: "up", slot: now + 2000, total_us: 1500 }]
        )
      })
    )

    it.effect("refuses rows of an owner that lost its bucket", () =>
      Effect.gen(function* () {
        const { chain, monitor, repo } = yield* prepare
        const frozen = yield* repo.take(monitor.bucket, "frozen")
        yield* repo.take(monitor.bucket, "next")
        yield* recordAll(frozen, [chain(down, now)])
        assert.isTrue(frozen.isLost)
        assert.deepStrictEqual(
          yield* all((sql) => sql`SELECT 1 FROM check_results WHERE monitor_id = ${monitor.id}`),
          []
        )
        assert.deepStrictEqual(yield* all((sql) => sql`SELECT 1 FROM incidents WHERE monitor_id = ${monitor.id}`), [])
      })
    )

    it.effect("refuses a row that does not follow the newest one, and only its bucket starts again", () =>
      Effect.gen(function* () {
        const { chain, monitor, repo, tenantId } = yield* prepare
        const lease = yield* repo.take(monitor.bucket, "a")
        yield* recordAll(lease, [chain(up, now)])
        const other = yield* insertMonitor({ tenantId })
        const otherLease = other.bucket === monitor.bucket ? lease : yield* repo.take(other.bucket, "a")
        const forked = chainOf(monitor)(up, now + 1000)
        const recorder = yield* Recorder
        recorder.record(lease, forked)
        if (otherLease !== lease) recorder.record(otherLease, chainOf(other)(up, now))
        yield* recorder.settle(lease)
        yield* recorder.settle(otherLease)
        assert.isTrue(lease.isLost)
        if (otherLease !== lease) assert.isFalse(otherLease.isLost)
        assert.lengthOf(yield* all((sql) => sql`SELECT 1 FROM check_results WHERE monitor_id = ${monitor.id}`), 1)
      })
    )

    it.effect("writes all but a row that PostgreSQL cannot take, and holds up nobody", () =>
      Effect.gen(function* () {
        const { chain, monitor, repo, tenantId } = yield* prepare
        const lease = yield* repo.take(monitor.bucket, "a")
        // Of the same bucket, for all that the statement knows.
        const others = yield* Effect.replicateEffect(insertMonitor({ tenantId }), 4)
        const poison = { ...up, error: { code: "x", message: "a NUL: \0" } }
        yield* recordAll(lease, [...others.map((other) => chainOf(other)(up, now)), chain(poison, now)]).pipe(
          Effect.timeout("10 seconds")
        )
        assert.isFalse(lease.isLost)
        assert.lengthOf(yield* all((sql) => sql`SELECT 1 FROM check_results WHERE tenant_id = ${tenantId}`), 4)
      })
    )

    it.effect("drops what was decided after a row that PostgreSQL cannot take, and goes on from before it", () =>
      Effect.gen(function* () {
        const { chain, monitor, repo } = yield* prepare
        const recorder = yield* Recorder
        const lease = yield* repo.take(monitor.bucket, "a")
        const first = chain(up, now)
        const poison = chain({ ...down, error: { code: "x", message: "a NUL: \0" } }, now + 1000)
        const behind = chain(up, now + 2000)
        const undone: Array<number> = []
        for (const row of [first, poison, behind]) recorder.record(lease, row, () => undone.push(row.slot))
        yield* recorder.settle(lease)
        assert.deepStrictEqual(undone, [now + 1000])
        yield* recordAll(lease, [{ ...behind, previous: now, state: first.state, turns: [] }])
        assert.isFalse(lease.isLost)
        assert.deepStrictEqual(
          yield* all(
            (sql) =>
              sql`SELECT to_millis(slot)::float8 AS slot FROM check_results WHERE monitor_id = ${monitor.id} ORDER BY slot`
          ),
          [{ slot: now }, { slot: now + 2000 }]
        )
      })
    )

    it.effect("opens no incident of a monitor that was just removed", () =>
      Effect.gen(function* () {
        const { chain, monitor, repo } = yield* prepare
        const lease = yield* repo.take(monitor.bucket, "a")
        yield* all((sql) => sql`UPDATE monitors SET deleted_at = now() WHERE id = ${monitor.id}`)
        yield* recordAll(lease, [chain(down, now)])
        assert.deepStrictEqual(yield* all((sql) => sql`SELECT 1 FROM incidents WHERE monitor_id = ${monitor.id}`), [])
      })
    )

    it.effect("never has two open incidents for a monitor", () =>
      Effect.gen(function* () {
        const { chain, monitor, repo } = yield* prepare
        const lease = yield* repo.take(monitor.bucket, "a")
        const first = chain(down, now)
        yield* recordAll(lease, [first, { ...chain(down, now + 1000), turns: first.turns }])
        assert.lengthOf(yield* all((sql) => sql`SELECT 1 FROM incidents WHERE monitor_id = ${monitor.id}`), 1)
      })
    )

    it.effect("tells the channels of matching rules only, each once", () =>
      Effect.gen(function* () {
        const { repo, tenantId } = yield* prepare
        const stranger = yield* insertTenant
        const tagged = yield* insertMonitor({ tenantId, tags: ["payments"] })
        const everything = yield* insertRule(tenantId, "http://127.0.0.1:9/all")
        const payments = yield* insertRule(tenantId, "http://127.0.0.1:9/payments", ["payments"])
        yield* insertRule(tenantId, "http://127.0.0.1:9/other", ["warehouse"])
        yield* insertRule(stranger, "http://127.0.0.1:9/stranger")
        // A second rule with the same channel does not tell it twice.
        yield* all(
          (sql) => sql`
        INSERT INTO alert_rule_channels (tenant_id, alert_rule_id, channel_id) VALUES (${tenantId}, ${payments.ruleId}, ${everything.channelId})`
        )
        const lease = yield* repo.take(tagged.bucket, "a")
        yield* recordAll(lease, [chainOf(tagged)(down, now)])
        const told = yield* all(
          (sql) =>
            sql`SELECT channel_id FROM notifications WHERE type = 'incident.opened' AND event->'data'->'monitor'->>'id' = ${tagged.id}`
        )
        assert.sameDeepMembers([...told], [{ channel_id: everything.channelId }, { channel_id: payments.channelId }])
      })
    )

    it.effect("waits in no line behind what others ask the database", () =>
      Effect.gen(function* () {
        const { chain, monitor, repo } = yield* prepare
        const lease = yield* repo.take(monitor.bucket, "a")
        const sql = yield* PgClient.PgClient
        // More than the pool has connections: a worker that starts reads all of its buckets.
        const readers = yield* Effect.forkChild(
          Effect.replicateEffect(sql`SELECT pg_sleep(30)`, 64, { concurrency: "unbounded", discard: true }),
          { startImmediately: true }
        )
        yield* Effect.sleep("500 millis")
        yield* recordAll(lease, [chain(up, now)]).pipe(Effect.timeout("4 seconds"))
        assert.isUndefined(readers.pollUnsafe())
        assert.isFalse(lease.isLost)
        yield* Fiber.interrupt(readers)
      })
    )

    it.effect("keeps a certificate once, however often it is seen", () =>
      Effect.gen(function* () {
        const { chain, monitor, repo, tenantId } = yield* prepare
        const certificate = {
          subject: "CN=a",
          issuer: "CN=b",
          validFrom: "2026-01-01T00:00:00.000Z",
          validTo: "2027-01-01T00:00:00.000Z",
          fingerprint256: "AA:01"
        }
        const lease = yield* repo.take(monitor.bucket, "a")
        yield* recordAll(lease, [chain({ ...up, certificate }, now), chain({ ...up, certificate }, now + 1000)])
        assert.deepStrictEqual(
          yield* all(
            (sql) =>
              sql`SELECT encode(fingerprint, 'hex') AS fingerprint, subject FROM certificates WHERE tenant_id = ${tenantId}`
          ),
          [{ fingerprint: "aa01", subject: "CN=a" }]
        )
        assert.deepStrictEqual(
          yield* all(
            (sql) =>
              sql`SELECT rfc3339(certificate_valid_to) AS valid FROM monitor_state WHERE monitor_id = ${monitor.id}`
          ),
          [{ valid: "2027-01-01T00:00:00.000Z" }]
        )
      })
    )
  }
)
