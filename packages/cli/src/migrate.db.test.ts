/** The migrate command against the embedded PostgreSQL: it starts one for itself and leaves nothing running. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer, vi } from "@effect/vitest"
import { testSecret } from "@v-insight/database/testing/constants"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, FileSystem, Redacted } from "effect"
import { newDataDir, vinsight } from "./testing/command.ts"

// A busy machine starts processes in seconds, not in tenths.
vi.setConfig({ testTimeout: 120_000 })

layer(NodeServices.layer, { excludeTestServices: true })("vinsight migrate", (it) => {
  it.effect("goes up, tells, goes down; no process and no pid file stays", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const VINSIGHT_DATA_DIR = yield* newDataDir
      const migrate = (...args: ReadonlyArray<string>) => vinsight(["migrate", ...args], { VINSIGHT_DATA_DIR })

      const up = yield* migrate("up")
      assert.strictEqual(up.exitCode, 0, up.stderr)
      assert.match(up.stdout, /Migrated the database: 0001_foundation/)
      assert.match((yield* migrate("up")).stdout, /The database is up to date/)
      assert.match((yield* migrate("status")).stdout, /^0001_foundation {2}applied \d{4}-/m)
      assert.match((yield* migrate("down", "--to", "0")).stdout, /Took back: .*0001_foundation/)
      assert.match((yield* migrate("status")).stdout, /^0001_foundation {2}pending$/m)

      const left = yield* fs.readDirectory(VINSIGHT_DATA_DIR, { recursive: true })
      assert.deepStrictEqual(
        left.filter((name) => /postmaster\.pid$|\.lock$|^postgres-\d+\./.test(name)),
        []
      )
    })
  )

  it.effect("uses the database of DATABASE_URL and needs no folder of its own", () =>
    Effect.gen(function* () {
      const { ownerUrl } = yield* TestDatabase
      const variables = {
        DATABASE_URL: Redacted.value(ownerUrl),
        VINSIGHT_DATA_DIR: "/dev/null/nowhere",
        VINSIGHT_SECRET: Redacted.value(testSecret)
      }
      const up = yield* vinsight(["migrate", "up"], variables)
      assert.strictEqual(up.stderr, "")
      assert.match(up.stdout, /Migrated the database: 0001_foundation/)
    }).pipe(Effect.provide(TestDatabase.layerEmpty))
  )

  it.effect("says what a login without CREATEROLE can do", () =>
    Effect.gen(function* () {
      const { ownerUrl } = yield* TestDatabase
      const { exitCode, stderr } = yield* vinsight(["migrate", "up"], {
        DATABASE_URL: Redacted.value(ownerUrl),
        VINSIGHT_SECRET: "another secret that is long enough"
      })
      assert.strictEqual(exitCode, 1)
      assert.match(stderr, /may not set up role vinsight_api: give it CREATEROLE, or .* VINSIGHT_API_DATABASE_URL$/)
    }).pipe(Effect.provide(TestDatabase.layerEmpty))
  )

  it.effect("says that the secret has changed", () =>
    Effect.gen(function* () {
      const VINSIGHT_DATA_DIR = yield* newDataDir
      yield* vinsight(["migrate", "up"], { VINSIGHT_DATA_DIR })
      const { exitCode, stderr } = yield* vinsight(["migrate", "status"], {
        VINSIGHT_DATA_DIR,
        VINSIGHT_SECRET: "another secret that is long enough"
      })
      assert.strictEqual(exitCode, 1)
      assert.match(stderr, /^The database in .* was made with another secret: put back/)
    })
  )
})
