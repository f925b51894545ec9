/** The tools of other tests: a database per file, three logins, row-level security in force. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { TestDatabase } from "./TestDatabase.ts"

const whoAmI = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ user: string; zone: string; monitors: number; path: string }>`
    SELECT
      current_user AS "user",
      current_setting('timezone') AS zone,
      (SELECT count(*)::int FROM monitors) AS monitors,
      current_setting('search_path') AS path`
  return rows[0]
})

layer(TestDatabase.layer, { excludeTestServices: true })("TestDatabase", (it) => {
  it.effect("logs in as the API", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* whoAmI, { user: "vinsight_api", zone: "UTC", monitors: 0 })
    }).pipe(Effect.provide(TestDatabase.api))
  )

  it.effect("logs in as the worker, whose own schema comes first", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* whoAmI, { user: "vinsight_worker", path: "worker, public", monitors: 0 })
    }).pipe(Effect.provide(TestDatabase.worker))
  )

  it.effect("logs in as the owner", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* whoAmI, { user: "vinsight_owner", path: "public" })
    }).pipe(Effect.provide(TestDatabase.owner))
  )

  it.effect("logs in as the superuser, whom row-level security does not bind", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* whoAmI, { user: "vinsight" })
    }).pipe(Effect.provide(TestDatabase.superuser))
  )

  it.effect("gives each test file a database of its own", () =>
    Effect.gen(function* () {
      const one = yield* TestDatabase
      const other = yield* Effect.provide(TestDatabase, Layer.fresh(TestDatabase.layer))
      assert.notStrictEqual(Redacted.value(one.apiUrl), Redacted.value(other.apiUrl))
    })
  )
})
