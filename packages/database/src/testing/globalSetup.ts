/**
 * One embedded PostgreSQL per test run with one migrated template database; each test file clones the template (31 ms).
 * Nothing is flushed to the disk: the data end with the run.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, FileSystem, Layer, ManagedRuntime, Path, Redacted } from "effect"
import type { TestProject } from "vitest/node"
import { apiRole, ownerSettings, withLogin, workerRole } from "../Connections.ts"
import { Keys } from "../Keys.ts"
import * as Migrations from "../Migrations.ts"
import * as Postgres from "../Postgres.ts"
import * as Roles from "../Roles.ts"
import { ownerRole, templateDatabase, testSecret } from "./constants.ts"

class TestServer extends Context.Service<TestServer, { readonly url: string }>()(
  "@v-insight/database/testing/TestServer"
) {
  static readonly layer = Layer.effect(
    TestServer,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const keys = Keys.fromSecret(testSecret)
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "v-insight-test-" })
      // PostgreSQL may run as another user, who has to get in.
      yield* fs.chmod(folder, 0o755)
      const server = yield* Postgres.acquire({
        dataDir: path.join(folder, "data"),
        bin: process.env["VINSIGHT_PG_BIN"],
        password: keys.rolePassword("vinsight"),
        purpose: "tests",
        isGuest: false,
        isDurable: false,
        settings: { max_connections: "200" }
      })
      yield* prepare(server, keys)
      return { url: Redacted.value(server.url("postgres")) }
    })
  ).pipe(Layer.provide(NodeServices.layer))
}

/** Roles as an installation has them, and the template that tests clone. */
const prepare = Effect.fn("TestServer.prepare")(function* (server: Postgres.Postgres, keys: Keys["Service"]) {
  yield* Effect.gen(function* () {
    for (const name of [ownerRole, apiRole, workerRole]) {
      yield* Roles.ensure({ name, password: keys.rolePassword(name) })
    }
    yield* Roles.ensureDatabase(templateDatabase, ownerRole)
  }).pipe(Effect.provide(PgClient.layer({ url: server.url("postgres"), maxConnections: 1 })))
  const url = withLogin(server.url(templateDatabase), ownerRole, keys.rolePassword(ownerRole))
  yield* Migrations.up.pipe(Effect.provide(PgClient.layer(ownerSettings(url))))
})

const setUp = (project: TestProject): Promise<() => Promise<void>> => {
  const runtime = ManagedRuntime.make(TestServer.layer)
  return runtime.runPromise(TestServer).then(({ url }) => {
    project.provide("postgresUrl", url)
    return () => runtime.dispose()
  })
}

export default setUp
