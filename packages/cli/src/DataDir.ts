/** The folder of an installation: one running V-Insight owns it, and the secret that everything follows from lies there. */
import { Keys } from "@v-insight/database/Keys"
import { inUse } from "@v-insight/database/Postgres"
import * as Lock from "@v-insight/database/postgres/Lock"
import { Config, Effect, FileSystem, Option, Path, Redacted } from "effect"
import { randomBytes } from "node:crypto"
import { Refusal } from "./Refusal.ts"
import * as Settings from "./Settings.ts"

export interface DataDir {
  readonly folder: string
  readonly keys: Keys["Service"]
  readonly secret: Redacted.Redacted
}

/** Makes the folder and its secret when they are missing. */
export const open = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.resolve(yield* Settings.dataDir)
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o755 })
  const given = yield* Config.option(Keys.secret)
  const secret = Option.isSome(given) ? given.value : yield* keptSecret(path.join(folder, "secret"))
  return { folder, secret, keys: Keys.fromSecret(secret) } satisfies DataDir
}).pipe(
  Effect.catchTag("PlatformError", (error) =>
    Effect.fail(new Refusal({ message: `VINSIGHT_DATA_DIR cannot be used: ${error.message}` }))
  )
)

/** Refuses when another V-Insight runs on the folder; true when the last one there was killed. */
export const claim = Effect.fn("DataDir.claim")(function* ({ folder }: DataDir, purpose: string) {
  const path = yield* Path.Path
  const { holder, wasLeftBehind } = yield* Lock.acquire(path.join(folder, "vinsight.lock"), purpose)
  if (holder !== undefined) return yield* inUse(folder, holder)
  return wasLeftBehind
})

/** Made once, for whoever sets no VINSIGHT_SECRET: 256 bits, readable for its owner only. */
const keptSecret = Effect.fn("DataDir.keptSecret")(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs
    .writeFileString(file, `${randomBytes(32).toString("base64url")}\n`, { flag: "wx", mode: 0o600 })
    .pipe(Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.void))
  const text = yield* fs.readFileString(file)
  return Redacted.make(text.trim())
})
