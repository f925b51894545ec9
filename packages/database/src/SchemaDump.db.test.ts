/** migrations/schema.sql is what the migrations make, and every migration can be taken back. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path } from "effect"
import { SqlClient } from "effect/sql"
import { folder } from "./MigrationFiles.ts"
import * as Migrations from "./Migrations.ts"
import * as SchemaDump from "./SchemaDump.ts"
import { TestDatabase } from "./testing/TestDatabase.ts"

const Tools = Layer.mergeAll(TestDatabase.owner, NodeServices.layer).pipe(Layer.provideMerge(TestDatabase.layerEmpty))

/** Everything in the database that belongs to the owner. */
const leftovers = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ name: string }>`
    SELECT relname AS name FROM pg_class WHERE relowner = current_user::regrole
    UNION ALL SELECT proname FROM pg_proc WHERE proowner = current_user::regrole
    UNION ALL SELECT typname FROM pg_type WHERE typowner = current_user::regrole
    UNION ALL SELECT nspname FROM pg_namespace WHERE nspowner = current_user::regrole`
  return rows.map(({ name }) => name)
})

layer(Tools, { excludeTestServices: true })("schema.sql", (it) => {
  it.effect("is what the migrations make; down to 0 leaves nothing, up again gives the same", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const empty = yield* SchemaDump.dump
      const committed = yield* fs.readFileString(path.join(yield* folder, "schema.sql"))

      assert.isNotEmpty(yield* Migrations.up)
      assert.strictEqual(yield* SchemaDump.dump, committed, "schema.sql is out of date: npm run vinsight -- schema")

      yield* Migrations.down(0)
      assert.strictEqual(yield* SchemaDump.dump, empty)
      assert.deepStrictEqual(yield* leftovers, [])

      yield* Migrations.up
      assert.strictEqual(yield* SchemaDump.dump, committed)
    })
  )

  it.effect("does not change with the partitions of a day", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const before = yield* SchemaDump.dump
      yield* sql`SELECT ensure_check_partitions('2030-01-01'::date, 3)`
      assert.strictEqual(yield* SchemaDump.dump, before)
    })
  )
})
