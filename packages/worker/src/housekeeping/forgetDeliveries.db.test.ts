import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { insertRule, insertTenant } from "../testing/Seed.ts"
import { forgetDeliveries } from "./forgetDeliveries.ts"
import { query } from "../notify/testing/Scene.ts"

const Database = TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer))
/** Rows of one statement. */
const most = 5_000

layer(Database, { excludeTestServices: true })("what nobody looks at any more", (it) => {
  it.effect("is forgotten in small statements, all of it, and nothing else", () =>
    Effect.gen(function* () {
      const worker = yield* PgClient.PgClient
      const tenantId = yield* insertTenant
      const { channelId } = yield* insertRule(tenantId, "https://receiver.example/hook")
      yield* query((sql) => sql`CREATE TABLE gone (name text, rows integer)`)
      yield* query(
        (sql) => sql`
          CREATE FUNCTION count_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS
          'BEGIN INSERT INTO gone SELECT TG_TABLE_NAME, count(*) FROM old_rows; RETURN NULL; END'`
      )
      for (const table of ["delivery_attempts", "notifications"]) {
        yield* query(
          (sql) => sql`
            CREATE TRIGGER count_gone AFTER DELETE ON ${sql(table)}
            REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_gone()`
        )
      }
      // Each with ten tries; the last ten are young.
      yield* query(
        (sql) => sql`
          WITH notices AS (
            INSERT INTO notifications (tenant_id, id, channel_id, type, event, status, relayed_at, created_at)
            SELECT ${tenantId}, uuid_v7(), ${channelId}, 'silence.ended', '{}', 'sent', now(),
              now() - make_interval(days => CASE WHEN n > 1200 THEN 1 ELSE 40 END)
            FROM generate_series(1, 1210) n
            RETURNING tenant_id, id, created_at
          )
          INSERT INTO delivery_attempts (tenant_id, id, notification_id, attempt, attempted_at, duration_ms)
          SELECT tenant_id, uuid_v7(), id, attempt, created_at, 5
          FROM notices, generate_series(1, 10) attempt`
      )
      yield* forgetDeliveries(worker, 30)
      const left = yield* query<object>(
        (sql) => sql`
          SELECT (SELECT count(*)::integer FROM notifications WHERE tenant_id = ${tenantId}) AS notifications,
            (SELECT count(*)::integer FROM delivery_attempts WHERE tenant_id = ${tenantId}) AS attempts`
      )
      assert.deepStrictEqual(left, [{ notifications: 10, attempts: 100 }])
      const statements = yield* query<{ name: string; rows: number }>((sql) => sql`SELECT name, rows FROM gone`)
      assert.isAtMost(Math.max(...statements.map(({ rows }) => rows)), most)
      assert.deepStrictEqual(
        new Set(statements.map(({ name }) => name)),
        new Set(["delivery_attempts", "notifications"])
      )
    })
  )
})
