import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import * as Connections from "@v-insight/database/Connections"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Duration, Effect, Layer, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import * as DeliveryQueue from "./DeliveryQueue.ts"
import * as Housekeeper from "../Housekeeper.ts"

layer(TestDatabase.layer, { excludeTestServices: true })("deliveries that wait", (it) => {
  it.effect("leave no statement behind on a connection, however many are taken", () =>
    Effect.gen(function* () {
      const { workerUrl } = yield* TestDatabase
      const Wired = PgClient.layer({ ...Connections.workerSettings(workerUrl), maxConnections: 1 })
      yield* Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const queue = yield* PersistedQueue.make({ name: "unprepared", schema: Schema.String })
        for (const text of ["a", "b", "c"]) {
          yield* queue.offer(text)
          assert.strictEqual(yield* queue.take(Effect.succeed), text)
        }
        // The queue's table is made in a transaction, by statements that are the same each time.
        const taking = "%SET acquired_at%"
        const kept = yield* sql`SELECT statement FROM pg_prepared_statements WHERE statement LIKE ${taking}`
        assert.deepStrictEqual(kept, [])
      }).pipe(Effect.provide(Layer.provideMerge(DeliveryQueue.layer, Wired)), Effect.scoped)
    })
  )

  it.effect("take part in the transaction in which they are offered", () =>
    Effect.gen(function* () {
      const { workerUrl } = yield* TestDatabase
      const Wired = PgClient.layer({ ...Connections.workerSettings(workerUrl), maxConnections: 2 })
      yield* Effect.gen(function* () {
        const sql = yield* DeliveryQueue.DeliverySql
        const queue = yield* PersistedQueue.make({ name: "joined", schema: Schema.String })
        yield* queue
          .offer("never", { id: "a" })
          .pipe(Effect.andThen(Effect.fail("no")), sql.withTransaction, Effect.flip)
        yield* queue.offer("kept", { id: "b" }).pipe(sql.withTransaction)
        assert.strictEqual(yield* queue.take(Effect.succeed), "kept")
        const rows = yield* sql`SELECT id FROM effect_queue WHERE queue_name = 'joined'`
        assert.deepStrictEqual(rows, [{ id: "b" }])
      }).pipe(Effect.provide(Layer.provideMerge(DeliveryQueue.layer, Wired)), Effect.scoped)
    })
  )

  it.effect("are forgotten when they are done, and take little room until then", () =>
    Effect.gen(function* () {
      const { workerUrl } = yield* TestDatabase
      const Wired = PgClient.layer({ ...Connections.workerSettings(workerUrl), maxConnections: 2 })
      yield* Effect.gen(function* () {
        const sql = yield* DeliveryQueue.DeliverySql
        const store = yield* PersistedQueue.PersistedQueueStore
        yield* sql`
          INSERT INTO effect_queue (id, queue_name, element, state, attempts, visible_at, created_at, updated_at)
          SELECT gen_random_uuid() || '/1795000000000', 'channel/' || gen_random_uuid(),
            json_build_object('tenantId', gen_random_uuid(), 'id', gen_random_uuid(), 'relayedAt', 1795000000000),
            'completed', 1, now(), now(), now() - interval '2 hours'
          FROM generate_series(1, 10000)`
        const [size] = yield* sql<{ kb: number }>`SELECT (pg_total_relation_size('effect_queue') / 1024)::integer AS kb`
        yield* Effect.log(`10,000 deliveries take ${size!.kb} KiB in the queue`)
        assert.isBelow(size!.kb, 8 * 1024)
        const { timeToLive, failedTimeToLive } = Housekeeper.queueKept
        yield* store.cleanup({
          timeToLive: Duration.fromInputUnsafe(timeToLive),
          failedTimeToLive: Duration.fromInputUnsafe(failedTimeToLive)
        })
        const left = yield* sql`SELECT id FROM effect_queue WHERE state = 'completed' AND queue_name LIKE 'channel/%'`
        assert.lengthOf(left, 0)
      }).pipe(Effect.provide(Layer.provideMerge(DeliveryQueue.layer, Wired)), Effect.scoped)
    })
  )
})
