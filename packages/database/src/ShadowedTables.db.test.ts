/** PostgreSQL finds temporary tables first: none of them may stand in for ours where policies look. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { as, Cast } from "./testing/Cast.ts"
import { TestDatabase } from "./testing/TestDatabase.ts"
import { TenantSql } from "./TenantSql.ts"

const Databases = Layer.provideMerge(TenantSql.layer, TestDatabase.api)

layer(Layer.provideMerge(Cast.layer, TestDatabase.layer), { excludeTestServices: true })("temporary tables", (it) => {
  it.effect("called tenants say nothing of whose key one has", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      const { mallory } = yield* Cast
      const others = yield* scoped(() =>
        Effect.gen(function* () {
          const [own] = yield* sql<{ key: number }>`SELECT key FROM tenants`
          yield* sql`CREATE TEMPORARY TABLE tenants (id uuid, key integer) ON COMMIT DROP`
          const found: Array<unknown> = []
          for (let key = 1; key <= 5; key++) {
            yield* sql`DELETE FROM pg_temp.tenants`
            yield* sql`INSERT INTO pg_temp.tenants VALUES (${mallory.context.tenantId}, ${key})`
            found.push(...(yield* sql`SELECT key FROM check_peers WHERE tenant_key <> ${own!.key}`))
          }
          return found
        })
      ).pipe(as(mallory))
      assert.deepStrictEqual(others, [])
    }).pipe(Effect.provide(Databases))
  )
})
