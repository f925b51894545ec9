/**
 * Brings the database to the state the program expects, and back. Each migration is one transaction under a lock: of
 * several processes that start at once one applies it and the others find it applied; a killed one leaves nothing half
 * done. What was applied is remembered with its checksum, so that a file edited after it shipped is noticed.
 */
import { Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { type MigrationFile, MigrationError, read } from "./MigrationFiles.ts"
import { split } from "./SqlScript.ts"

export { MigrationsFolder } from "./MigrationFiles.ts"

/** How long a start waits for another one that migrates. */
const lockTimeout = "60s"

interface Applied {
  readonly id: number
  readonly name: string
  readonly checksum: string
  readonly appliedAt: string
}

export interface Status {
  readonly name: string
  /** RFC 3339; undefined while pending. */
  readonly appliedAt: string | undefined
}

/** Applies what is pending; the names of what it applied. */
export const up = Effect.gen(function* () {
  const files = yield* read
  const done: Array<string> = []
  while (true) {
    const name = yield* locked(
      Effect.gen(function* () {
        const next = files[(yield* verified(files)).length]
        if (next !== undefined) yield* apply(next)
        return next?.name
      })
    )
    if (name === undefined) return done
    done.push(name)
  }
}).pipe(Effect.withSpan("Migrations.up"))

/** Takes back, newest first, everything above `target`; 0 leaves an empty database. The names of what it took back. */
export const down = Effect.fn("Migrations.down")(function* (target: number) {
  const files = yield* read
  if (!Number.isInteger(target) || target < 0 || target > files.length) {
    return yield* new MigrationError({ message: `There is no version ${target}: choose one from 0 to ${files.length}` })
  }
  const done: Array<string> = []
  while (true) {
    const name = yield* locked(
      Effect.gen(function* () {
        const applied = yield* verified(files)
        const last = files[applied.length - 1]
        if (last === undefined || last.id <= target) return undefined
        yield* takeBack(last)
        return last.name
      })
    )
    if (name === undefined) break
    done.push(name)
  }
  if (target === 0) yield* locked(Effect.flatMap(SqlClient.SqlClient, (sql) => sql`DROP TABLE schema_migrations`))
  return done
})

/** Every migration with the time it was applied. Changes nothing. */
export const status = Effect.gen(function* () {
  const files = yield* read
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{
    isThere: boolean
  }>`SELECT to_regclass('public.schema_migrations') IS NOT NULL AS "isThere"`
  const applied = row?.isThere === true ? yield* verified(files) : []
  return files.map(({ name }, index): Status => ({ name, appliedAt: applied[index]?.appliedAt }))
}).pipe(Effect.withSpan("Migrations.status"))

const apply = Effect.fn("Migrations.apply")(function* (file: MigrationFile) {
  const sql = yield* SqlClient.SqlClient
  yield* script(file.name, file.up)
  yield* sql`INSERT INTO schema_migrations (id, name, checksum) VALUES (${file.id}, ${file.name}, ${file.checksum})`
})

const takeBack = Effect.fn("Migrations.takeBack")(function* (file: MigrationFile) {
  const sql = yield* SqlClient.SqlClient
  yield* script(file.name, file.down)
  yield* sql`DELETE FROM schema_migrations WHERE id = ${file.id}`
})

/** One transaction that holds the lock of migrations; makes their table when it is missing. */
const locked = Effect.fnUntraced(
  function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
    const sql = yield* SqlClient.SqlClient
    yield* sql`SELECT set_config('lock_timeout', ${lockTimeout}, true)`
    // Before the table there is nothing to lock, and making it twice at once fails.
    yield* sql`SELECT pg_advisory_xact_lock(hashtext('schema_migrations'))`.pipe(
      Effect.catchReason("SqlError", "LockTimeoutError", () =>
        Effect.fail(
          new MigrationError({
            message: `Another process has been migrating this database for more than ${lockTimeout}: wait until it is done, then start again`
          })
        )
      )
    )
    yield* sql`
      CREATE TABLE IF NOT EXISTS schema_migrations (
        id integer PRIMARY KEY,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`
    yield* sql`LOCK TABLE schema_migrations IN SHARE ROW EXCLUSIVE MODE`
    return yield* effect
  },
  (transaction) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(transaction))
)

/** What the database says was applied, once it agrees with the files. */
const verified = Effect.fn("Migrations.verified")(function* (files: ReadonlyArray<MigrationFile>) {
  const sql = yield* SqlClient.SqlClient
  const applied = yield* sql<Applied>`
    SELECT id, name, checksum, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "appliedAt"
    FROM schema_migrations
    ORDER BY id`
  for (const [index, row] of applied.entries()) {
    const file = files[index]
    if (file === undefined) {
      return yield* new MigrationError({
        message: `The database has migration ${row.name}, which this program does not know: start the newer version of V-Insight that made it`
      })
    }
    if (row.id !== file.id || row.name !== file.name) {
      return yield* new MigrationError({
        message: `The database has migration ${row.name} where this program has ${file.name}: they do not belong together`
      })
    }
    if (row.checksum !== file.checksum) {
      return yield* new MigrationError({
        message: `Migration ${file.name} was edited after it had been applied: restore the file and put the change into a new migration`
      })
    }
  }
  return applied
})

const script = Effect.fn("Migrations.script")(function* (name: string, text: string) {
  const sql = yield* SqlClient.SqlClient
  for (const statement of split(text)) {
    yield* sql
      .unsafe(statement)
      .raw.pipe(
        Effect.mapError(
          (error) =>
            new MigrationError({ message: `Migration ${name} failed: ${reasonOf(error)}, at: ${firstLine(statement)}` })
        )
      )
  }
})

/** What PostgreSQL said; the raw error would print every parameter. */
const reasonOf = ({ reason }: SqlError.SqlError): string =>
  reason.cause instanceof Error ? reason.cause.message : reason._tag

const firstLine = (statement: string): string =>
  statement.split("\n").find((line) => line.trim() !== "" && !line.startsWith("--")) ?? ""
