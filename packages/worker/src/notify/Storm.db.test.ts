/**
 * Everything fails at once: a tenant's 2,000 monitors, two channels. What is beyond a channel's budget goes into one
 * digest, and every incident stays in the ledger. The way is the real one, from the recorder's statement on.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { make as makeBucketRepo } from "../buckets/BucketRepo.ts"
import type { Lease } from "../buckets/Lease.ts"
import { Recorder } from "../Recorder.ts"
import { chainOf, down, up } from "../testing/Chain.ts"
import { asSuperuser, insertRule, insertTenant } from "../testing/Seed.ts"
import { eventually, Notifying, query } from "./testing/Scene.ts"

const monitors = 2000
const buckets = 4
/** Checks that end at about the same time. */
const slice = 100
/** The channels' usual budget: 15 messages and the digest. */
const singles = 15

const Worker = Layer.mergeAll(Notifying, TestBox, TestDatabase.worker).pipe(Layer.provideMerge(TestDatabase.layer))

const insertMonitors = Effect.fnUntraced(
  function* (tenantId: string) {
    const sql = yield* PgClient.PgClient
    yield* sql`
      INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks)
      SELECT ${tenantId}, gen_random_uuid(), n % ${buckets}, 'Monitor ' || lpad(n::text, 4, '0'), 'http',
        '{"url":"http://127.0.0.1:9/"}', 60, 2, 0, 1
      FROM generate_series(1, ${monitors}::integer) n`
    yield* sql`
      INSERT INTO monitor_state (tenant_id, monitor_id, region)
      SELECT tenant_id, id, 'default' FROM monitors WHERE tenant_id = ${tenantId}`
    return yield* sql<{ id: string; bucket: number }>`SELECT id, bucket FROM monitors WHERE tenant_id = ${tenantId}`
  },
  asSuperuser,
  Effect.orDie
)

interface Got {
  readonly at: number
  readonly type: string
  readonly digest:
    | { readonly incidents: number; readonly resolved: number; readonly monitors: ReadonlyArray<string> }
    | undefined
}

layer(Worker, { excludeTestServices: true })("a storm", (it) => {
  it.effect(
    "of 2,000 incidents is one digest per channel within its budget, and 2,000 lines in each ledger",
    () =>
      Effect.gen(function* () {
        const tenantId = yield* insertTenant
        const channels = yield* Effect.forEach([0, 1], () =>
          Effect.gen(function* () {
            const got: Array<Got> = []
            const { url } = yield* serve(({ body }) => {
              const event = JSON.parse(body)
              got.push({ at: Date.now(), type: event.type, digest: event.data.digest })
              return { status: 204 }
            })
            return { got, ...(yield* insertRule(tenantId, url)) }
          })
        )
        const all = (yield* insertMonitors(tenantId)).map((monitor) => ({
          ...monitor,
          check: chainOf({ tenantId, id: monitor.id })
        }))
        const repo = yield* makeBucketRepo("default")
        const leases = new Map<number, Lease>()
        for (let bucket = 0; bucket < buckets; bucket++) leases.set(bucket, yield* repo.take(bucket, "a"))
        const recorder = yield* Recorder
        const began = Math.floor(Date.now() / 1000) * 1000 - 5000
        const checkAll = Effect.fnUntraced(function* (outcome: typeof up, slot: number) {
          // As they come in, not all in one statement.
          for (let first = 0; first < all.length; first += slice) {
            for (const { bucket, check } of all.slice(first, first + slice)) {
              recorder.record(leases.get(bucket)!, check(outcome, slot))
            }
            for (const lease of leases.values()) yield* recorder.settle(lease)
          }
        })
        /** What the digests say a minute later, as often as it takes until it is so. */
        const toldAnew = (isSo: (message: Got) => boolean) =>
          Effect.gen(function* () {
            const told = channels.map(({ got }) => got.findLast(isSo))
            if (told.every((message) => message !== undefined)) return told
            yield* query(
              (sql) => sql`
                UPDATE notifications SET due_at = clock_timestamp()
                WHERE tenant_id = ${tenantId} AND type = 'digest' AND relayed_at IS NULL`
            )
            yield* query((sql) => sql`SELECT pg_notify('notifications_pending', '')`)
            yield* Effect.sleep("200 millis")
            return undefined
          }).pipe(eventually)
        yield* checkAll(up, began)
        const failedAt = Date.now()
        yield* checkAll(down, began + 1000)
        const first = yield* Effect.forEach(channels, ({ got }) =>
          eventually(Effect.sync(() => got.find(({ type }) => type === "digest")))
        )
        yield* Effect.log(
          `2,000 incidents: told after ${channels.map(({ got }) => got[0]!.at - failedAt).join(" and ")} ms, ` +
            `digests after ${first.map(({ at }) => at - failedAt).join(" and ")} ms`
        )
        yield* eventually(
          Effect.map(
            query<{ decided: boolean }>(
              (sql) => sql`
                SELECT count(*) = ${2 * monitors}::integer AND bool_and(status IN ('sent', 'digested')) AS decided
                FROM notifications
                WHERE tenant_id = ${tenantId} AND type = 'incident.opened'`
            ),
            ([row]) => (row?.decided ? true : undefined)
          )
        )
        const digests = yield* toldAnew(({ digest }) => digest?.incidents === monitors - singles)
        for (const { got } of channels) {
          assert.lengthOf(
            got.filter(({ type }) => type === "incident.opened"),
            singles
          )
          assert.isAtMost(got.length, 20, "its budget")
        }
        for (const told of digests) {
          const { monitors: named, resolved } = told!.digest!
          assert.strictEqual(resolved, 0)
          assert.lengthOf(named, 20)
          assert.deepStrictEqual([...named].sort(), named)
        }
        const ledger = yield* query<object>(
          (sql) => sql`
            SELECT status, count(*)::integer AS lines, count(DISTINCT incident_id)::integer AS incidents,
              count(DISTINCT digest_id)::integer AS digests,
              bool_and(reasons -> -1 ->> 'code' = CASE status WHEN 'digested' THEN 'storm_budget' ELSE 'told' END) AS says
            FROM notifications
            WHERE tenant_id = ${tenantId} AND type = 'incident.opened'
            GROUP BY channel_id, status
            ORDER BY status, channel_id`
        )
        const digested = {
          status: "digested",
          lines: monitors - singles,
          incidents: monitors - singles,
          digests: 1,
          says: true
        }
        const sent = { status: "sent", lines: singles, incidents: singles, digests: 0, says: true }
        assert.deepStrictEqual(ledger, [digested, digested, sent, sent])

        // All of it is over: told to those who were told singly, and in a last digest to all.
        yield* checkAll(up, began + 2000)
        yield* eventually(
          Effect.sync(
            () =>
              channels.every(({ got }) => got.filter(({ type }) => type === "incident.resolved").length === singles) ||
              undefined
          )
        )
        yield* toldAnew(
          ({ digest }) => digest?.incidents === digest?.resolved && digest?.incidents === monitors - singles
        )
        for (const { got } of channels) {
          assert.lengthOf(
            got.filter(({ type }) => type !== "digest"),
            2 * singles
          )
          assert.isAtMost(got.filter(({ type }) => type === "digest").length, 5)
        }
        const [row] = yield* query<{ pending: number }>(
          (sql) => sql`
            SELECT count(*)::integer AS pending FROM notifications
            WHERE tenant_id = ${tenantId} AND type <> 'digest' AND status = 'pending'`
        )
        assert.strictEqual(row!.pending, 0)
      }),
    120_000
  )
})
