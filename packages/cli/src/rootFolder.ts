/** The folder of the checkout or of the release, wherever this file lies in it: as source or in a bundle. */
import { Effect, Path } from "effect"
import { folder } from "@v-insight/database/MigrationFiles"

export const rootFolder = Effect.gen(function* () {
  const path = yield* Path.Path
  return path.dirname(yield* folder)
})
