/** The folder PostgreSQL keeps its data in: `postgres-<major>` beside the other data of V-Insight, made on first use. */
import { Effect, FileSystem, Option, Path, Redacted } from "effect"
import { createHash } from "node:crypto"
import { type Account, obstacle, ownUid } from "./Account.ts"
import { type Binaries, reachablePlace } from "./Binaries.ts"
import { PostgresError } from "./PostgresError.ts"
import { run } from "./run.ts"

export const superuser = "vinsight"

export interface Place {
  /** PGDATA. */
  readonly data: string
  /** Where the lock and the log are. */
  readonly folder: string
  /** As whom the server must run: existing data belong to somebody already. */
  readonly account: Account | undefined
}

/** Where the data are or will be. Fails when they are of another major version or another person's. */
export const locate = Effect.fn("DataDirectory.locate")(function* (
  dataDir: string,
  { major }: Binaries,
  account: Account | undefined
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.makeDirectory(dataDir, { recursive: true, mode: 0o755 })
  const folder = yield* reachableFolder(dataDir, account)
  const data = path.join(folder, `postgres-${major}`)
  const version = yield* versionOf(data)
  if (version === undefined) yield* refuseOthers(dataDir, folder, major)
  else if (version !== major) return yield* otherMajor(data, version, major)
  return { data, folder, account: yield* ownerOf(data, account) }
})

/** Makes the data directory when it is missing: beside its place first, so that a half-made one is never started. */
export const initialise = Effect.fn("DataDirectory.initialise")(function* (
  place: Place,
  { bin, major }: Binaries,
  password: Redacted.Redacted,
  isDurable: boolean
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (yield* fs.exists(path.join(place.data, "PG_VERSION"))) return
  const half = `${place.data}.init`
  const secret = `${place.data}.password`
  yield* fs.remove(half, { recursive: true, force: true })
  yield* fs.makeDirectory(half, { mode: 0o700 })
  yield* fs.remove(secret, { force: true })
  yield* fs.writeFileString(secret, Redacted.value(password), { mode: 0o600, flag: "wx" })
  if (place.account !== undefined) {
    yield* fs.chown(half, place.account.uid, place.account.gid)
    yield* fs.chown(secret, place.account.uid, place.account.gid)
  }
  const args = [
    `--pgdata=${half}`,
    `--username=${superuser}`,
    `--pwfile=${secret}`,
    "--encoding=UTF8",
    "--auth-local=scram-sha-256",
    "--auth-host=scram-sha-256",
    "--no-instructions",
    ...localeOf(major),
    ...(isDurable ? [] : ["--no-sync"])
  ]
  const { exitCode, output } = yield* run(path.join(bin, "initdb"), args, place.account).pipe(
    Effect.ensuring(Effect.ignore(fs.remove(secret, { force: true })))
  )
  if (exitCode !== 0) {
    return yield* new PostgresError({
      message: `PostgreSQL could not make its data directory ${place.data}: ${lastLine(output)}`
    })
  }
  yield* fs.rename(half, place.data)
})

/** The same order of text on every machine; upper and lower case of all languages where the version knows how. */
const localeOf = (major: number): ReadonlyArray<string> =>
  major >= 17
    ? ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    : process.platform === "linux"
      ? ["--lc-collate=C", "--lc-ctype=C.UTF-8"]
      : ["--locale=C"]

const lastLine = (output: string): string => output.split("\n").at(-1) ?? ""

const versionOf = Effect.fn("DataDirectory.versionOf")(function* (data: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = yield* fs.readFileString(path.join(data, "PG_VERSION")).pipe(Effect.orElseSucceed(() => ""))
  return text === "" ? undefined : Number.parseInt(text)
})

const otherMajor = (data: string, version: number, major: number) =>
  new PostgresError({
    message: `The data in ${data} were made by PostgreSQL ${version}, but the one found here is ${major}: set VINSIGHT_PG_BIN to the bin folder of PostgreSQL ${version}, or move ${data} away to start empty`
  })

/** No data of this version: starting empty beside the data of another one would look like their loss. */
const refuseOthers = Effect.fn("DataDirectory.refuseOthers")(function* (
  dataDir: string,
  folder: string,
  major: number
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = yield* fs.readDirectory(folder)
  const candidates = [
    dataDir,
    ...names.filter((name) => /^postgres-\d+$/.test(name)).map((name) => path.join(folder, name))
  ]
  for (const candidate of candidates) {
    const version = yield* versionOf(candidate)
    if (version !== undefined) return yield* otherMajor(candidate, version, major)
  }
})

/** `dataDir` itself, or a folder of its own under /var/lib when `account` cannot get into it. */
const reachableFolder = Effect.fn("DataDirectory.reachableFolder")(function* (
  dataDir: string,
  account: Account | undefined
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if ((yield* obstacle(dataDir, account)) === undefined) return dataDir
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 12)
  const folder = path.join(reachablePlace, name)
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o755 })
  yield* Effect.logInfo(`PostgreSQL keeps its data in ${folder}, because its user cannot enter ${dataDir}`)
  return folder
})

const ownerOf = Effect.fn("DataDirectory.ownerOf")(function* (data: string, account: Account | undefined) {
  const fs = yield* FileSystem.FileSystem
  const info = yield* Effect.option(fs.stat(data))
  const self = ownUid()
  if (Option.isNone(info) || self === undefined) return account
  const uid = Option.getOrElse(info.value.uid, () => self)
  const gid = Option.getOrElse(info.value.gid, () => 0)
  // Root takes over what an ordinary user began, and as that user.
  if (self === 0 && uid !== 0) return { uid, gid, name: String(uid) }
  if (uid === self && self !== 0) return account
  return yield* new PostgresError({
    message: `The data in ${data} belong to another user (id ${uid}): start as that user or as root, or give them to yourself with: sudo chown -R "$USER" ${data}`
  })
})
