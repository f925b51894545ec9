/**
 * The worker's database with a limit on every statement, for those that set none of their own: on a connection that was
 * cut without a word, PostgreSQL's answer is waited for as long as the kernel sends again, about 15 minutes.
 */
import { PgClient } from "@effect/sql-pg"
import { type Duration, Effect, Layer } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection } from "effect/sql"
import { limited } from "./TimeLimit.ts"

/** Transactions and streams have no limit here, and their statements are prepared. */
export const make = (limit?: Duration.Input, { isPrepared = true } = {}) =>
  Effect.gen(function* () {
    const client = yield* PgClient.PgClient
    const { driver } = client
    const reserve = isPrepared ? client.reserve : Effect.map(client.reserve, unprepared)
    return yield* SqlClient.make({
      acquirer: reserve,
      borrower: (use) => limited(Effect.scoped(Effect.flatMap(reserve, use)), limit),
      transactionAcquirer: client.reserve,
      compiler: PgClient.makeCompiler(),
      spanAttributes: [],
      driver
    })
  }).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make))

const unprepared = (connection: SqlConnection.Connection): SqlConnection.Connection => ({
  execute: (sql, params, transform) => connection.executeUnprepared(sql, params, transform),
  executeRaw: (sql, params) => connection.executeRaw(sql, params),
  executeStream: (sql, params, transform) => connection.executeStream(sql, params, transform),
  executeUnprepared: (sql, params, transform) => connection.executeUnprepared(sql, params, transform),
  executeValues: (sql, params) => connection.executeValuesUnprepared(sql, params),
  executeValuesUnprepared: (sql, params) => connection.executeValuesUnprepared(sql, params)
})

/**
 * For a queue of Effect's, which writes a new lock into the text of every statement: prepared, each would be kept for its
 * own sake, by the worker and by PostgreSQL, and drive what is asked again out of all connections' hundred.
 */
export const queueLayer = Layer.effect(SqlClient.SqlClient, make(undefined, { isPrepared: false }))
