/** What becomes of a tenant's transaction that is given up half-way: nothing of it stays, for anybody. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as Connections from "./Connections.ts"
import { CurrentPatience, Patience } from "./Patience.ts"
import { as, Cast } from "./testing/Cast.ts"
import { TestDatabase } from "./testing/TestDatabase.ts"
import { TenantSql } from "./TenantSql.ts"

/** With one connection, whatever is left on it is left to the next one. */
const OneConnection = PgClient.layerFrom(
  Effect.flatMap(TestDatabase, ({ apiUrl }) => PgClient.make({ ...Connections.apiSettings(apiUrl), maxConnections: 1 }))
).pipe(Layer.orDie)

const Live = TenantSql.layer.pipe(
  Layer.provideMerge(OneConnection),
  Layer.provideMerge(Cast.layer),
  Layer.provideMerge(TestDatabase.layer)
)

const rename = (name: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE tenants SET name = ${name}, updated_at = now()`)
const nameNow = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const [row] = yield* scoped((tenantId) => sql<{ name: string }>`SELECT name FROM tenants WHERE id = ${tenantId}`)
  return row!.name
})

layer(Live, { excludeTestServices: true })("a transaction that is interrupted", (it) => {
  it.effect("between two statements leaves nothing behind", () =>
    Effect.gen(function* () {
      const { scoped } = yield* TenantSql
      const { alice, mallory } = yield* Cast
      const written = yield* Deferred.make<void>()
      const fiber = yield* scoped(() =>
        Effect.andThen(Effect.andThen(rename("Given up"), Deferred.succeed(written, undefined)), Effect.never)
      ).pipe(as(alice), Effect.forkChild)
      yield* Deferred.await(written)
      yield* Fiber.interrupt(fiber)
      yield* scoped(() => rename("Umbrella & Sons")).pipe(as(mallory))
      assert.strictEqual(yield* nameNow.pipe(as(mallory)), "Umbrella & Sons")
      assert.strictEqual(yield* nameNow.pipe(as(alice)), "Acme")
    })
  )

  it.effect("in the middle of a statement leaves nothing behind", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      const { alice, mallory } = yield* Cast
      const written = yield* Deferred.make<void>()
      const fiber = yield* scoped(() =>
        rename("Given up").pipe(
          Effect.andThen(Deferred.succeed(written, undefined)),
          Effect.andThen(sql`SELECT pg_sleep(30)`)
        )
      ).pipe(as(alice), Effect.forkChild)
      yield* Deferred.await(written)
      yield* Effect.sleep("100 millis")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* nameNow.pipe(as(mallory)), "Umbrella & Sons")
      assert.strictEqual(yield* nameNow.pipe(as(alice)), "Acme")
    })
  )
})

layer(Live, { excludeTestServices: true })("a request that asks twice", (it) => {
  it.effect("waits for both together no longer than 5 s", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { bounded, scoped } = yield* TenantSql
      const { alice } = yield* Cast
      const slowly = sql`SELECT pg_sleep(3)`
      const began = performance.now()
      const exit = yield* Effect.andThen(
        bounded(slowly),
        scoped(() => slowly)
      ).pipe(as(alice), Effect.provideService(CurrentPatience, new Patience()), Effect.exit)
      const ms = performance.now() - began
      assert.isTrue(Exit.hasDies(exit))
      assert.isAbove(ms, 4000)
      assert.isBelow(ms, 5500)
    })
  )
})
