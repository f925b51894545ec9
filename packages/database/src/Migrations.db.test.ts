/** Migrations of made-up folders against an empty database: what is applied, what is refused and with which sentence. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, FileSystem, Layer, Path, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import * as Migrations from "./Migrations.ts"
import { TestDatabase } from "./testing/TestDatabase.ts"

const Database = Layer.mergeAll(TestDatabase.owner, NodeServices.layer).pipe(
  Layer.provideMerge(TestDatabase.layerEmpty)
)

const two: Readonly<Record<string, string>> = {
  "0001_first.up.sql": "CREATE TABLE first (id integer);\nINSERT INTO first VALUES (1);",
  "0001_first.down.sql": "DROP TABLE first;",
  "0002_second.up.sql": "CREATE TABLE second (id integer);",
  "0002_second.down.sql": "DROP TABLE second;"
}

/** Runs with a folder that holds `files`, in a database of its own. */
const using = Effect.fnUntraced(function* <A, E, R>(
  files: Readonly<Record<string, string>>,
  effect: Effect.Effect<A, E, R>
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* fs.makeTempDirectoryScoped()
  yield* Effect.forEach(Object.entries(files), ([name, text]) => fs.writeFileString(path.join(folder, name), text))
  return yield* Effect.provideService(effect, Migrations.MigrationsFolder, folder)
}, Effect.scoped)

const fresh = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, Layer.fresh(Database))

const tables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ name: string }>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`
  return rows.map(({ name }) => name)
})

const refusal = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ message }) => message)

layer(NodeServices.layer, { excludeTestServices: true })("Migrations", (it) => {
  it.effect("go up, tell where they stand, and go down to any version", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Migrations.up, ["0001_first", "0002_second"])
      assert.deepStrictEqual(yield* Migrations.up, [])
      const status = yield* Migrations.status
      assert.deepStrictEqual(
        status.map(({ name }) => name),
        ["0001_first", "0002_second"]
      )
      assert.match(status[0]?.appliedAt ?? "", /^\d{4}-\d\d-\d\dT.*Z$/)
      assert.deepStrictEqual(yield* Migrations.down(1), ["0002_second"])
      assert.deepStrictEqual(yield* tables, ["first", "schema_migrations"])
      assert.strictEqual((yield* Migrations.status)[1]?.appliedAt, undefined)
      assert.deepStrictEqual(yield* Migrations.down(0), ["0001_first"])
      assert.deepStrictEqual(yield* tables, [])
      assert.match(yield* refusal(Migrations.down(3)), /choose one from 0 to 2/)
    }).pipe((test) => using(two, test), fresh)
  )

  it.effect("defect 10: of the product make no account: nobody can sign in before somebody has signed up", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      for (const table of ["users", "tenants", "memberships", "sessions"])
        assert.lengthOf(yield* sql`SELECT 1 FROM ${sql(table)}`, 0, table)
    }).pipe(Effect.provide(Layer.provide(TestDatabase.superuser, TestDatabase.layer)))
  )

  it.effect("are applied once by three that start at the same time", () =>
    Effect.gen(function* () {
      const results = yield* Effect.all([Migrations.up, Migrations.up, Migrations.up], { concurrency: 3 })
      assert.deepStrictEqual(results.flat().toSorted(), ["0001_first", "0002_second"])
      const sql = yield* SqlClient.SqlClient
      assert.lengthOf(yield* sql`SELECT id FROM first`, 1)
    }).pipe((test) => using(two, test), fresh)
  )

  it.effect("leave nothing of one that fails, and go on from there when it is mended", () =>
    Effect.gen(function* () {
      const broken = { ...two, "0002_second.up.sql": "CREATE TABLE half (id integer);\n-- why\nSELECT nonsense;" }
      const message = yield* using(broken, refusal(Migrations.up))
      assert.match(message, /^Migration 0002_second failed: .*nonsense.* at: SELECT nonsense$/)
      assert.deepStrictEqual(yield* tables, ["first", "schema_migrations"])
      assert.deepStrictEqual(yield* using(two, Migrations.up), ["0002_second"])
    }).pipe(fresh)
  )

  it.effect("leave nothing half done when they are killed midway, and start again", () =>
    Effect.gen(function* () {
      const slow = { ...two, "0002_second.up.sql": "CREATE TABLE second (id integer);\nSELECT pg_sleep(60);" }
      const killed = yield* Effect.forkChild(using(slow, Effect.exit(Migrations.up)))
      const superuser = yield* Layer.build(TestDatabase.superuser)
      const kill = Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'`
      )
      yield* kill.pipe(
        Effect.repeat({ until: (rows) => rows.length > 0, schedule: Schedule.spaced("20 millis") }),
        Effect.provideContext(superuser)
      )
      assert.isTrue(Exit.isFailure(yield* Fiber.join(killed)))
      assert.deepStrictEqual(yield* tables, ["first", "schema_migrations"])
      assert.deepStrictEqual(yield* using(two, Migrations.up), ["0002_second"])
    }).pipe(fresh)
  )

  it.effect("notice a file that was edited after it was applied", () =>
    Effect.gen(function* () {
      yield* using(two, Migrations.up)
      const edited = { ...two, "0001_first.up.sql": "CREATE TABLE first (id bigint);" }
      const message = yield* using(edited, refusal(Migrations.up))
      assert.match(message, /0001_first was edited after it had been applied: restore the file/)
      const windows = { ...two, "0001_first.up.sql": (two["0001_first.up.sql"] ?? "").replaceAll("\n", "\r\n") }
      assert.deepStrictEqual(yield* using(windows, Migrations.up), [])
    }).pipe(fresh)
  )

  it.effect("refuse a database that is ahead of the program", () =>
    Effect.gen(function* () {
      yield* using(two, Migrations.up)
      const { "0001_first.down.sql": down = "", "0001_first.up.sql": up = "" } = two
      const older = { "0001_first.up.sql": up, "0001_first.down.sql": down }
      assert.match(yield* using(older, refusal(Migrations.up)), /0002_second, which this program does not know/)
    }).pipe(fresh)
  )

  it.effect("refuse a folder with a gap, a lone half, two of one number or a strange name", () =>
    Effect.gen(function* () {
      const { "0002_second.down.sql": down = "", "0002_second.up.sql": up = "", ...first } = two
      const sentence = (files: Readonly<Record<string, string>>) => using(files, refusal(Migrations.status))
      assert.match(
        yield* sentence({ ...first, "0003_third.up.sql": up, "0003_third.down.sql": down }),
        /0002 is missing before 0003_third/
      )
      assert.match(yield* sentence({ ...first, "0002_second.up.sql": up }), /has no 0002_second.down.sql/)
      assert.match(yield* sentence({ ...first, "0002_second.down.sql": down }), /has no 0002_second.up.sql/)
      assert.match(
        yield* sentence({ ...two, "0002_other.up.sql": up, "0002_other.down.sql": down }),
        /Two migrations have the number 0002/
      )
      assert.match(yield* sentence({ ...two, "3-third.sql": up }), /not named like/)
    }).pipe(fresh)
  )
})
