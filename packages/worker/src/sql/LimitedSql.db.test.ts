import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import * as Connections from "@v-insight/database/Connections"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { makeWire } from "@v-insight/database/testing/Wire"
import { Deferred, Effect, Fiber, Layer, Redacted, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import { SqlClient } from "effect/sql"
import * as LimitedSql from "./LimitedSql.ts"

layer(TestDatabase.layer, { excludeTestServices: true })("a database that does not answer any more", (it) => {
  it.effect(
    "holds up deliveries for a moment, not until the kernel gives up its connections",
    () =>
      Effect.gen(function* () {
        const url = new URL(Redacted.value((yield* TestDatabase).workerUrl))
        const wire = yield* makeWire(Number(url.port))
        url.port = String(wire.port)
        const Wired = PgClient.layer({
          ...Connections.workerSettings(Redacted.make(url.href)),
          connectTimeout: "500 millis",
          maxConnections: 2
        })
        const Limited = Layer.effect(SqlClient.SqlClient, LimitedSql.make("500 millis"))
        const Store = PersistedQueue.layerStoreSql({ pollInterval: "50 millis", lockExpiration: "2 seconds" }).pipe(
          Layer.provide(Limited),
          Layer.provide(Wired)
        )
        yield* Effect.gen(function* () {
          const queue = yield* PersistedQueue.make({ name: "test", schema: Schema.String })
          const hold = yield* Deferred.make<void>()
          const taken = yield* Deferred.make<void>()
          yield* queue.offer("first")
          const first = yield* queue
            .take(() => Effect.andThen(Deferred.succeed(taken, undefined), Deferred.await(hold)))
            .pipe(Effect.forkScoped)
          yield* Deferred.await(taken)
          // What is connected now hears nothing more: neither that the first is done, nor that there is a second.
          wire.set("clogged")
          yield* Deferred.succeed(hold, undefined)
          yield* Effect.sleep("1 second")
          wire.set("open")
          yield* Effect.retry(queue.offer("second"), { times: 10 })
          const second = yield* queue.take(Effect.succeed).pipe(Effect.timeout("10 seconds"))
          assert.strictEqual(second, "second")
          first.interruptUnsafe()
        }).pipe(Effect.provide(PersistedQueue.layer.pipe(Layer.provide(Store))), Effect.scoped)
      }).pipe(Effect.scoped),
    40_000
  )
})

layer(Layer.provideMerge(TestDatabase.worker, TestDatabase.layer), { excludeTestServices: true })(
  "a few of the pool's connections",
  (it) => {
    it.effect("are had in turn, in transactions too, and given back by who is interrupted", () =>
      Effect.gen(function* () {
        const sql = yield* LimitedSql.make("5 seconds", { connections: 2 })
        let [now, most] = [0, 0]
        const work = Effect.gen(function* () {
          most = Math.max(most, ++now)
          yield* sql`SELECT pg_sleep(0.02)`
          now--
        }).pipe(sql.withTransaction)
        yield* Effect.replicateEffect(work, 10, { concurrency: "unbounded", discard: true })
        assert.strictEqual(most, 2)
        const held = yield* Effect.replicateEffect(Effect.forkScoped(sql.withTransaction(Effect.never)), 4)
        yield* Effect.sleep("100 millis")
        for (const fiber of held) yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
      }).pipe(Effect.scoped)
    )
  }
)
