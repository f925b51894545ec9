import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import * as Connections from "@v-insight/database/Connections"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import * as DeliveryQueue from "./DeliveryQueue.ts"

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
})
