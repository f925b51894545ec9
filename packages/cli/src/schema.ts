/** `vinsight schema`: writes migrations/schema.sql anew, from a PostgreSQL that lives just for it. */
import { folder } from "@v-insight/database/MigrationFiles"
import * as SchemaDump from "@v-insight/database/SchemaDump"
import { ConfigProvider, Console, Effect, FileSystem, Path } from "effect"
import { Command } from "effect/cli"
import * as Database from "./Database.ts"
import * as DataDir from "./DataDir.ts"
import * as Settings from "./Settings.ts"

const write = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const scratch = yield* fs.makeTempDirectoryScoped({ prefix: "v-insight-schema-" })
  // PostgreSQL may run as another user, who has to get in.
  yield* fs.chmod(scratch, 0o755)
  const database = yield* Database.acquire(DataDir.at(path.join(scratch, "data")), {
    purpose: "vinsight schema",
    isGuest: false
  })
  yield* Database.migrate(database)
  const file = path.join(yield* folder, "schema.sql")
  yield* fs.writeFileString(file, yield* Database.asOwner(database.ownerUrl, SchemaDump.dump))
  yield* Console.log(`Wrote ${path.relative("", file)}`)
})

/** Without what points at a real database. */
const withoutDatabases = Effect.gen(function* () {
  const bin = yield* Settings.postgresBin
  return ConfigProvider.fromUnknown(bin._tag === "Some" ? { VINSIGHT_PG_BIN: bin.value } : {})
})

export const schema = Command.make("schema", {}, () =>
  Effect.flatMap(withoutDatabases, (provider) =>
    Effect.provideService(Effect.scoped(write), ConfigProvider.ConfigProvider, provider)
  )
).pipe(Command.withDescription("Write migrations/schema.sql anew from all migrations"))
