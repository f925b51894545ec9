import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer, Logger, Queue } from "effect"
import { PersistedQueue } from "effect/persistence"
import * as Housekeeper from "./Housekeeper.ts"
import { asSuperuser } from "./testing/Seed.ts"

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
})
