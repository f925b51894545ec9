/** The secret of an installation that was given none. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Redacted } from "effect"
import * as DataDir from "./DataDir.ts"

const Unset = ConfigProvider.layer(ConfigProvider.fromUnknown({}))

layer(NodeServices.layer, { excludeTestServices: true })("the secret of an installation", (it) => {
  it.effect("defect 10: is made by chance, not known beforehand, readable for its owner only, and stays", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const made = yield* Effect.replicateEffect(
        Effect.gen(function* () {
          const folder = yield* fs.makeTempDirectoryScoped()
          const { secret } = DataDir.at(folder)
          const [first, again] = [yield* secret, yield* secret]
          assert.strictEqual(Redacted.value(first), Redacted.value(again))
          const { mode } = yield* fs.stat(`${folder}/secret`)
          assert.strictEqual(mode & 0o777, 0o600)
          return Redacted.value(first)
        }),
        2
      )
      for (const secret of made) assert.match(secret, /^[\w-]{43}$/)
      assert.notStrictEqual(made[0], made[1])
    }).pipe(Effect.scoped, Effect.provide(Unset))
  )
})
