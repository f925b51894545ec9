/**
 * A process that owns an embedded PostgreSQL until it ends, for tests that kill it: holdPostgres.ts <data directory>.
 * Prints one line of JSON when the server is ready, or with the sentence why it is not.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { Keys } from "../Keys.ts"
import * as Postgres from "../Postgres.ts"
import { testSecret } from "./constants.ts"

const say = (value: object): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

Effect.gen(function* () {
  const { lost, port } = yield* Postgres.acquire({
    dataDir: process.argv[2] ?? "",
    bin: process.env["VINSIGHT_PG_BIN"],
    password: Keys.fromSecret(testSecret).rolePassword("vinsight"),
    purpose: "tests",
    isGuest: false,
    isDurable: false
  })
  say({ port })
  return yield* lost
}).pipe(
  Effect.tapError(({ message }) => Effect.sync(() => say({ message }))),
  Effect.scoped,
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
