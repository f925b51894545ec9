import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer, Logger, Queue, Schedule } from "effect"
import { PersistedQueue } from "effect/persistence"
import * as Housekeeper from "./Housekeeper.ts"
import { forgetDeliveries } from "./housekeeping/forgetDeliveries.ts"
import { asSuperuser, insertRule, insertTenant, newId } from "./testing/Seed.ts"

const Database = TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer))
const Queues = PersistedQueue.layer.pipe(Layer.provideMerge(PersistedQueue.layerStoreMemory))

layer(Database, { excludeTestServices: true })("housekeeping", (it) => {
  it.effect("gives up on a database that does not answer, and says so", () =>
    Effect.gen(function* () {
      const told = yield* Queue.unbounded<unknown>()
      const logger = Logger.make(({ message }) => void Queue.offerUnsafe(told, message))
      const worker = yield* PgClient.PgClient
      const keep = Layer.build(Housekeeper.layer(30, "500 millis")).pipe(
        Effect.provide(Queues),
        Effect.provideService(PgClient.PgClient, worker),
        Effect.provideService(Logger.CurrentLoggers, new Set([logger]))
      )
      yield* Effect.flatMap(PgClient.PgClient, (sql) =>
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`LOCK TABLE sessions`
            yield* keep
            assert.deepStrictEqual(yield* Queue.take(told), ["Housekeeping failed; it is tried again within the hour"])
          })
        )
      ).pipe(asSuperuser)
    }).pipe(Effect.scoped)
  )

  it.effect("forgets certificates with the last check that showed them", () =>
    Effect.gen(function* () {
      const worker = yield* PgClient.PgClient
      const tenantId = yield* insertTenant
      const remaining = yield* Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        yield* sql`
          INSERT INTO certificates (tenant_id, fingerprint, subject, issuer, valid_from, valid_to)
          SELECT ${tenantId}, fingerprint, 'CN=a', 'CN=b', now(), now()
          FROM (VALUES ('\\x01'::bytea), ('\\x02'), ('\\x03')) AS shown (fingerprint)`
        yield* sql`
          INSERT INTO check_peers (tenant_key, address, fingerprint, seen_on)
          SELECT t.key, '', fingerprint, (now() AT TIME ZONE 'UTC')::date - days
          FROM tenants t, (VALUES ('\\x01'::bytea, 0), ('\\x02', 32), ('\\x03', 33)) AS shown (fingerprint, days)
          WHERE t.id = ${tenantId}`
        yield* Layer.build(Housekeeper.layer(30)).pipe(
          Effect.provide(Queues),
          Effect.provideService(PgClient.PgClient, worker)
        )
        const left = sql<{ shown: ReadonlyArray<string> }>`
          SELECT array_agg(encode(fingerprint, 'hex') ORDER BY fingerprint) AS shown
          FROM certificates WHERE tenant_id = ${tenantId}`
        return yield* Effect.map(left, ([row]) => row!.shown).pipe(
          Effect.repeat({ until: ({ length }) => length < 3, schedule: Schedule.spaced("50 millis"), times: 100 })
        )
      }).pipe(asSuperuser)
      assert.deepStrictEqual(remaining, ["01", "02"])
    }).pipe(Effect.scoped)
  )

  it.effect("forgets attempts to deliver, notices and digests with the checks of their time", () =>
    Effect.gen(function* () {
      const worker = yield* PgClient.PgClient
      const tenantId = yield* insertTenant
      const { channelId } = yield* insertRule(tenantId, "http://127.0.0.1:9/")
      const left = yield* Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        for (const days of [1, 40]) {
          const id = newId()
          yield* sql`
            INSERT INTO notifications (tenant_id, id, channel_id, type, event, status, relayed_at, created_at)
            VALUES (${tenantId}, ${id}, ${channelId}, 'silence.ended', '{}', 'sent', now(), now() - make_interval(days => ${days}::integer))`
          yield* sql`
            INSERT INTO delivery_attempts (tenant_id, id, notification_id, attempt, attempted_at, duration_ms)
            VALUES (${tenantId}, ${newId()}, ${id}, 1, now() - make_interval(days => ${days}::integer), 5)`
        }
        yield* forgetDeliveries(worker, 30)
        return yield* sql`
          SELECT (SELECT count(*)::integer FROM notifications WHERE tenant_id = ${tenantId}) AS notifications,
            (SELECT count(*)::integer FROM delivery_attempts WHERE tenant_id = ${tenantId}) AS attempts`
      }).pipe(asSuperuser)
      assert.deepStrictEqual(left, [{ notifications: 1, attempts: 1 }])
    })
  )
})
