/** Checks keep numbers of peers: the same for the same peer, whoever asks, and for one tenant only. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import type { Certificate } from "@v-insight/domain/model/CheckOutcome"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { type Answered, make } from "./Peers.ts"
import { asSuperuser, insertTenant } from "../testing/Seed.ts"

const Database = TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer))

const certificate: Certificate = {
  subject: "CN=a",
  issuer: "CN=b",
  validFrom: "2026-01-01T00:00:00.000Z",
  validTo: "2027-01-01T00:00:00.000Z",
  fingerprint256: "AB:".repeat(31) + "CD"
}

const answered = (tenantId: string, address: string | null, shown: Certificate | null = null): Answered => ({
  tenantId,
  checked: { outcome: { address, certificate: shown } }
})

const days = Effect.flatMap(
  PgClient.PgClient,
  (sql) => sql<{ days: number }>`SELECT current_date - seen_on AS days FROM check_peers ORDER BY key`
).pipe(asSuperuser, Effect.orDie)

layer(Database, { excludeTestServices: true })("peers", (it) => {
  it.effect("have one number per tenant, address and certificate, whoever asks first", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const [one, other] = [yield* insertTenant, yield* insertTenant]
      const rows = [
        answered(one, "192.0.2.1"),
        answered(one, "192.0.2.1", certificate),
        answered(one, null, certificate),
        answered(other, "192.0.2.1"),
        answered(one, "192.0.2.1")
      ]
      const workers = [make(sql), make(sql), make(sql)]
      yield* Effect.forEach(workers, (peers) => peers.meet(rows), { concurrency: 3 })
      const [first, ...others] = workers.map((peers) => rows.map(peers.keyOf))
      for (const keys of others) assert.deepStrictEqual(keys, first)
      assert.strictEqual(new Set(first).size, 4)
      assert.strictEqual(first![4], first![0])
      assert.notInclude(first!, 0)
      assert.lengthOf(yield* days, 4)
      assert.strictEqual(workers[0]!.keyOf(answered(one, null)), 0)
    })
  )

  it.effect("are marked as in use once a day", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* Effect.flatMap(PgClient.PgClient, (all) => all`UPDATE check_peers SET seen_on = current_date - 10`).pipe(
        asSuperuser,
        Effect.orDie
      )
      const tenantId = yield* insertTenant
      const peers = make(sql)
      yield* peers.meet([answered(tenantId, "192.0.2.9")])
      assert.deepStrictEqual(
        (yield* days).map((row) => row.days),
        [10, 10, 10, 10, 0]
      )
      const [known] = yield* sql<{ id: string }>`
        SELECT t.id FROM check_peers p JOIN tenants t ON t.key = p.tenant_key WHERE p.seen_on < current_date LIMIT 1`
      yield* make(sql).meet([answered(known!.id, "192.0.2.1")])
      assert.strictEqual((yield* days).filter((row) => row.days === 0).length, 2)
    })
  )
})
