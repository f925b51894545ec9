/**
 * The worker's database with a limit on every statement, for those that set none of their own: on a connection that was
 * cut without a word, PostgreSQL's answer is waited for as long as the kernel sends again, about 15 minutes.
 */
import { PgClient } from "@effect/sql-pg"
import { type Duration, Effect, Layer } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql"
import { limited } from "./TimeLimit.ts"

/** Transactions and streams have no limit here. */
export const make = (limit?: Duration.Input) =>
  Effect.gen(function* () {
    const { driver, reserve } = yield* PgClient.PgClient
    return yield* SqlClient.make({
      acquirer: reserve,
      borrower: (use) => limited(Effect.scoped(Effect.flatMap(reserve, use)), limit),
      transactionAcquirer: reserve,
      compiler: PgClient.makeCompiler(),
      spanAttributes: [],
      driver
    })
  }).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make))

export const layer = Layer.effect(SqlClient.SqlClient, make())
