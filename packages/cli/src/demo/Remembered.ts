/** What a demo knows of itself from start to start, in `demo.json` of its folder. A folder without it is not a demo's. */
import { Effect, FileSystem, Option, Path, Schema } from "effect"
import { Refusal } from "../Refusal.ts"

const CertificateFacts = Schema.Struct({
  subject: Schema.String,
  issuer: Schema.String,
  endsAt: Schema.Finite,
  fingerprint256: Schema.String
})
const Shown = Schema.Struct({ certificate: Schema.String, facts: CertificateFacts })

/** Of a database that is filled; undefined while that is under way. */
const Made = Schema.Struct({
  seed: Schema.Int,
  days: Schema.Int,
  /** Epoch milliseconds: when history ended. */
  madeAt: Schema.Finite,
  tenantId: Schema.String,
  ownerId: Schema.String,
  /** By the estate's keys. */
  monitors: Schema.Record(Schema.String, Schema.String),
  /** Where servers listened last. */
  ports: Schema.Record(Schema.String, Schema.Int),
  databasePort: Schema.Int,
  authority: Schema.Struct({
    ca: Schema.String,
    key: Schema.String,
    shown: Schema.Struct({ good: Shown, soon: Shown, expired: Shown })
  })
})
export type Made = typeof Made.Type

const Remembered = Schema.fromJsonString(Schema.Struct({ demo: Schema.NullOr(Made) }))
const decode = Schema.decodeUnknownEffect(Remembered)
const encode = Schema.encodeEffect(Remembered)

const fileName = "demo.json"

/** Refuses folders of others; leaves its mark in one that is new. */
export const recall = Effect.fn("demo.recall")(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(folder, fileName)
  const text = yield* Effect.option(fs.readFileString(file))
  if (Option.isSome(text)) {
    const known = yield* Effect.option(decode(text.value))
    return Option.getOrUndefined(known)?.demo ?? undefined
  }
  const names = yield* Effect.orElseSucceed(fs.readDirectory(folder), () => [])
  if (names.length > 0) {
    return yield* new Refusal({ message: `${folder} holds something else than a demo: choose another --folder` })
  }
  yield* keep(folder, null)
  return undefined
})

/** Only its owner may read it: a key is in it. */
export const keep = Effect.fn("demo.keep")(
  function* (folder: string, demo: Made | null) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* fs.makeDirectory(folder, { recursive: true, mode: 0o755 })
    yield* fs.writeFileString(path.join(folder, fileName), yield* Effect.orDie(encode({ demo })), { mode: 0o600 })
  },
  Effect.catchTag("PlatformError", (error) =>
    Effect.fail(new Refusal({ message: `The demo's folder cannot be used: ${error.message}` }))
  )
)
