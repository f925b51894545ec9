/** Incidents that open together are one group, also when two workers open them in the same instant. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { make as makeBucketRepo } from "../buckets/BucketRepo.ts"
import type { Lease } from "../buckets/Lease.ts"
import { chainOf, down } from "../testing/Chain.ts"
import { asSuperuser, insertMonitor, insertTenant } from "../testing/Seed.ts"
import { make as makeFencedWrite } from "./FencedWrite.ts"

const region = "default"
const rounds = 50
const now = Math.floor(Date.now() / 1000) * 1000

layer(Layer.merge(TestDatabase.worker, TestBox).pipe(Layer.provideMerge(TestDatabase.layer)), {
  excludeTestServices: true
})("two workers that open the first incidents of a group at once", (it) => {
  it.effect(
    "make one group of them, every time",
    () =>
      Effect.gen(function* () {
        const write = yield* makeFencedWrite(region)
        const repo = yield* makeBucketRepo(region)
        const leases = new Map<number, Lease>()
        const tenants: Array<string> = []
        for (let round = 0; round < rounds; round++) {
          // A tenant of its own each time, one monitor with each worker; every other time two of them.
          const tenantId = yield* insertTenant
          tenants.push(tenantId)
          const seed = { tenantId, tags: ["rack"] }
          const batches = yield* Effect.forEach([1, 2], () =>
            Effect.forEach(Array.from({ length: 1 + (round % 2) }), () =>
              Effect.gen(function* () {
                const monitor = yield* insertMonitor(seed)
                const lease = leases.get(monitor.bucket) ?? (yield* repo.take(monitor.bucket, "a"))
                leases.set(monitor.bucket, lease)
                return { lease, row: chainOf(monitor)(down, now) }
              })
            )
          )
          yield* Effect.forEach(batches, write, { concurrency: "unbounded", discard: true })
        }
        const sql = yield* PgClient.PgClient
        const found = yield* sql<{ incidents: number; grouped: number; groups: number }>`
            SELECT count(*)::integer AS incidents, count(i.group_id)::integer AS grouped,
              count(DISTINCT i.group_id)::integer AS groups
            FROM incidents i
            WHERE i.tenant_id = ANY (${tenants}::uuid[])
            GROUP BY i.tenant_id
            ORDER BY min(i.tenant_id::text)`.pipe(asSuperuser, Effect.orDie)
        assert.lengthOf(found, rounds)
        for (const [round, one] of found.entries()) {
          const incidents = 2 * (1 + (round % 2))
          assert.deepStrictEqual(one, { incidents, grouped: incidents, groups: 1 }, `round ${round}`)
        }
      }),
    240_000
  )
})
