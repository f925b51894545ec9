/** The folder of an installation: one running V-Insight owns it, and the secret that everything follows from lies there. */
import { Keys } from "@v-insight/database/Keys"
import { inUse } from "@v-insight/database/Postgres"
import * as Lock from "@v-insight/database/postgres/Lock"
import { Config, Effect, FileSystem, Option, Path, PlatformError, Redacted } from "effect"
import { randomBytes } from "node:crypto"
import { Refusal } from "./Refusal.ts"
import * as Settings from "./Settings.ts"

export interface DataDir {
  readonly folder: string
  /** VINSIGHT_SECRET, else the one kept in the folder; made, and the folder with it, when somebody asks for the first time. */
  readonly secret: Effect.Effect<Redacted.Redacted, Refusal | Config.ConfigError, Tools>
}

type Tools = FileSystem.FileSystem | Path.Path

/** Touches nothing yet: with DATABASE_URL and VINSIGHT_SECRET given, no folder is needed. */
export const open = Effect.gen(function* () {
  const path = yield* Path.Path
  const folder = path.resolve(yield* Settings.dataDir)
  return at(folder)
})

export const at = (folder: string): DataDir => ({
  folder,
  secret: Effect.gen(function* () {
    const given = yield* Config.option(Keys.secret)
    if (Option.isSome(given)) return given.value
    const path = yield* Path.Path
    return yield* usable(Effect.andThen(make(folder), keptSecret(path.join(folder, "secret"))))
  })
})

export const keys = ({ secret }: DataDir) => Effect.map(secret, Keys.fromSecret)

/** Refuses when another V-Insight runs on the folder; true when the last one there was killed. */
export const claim = Effect.fn("DataDir.claim")(function* ({ folder }: DataDir, purpose: string) {
  const path = yield* Path.Path
  yield* usable(make(folder))
  const { holder, wasLeftBehind } = yield* usable(Lock.acquire(path.join(folder, "vinsight.lock"), purpose))
  if (holder !== undefined) return yield* inUse(folder, holder)
  return wasLeftBehind
})

const make = Effect.fn("DataDir.make")(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o755 })
})

const usable = <A, E, R>(effect: Effect.Effect<A, E | PlatformError.PlatformError, R>) =>
  Effect.catchIf(effect, PlatformError.isPlatformError, (error) =>
    Effect.fail(new Refusal({ message: `VINSIGHT_DATA_DIR cannot be used: ${error.message}` }))
  )

/** Made once, for whoever sets no VINSIGHT_SECRET: 256 bits, readable for its owner only. */
const keptSecret = Effect.fn("DataDir.keptSecret")(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs
    .writeFileString(file, `${randomBytes(32).toString("base64url")}\n`, { flag: "wx", mode: 0o600 })
    .pipe(Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.void))
  const text = yield* fs.readFileString(file)
  return Redacted.make(text.trim())
})
