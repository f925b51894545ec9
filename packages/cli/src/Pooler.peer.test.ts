/** What each program says when pgbouncer stands where it needs PostgreSQL itself, and that it works when told the way. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { ownerRole, testSecret } from "@v-insight/database/testing/constants"
import { pgbouncer, prepareForPgbouncer } from "@v-insight/database/testing/peers/Pgbouncer"
import { primary } from "@v-insight/database/testing/peers/Postgres"
import { Effect, Redacted } from "effect"
import { newDataDir, vinsight } from "./testing/command.ts"
import { client, start } from "./testing/Deployment.ts"

const setUp = Effect.gen(function* () {
  const server = yield* primary
  yield* prepareForPgbouncer(server)
  const owner = server.url(ownerRole)
  const pooler = yield* pgbouncer(server, "transaction", [owner])
  return {
    VINSIGHT_SECRET: Redacted.value(testSecret),
    DATABASE_URL: Redacted.value(pooler.through(owner)),
    direct: { DATABASE_DIRECT_URL: Redacted.value(owner) }
  }
})

layer(NodeServices.layer, { excludeTestServices: true })("behind a pooler in transaction mode", (it) => {
  it.effect(
    "every program says what to set, and works when it is set",
    () =>
      Effect.gen(function* () {
        const { direct, ...pooled } = yield* setUp
        const migrate = (variables: Readonly<Record<string, string>>) =>
          Effect.flatMap(newDataDir, (VINSIGHT_DATA_DIR) =>
            vinsight(["migrate", "up"], { VINSIGHT_DATA_DIR, ...variables })
          )
        const refused = yield* migrate(pooled)
        assert.strictEqual(
          refused.stderr,
          "DATABASE_URL leads to a pooler, which migrations and the worker cannot use: set DATABASE_DIRECT_URL to PostgreSQL itself"
        )
        assert.strictEqual(refused.exitCode, 1)
        const migrated = yield* migrate({ ...pooled, ...direct })
        assert.strictEqual(migrated.exitCode, 0, migrated.stderr)

        const ports = { VINSIGHT_API_PORT: "0", VINSIGHT_WORKER_PORT: "0", VINSIGHT_SIGNUP: "open" }
        const sentences = {
          server: /LISTEN.*set DATABASE_DIRECT_URL/,
          worker: /session locks and LISTEN.*set DATABASE_DIRECT_URL/
        }
        for (const program of ["server", "worker"] as const) {
          const ended = yield* Effect.flip(Effect.catchDefect(start(program, { ...pooled, ...ports }), Effect.fail))
          assert.match(String(ended), /ended with 1/)
          assert.match(String(ended), sentences[program])
          assert.notMatch(String(ended), /at .*\.ts:/)
        }
        const { VINSIGHT_SECRET } = pooled
        yield* start("worker", { VINSIGHT_SECRET, ...direct, ...ports })
        const api = yield* start("server", { ...pooled, ...direct, ...ports })
        const { ask, register } = client(api)
        yield* register
        // A round trip through NOTIFY both ways: the worker hears of it, and so does the API of the answer.
        const tried = yield* ask("POST", "/checks/try", { type: "tcp", settings: { host: "192.0.2.1", port: 1 } })
        assert.strictEqual(tried.status, 200, JSON.stringify(tried.body))
      }),
    240_000
  )
})
