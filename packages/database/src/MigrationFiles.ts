/** The files in migrations/: pairs NNNN_name.up.sql and NNNN_name.down.sql, numbered from 1 without a gap. */
import { Context, Effect, FileSystem, Path, Schema } from "effect"
import { createHash } from "node:crypto"

/** Migrations cannot be read or do not fit to the database: a sentence that says what to do. */
export class MigrationError extends Schema.TaggedError<MigrationError>()("MigrationError", {
  message: Schema.String
}) {}

export interface MigrationFile {
  readonly id: number
  /** "0001_foundation". */
  readonly name: string
  readonly up: string
  readonly down: string
  /** SHA-256 of `up` in hex, the same with either kind of line end. */
  readonly checksum: string
}

/** Where the files are; when empty, the folder `migrations` beside or above this program. */
export class MigrationsFolder extends Context.Reference<string>("@v-insight/database/MigrationsFolder", {
  defaultValue: () => ""
}) {}

/** Packages lie three folders below the root, bundles one or two. */
const levelsUp = 4

export const folder = Effect.gen(function* () {
  const given = yield* MigrationsFolder
  if (given !== "") return given
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (let level = 0, place = import.meta.dirname; level <= levelsUp; level++, place = path.dirname(place)) {
    const candidate = path.join(place, "migrations")
    const names = yield* fs.readDirectory(candidate).pipe(Effect.orElseSucceed((): Array<string> => []))
    if (names.some((name) => pattern.test(name))) return candidate
  }
  return yield* new MigrationError({
    message: "The folder migrations/ is missing: it belongs beside the program, restore it from the release"
  })
})

const pattern = /^(\d{4})_([a-z0-9_]+)\.(up|down)\.sql$/

/** All migrations in order. Fails when one lacks its other half, two share a number, or a number is missing. */
export const read = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const place = yield* folder
  const names = yield* fs
    .readDirectory(place)
    .pipe(Effect.mapError((error) => new MigrationError({ message: error.message })))
  const files: Array<MigrationFile> = []
  for (const file of names.filter((name) => name.endsWith(".sql") && name !== "schema.sql").sort()) {
    const match = pattern.exec(file)
    if (match === null)
      return yield* wrong(`${file} in ${place} is not named like 0001_name.up.sql: rename or remove it`)
    const [, number = "", title, direction] = match
    const name = `${number}_${title}`
    const other = `${name}.${direction === "up" ? "down" : "up"}.sql`
    if (!names.includes(other))
      return yield* wrong(`Migration ${file} has no ${other}: write it, every step must be reversible`)
    if (direction === "down") continue
    const id = Number(number)
    if (files.at(-1)?.id === id) return yield* wrong(`Two migrations have the number ${number}: renumber the newer one`)
    if (id !== files.length + 1) {
      return yield* wrong(
        `Migration ${String(files.length + 1).padStart(4, "0")} is missing before ${name}: numbers have no gaps`
      )
    }
    const up = yield* text(path.join(place, file))
    const down = yield* text(path.join(place, other))
    files.push({ id, name, up, down, checksum: createHash("sha256").update(up).digest("hex") })
  }
  return files
})

const text = Effect.fn("MigrationFiles.text")(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const content = yield* fs
    .readFileString(file)
    .pipe(Effect.mapError((error) => new MigrationError({ message: error.message })))
  return content.replaceAll("\r\n", "\n")
})

const wrong = (message: string) => Effect.fail(new MigrationError({ message }))
