/** Made-up history is the same for the same seed, and arrives in rollups as a whole. */
import { assert, layer } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { makeHistory } from "./makeHistory.ts"

const Database = Layer.mergeAll(Cast.layer, NodeServices.layer).pipe(Layer.provideMerge(TestDatabase.layer))

const query = <A extends object>(statement: (sql: SqlClient.SqlClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(SqlClient.SqlClient, statement).pipe(Effect.provide(TestDatabase.superuser), Effect.orDie)

/** All of the days that are over: today grows while we look. */
const fingerprint = query<{ checks: number; hash: string }>(
  (sql) => sql`
    SELECT count(*)::integer AS checks, md5(string_agg(concat_ws(' ', c.monitor_id, c.slot, c.status, c.total_us), ',' ORDER BY c.monitor_id, c.slot)) AS hash
    FROM check_results c JOIN monitors m ON m.tenant_id = c.tenant_id AND m.id = c.monitor_id
    WHERE m.name LIKE 'Made up%' AND c.slot < current_date`
)

layer(Database, { excludeTestServices: true })("makeHistory", (it) => {
  it.effect("makes the same of the same seed, adds it all up, and refuses to make it twice", () =>
    Effect.gen(function* () {
      const logins = yield* TestDatabase
      const { alice } = yield* Cast
      const plan = { email: alice.email, monitors: 3, days: 4, seed: 5, intervalSeconds: 60 }
      const checks = yield* makeHistory(logins, plan)
      assert.isAbove(checks, 3 * 3 * 1440 - 100)
      const first = yield* fingerprint
      const [days] = yield* query<{ seen: number }>(
        (sql) => sql`
          SELECT sum(up + degraded + down)::integer AS seen FROM monitor_rollups_1d r
          JOIN monitors m ON m.tenant_key = r.tenant_key AND m.key = r.monitor_key
          WHERE m.name LIKE 'Made up%'`
      )
      assert.strictEqual(days!.seen, first[0]!.checks)

      const again = yield* Effect.flip(makeHistory(logins, plan))
      assert.match(again.message, /seed 5 is there already/)
      const nobody = yield* Effect.flip(makeHistory(logins, { ...plan, seed: 6, email: "nobody@else.example" }))
      assert.match(nobody.message, /no account nobody@else.example/)

      // Rollups of these days are there by now: they are made again with the new checks.
      yield* query(
        (sql) =>
          sql`DELETE FROM monitor_checks WHERE tenant_key = (SELECT key FROM tenants WHERE id = ${alice.context.tenantId})`
      )
      yield* query(
        (sql) => sql`DELETE FROM incidents WHERE monitor_id IN (SELECT id FROM monitors WHERE name LIKE 'Made up%')`
      )
      yield* query((sql) => sql`DELETE FROM monitors WHERE name LIKE 'Made up%'`)
      yield* makeHistory(logins, plan)
      assert.deepStrictEqual(yield* fingerprint, first)
      const [rolled] = yield* query<{ seen: number }>(
        (sql) => sql`
          SELECT sum(up + degraded + down)::integer AS seen FROM monitor_rollups_1d r
          JOIN monitors m ON m.tenant_key = r.tenant_key AND m.key = r.monitor_key
          WHERE m.name LIKE 'Made up%'`
      )
      assert.deepStrictEqual(rolled, days)
    })
  )

  it.effect("expects as many checks as there are slots, also when windows of five minutes have none", () =>
    Effect.gen(function* () {
      const logins = yield* TestDatabase
      const { mallory } = yield* Cast
      for (const [seed, intervalSeconds] of [600, 900].entries()) {
        yield* makeHistory(logins, { email: mallory.email, monitors: 8, days: 3, seed, intervalSeconds })
        const rows = yield* query<{ expected: number; seen: number }>(
          (sql) => sql`
            SELECT r.expected, r.up + r.degraded + r.down AS seen
            FROM monitor_rollups_1d r
            JOIN monitors m ON m.tenant_key = r.tenant_key AND m.key = r.monitor_key
            WHERE m.interval_seconds = ${intervalSeconds} AND m.name LIKE ${`Made up ${seed}.%`}`
        )
        const slots = 86_400 / intervalSeconds
        assert.lengthOf(rows, 8 * 2)
        for (const { expected, seen } of rows) {
          // A check that began in the window after its slot's counts there as well; for half an hour nobody may have looked.
          assert.include([slots, slots + 1], expected)
          assert.isAtLeast(seen, slots - 1800 / intervalSeconds - 1)
        }
      }
    })
  )
})
