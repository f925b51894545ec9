/** `vinsight migrate up|down|status`: the database by hand, beside a V-Insight that runs or without one. */
import * as Migrations from "@v-insight/database/Migrations"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as Database from "./Database.ts"
import * as DataDir from "./DataDir.ts"

const database = Effect.gen(function* () {
  return yield* Database.acquire(yield* DataDir.open, { purpose: "vinsight migrate", isGuest: true })
})

const up = Command.make("up", {}, () =>
  Effect.gen(function* () {
    const done = yield* Database.migrate(yield* database)
    if (done.length === 0) yield* Console.log("The database is up to date.")
  }).pipe(Effect.scoped)
).pipe(Command.withDescription("Apply what is pending"))

const to = Flag.Int("to").pipe(Flag.withDescription("The version to go back to; 0 empties the database"))

const down = Command.make("down", { to }, ({ to }) =>
  Effect.gen(function* () {
    const { ownerUrl } = yield* database
    const done = yield* Database.asOwner(ownerUrl, Migrations.down(to))
    yield* Console.log(done.length === 0 ? "There was nothing to take back." : `Took back: ${done.join(", ")}`)
  }).pipe(Effect.scoped)
).pipe(Command.withDescription("Take back everything above a version; stop V-Insight first"))

const status = Command.make("status", {}, () =>
  Effect.gen(function* () {
    const { ownerUrl } = yield* database
    for (const { appliedAt, name } of yield* Database.asOwner(ownerUrl, Migrations.status)) {
      yield* Console.log(`${name}  ${appliedAt === undefined ? "pending" : `applied ${appliedAt}`}`)
    }
  }).pipe(Effect.scoped)
).pipe(Command.withDescription("List all migrations with the time they were applied"))

export const migrate = Command.make("migrate").pipe(
  Command.withDescription("Bring the database to a version"),
  Command.withSubcommands([up, down, status])
)
