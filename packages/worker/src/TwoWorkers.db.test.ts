/** Two workers on one database: they share the monitors, and do nothing twice. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect } from "effect"
import { eventuallyWithin } from "./testing/eventually.ts"
import { freePort } from "./testing/freePort.ts"
import { asSuperuser, insertMonitor, insertRule, insertTenant } from "./testing/Seed.ts"
import { startWorker } from "./testing/WorkerProcess.ts"

const all = <A extends object>(query: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, query).pipe(asSuperuser, Effect.orDie)

/** On a machine with much else to do. */
const eventually = eventuallyWithin("60 seconds")

const slotsOf = (monitorId: string) =>
  Effect.map(
    all<{ count: number }>(
      (sql) => sql`SELECT count(*)::integer AS count FROM check_results WHERE monitor_id = ${monitorId}`
    ),
    ([row]) => row!.count
  )

layer(TestDatabase.layer, { excludeTestServices: true })("two workers on one database", (it) => {
  it.effect(
    "defect 8: check each slot once and tell of each outage once",
    () =>
      Effect.gen(function* () {
        let status = 200
        const hits = new Map<string, number>()
        const told: Array<string> = []
        const target = yield* serve(({ path }) => {
          hits.set(path, (hits.get(path) ?? 0) + 1)
          return { status }
        })
        const hook = yield* serve(({ body }) => {
          const { data, type } = JSON.parse(body)
          told.push(`${type} ${data.monitor.id}`)
          return { status: 204 }
        })
        const workers = yield* Effect.replicateEffect(Effect.flatMap(freePort("127.0.0.1"), startWorker), 2)
        const owners = all<{ owner: string; handed: boolean }>(
          (sql) => sql`
            SELECT b.owner, bool_and(l.address IS NOT DISTINCT FROM b.owner) AS handed
            FROM check_buckets b
            LEFT JOIN worker.cluster_locks l ON l.shard_id = b.region || ':' || (b.bucket + 1)
            GROUP BY b.owner`
        )
        // Until a bucket has begun where its shard is, its old owner checks on: both may ask for the same slot.
        yield* eventually(
          Effect.map(owners, (found) => (found.length === 2 && found.every(({ handed }) => handed)) || undefined)
        )

        const tenantId = yield* insertTenant
        yield* insertRule(tenantId, hook.url)
        const monitors = yield* Effect.forEach(
          Array.from({ length: 12 }, (_, index) => index),
          (index) =>
            Effect.map(insertMonitor({ tenantId, url: `${target.url}${index}`, intervalSeconds: 1 }), (monitor) => ({
              ...monitor,
              path: `/${index}`
            }))
        )
        for (const { bucket, id } of monitors)
          yield* all((sql) => sql`SELECT pg_notify('monitor_changed', ${`${bucket} ${id}`})`)
        const moreSlots = Effect.gen(function* () {
          const before = yield* Effect.forEach(monitors, ({ id }) => slotsOf(id))
          const enough = Effect.map(
            Effect.forEach(monitors, ({ id }) => slotsOf(id)),
            (now) => now.every((count, index) => count >= before[index]! + 3) || undefined
          )
          yield* eventually(enough)
        })
        yield* moreSlots
        status = 503
        yield* eventually(Effect.sync(() => told.length >= monitors.length || undefined))
        yield* moreSlots
        const busy = yield* all(
          (sql) => sql`
            SELECT DISTINCT b.owner FROM check_buckets b JOIN monitors m ON m.bucket = b.bucket
            WHERE m.tenant_id = ${tenantId}`
        )
        assert.lengthOf(busy, 2, "one worker has all of the monitors")
        for (const worker of workers) assert.strictEqual(yield* worker.end("SIGTERM"), 0)
        assert.sameMembers(
          told,
          monitors.map(({ id }) => `incident.opened ${id}`)
        )
        for (const { id, path } of monitors) {
          // A check that was under way at the end is counted by the target alone.
          const [asked, kept] = [hits.get(path)!, yield* slotsOf(id)]
          assert.isTrue(asked === kept || asked === kept + 1, `${asked} requests of ${kept} checks`)
        }
      }),
    240_000
  )
})
