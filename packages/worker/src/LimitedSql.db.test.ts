import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import * as Connections from "@v-insight/database/Connections"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { makeWire } from "@v-insight/database/testing/Wire"
import { Deferred, Effect, Layer, Redacted, Schema } from "effect"
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
