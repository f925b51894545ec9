/**
 * The worker's database with a limit on every statement, for those that set none of their own: on a connection that was
 * cut without a word, PostgreSQL's answer is waited for as long as the kernel sends again, about 15 minutes.
 */
import { PgClient } from "@effect/sql-pg"
import { type Duration, Effect, Layer, Semaphore } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection } from "effect/sql"
import { limited } from "./TimeLimit.ts"

/**
 * Transactions and streams have no limit here, and their statements are prepared. `connections`: so many of the pool's at
 * once and no more, so that others have the rest; undefined: as many as there are.
 */
export const make = (
  limit?: Duration.Input,
  { connections, isPrepared = true }: { readonly connections?: number; readonly isPrepared?: boolean } = {}
) =>
  Effect.gen(function* () {
    const client = yield* PgClient.PgClient
    const { driver } = client
    const lease = connections === undefined ? client.reserve : few(client.reserve, connections)
    const reserve = isPrepared ? lease : Effect.map(lease, unprepared)
    return yield* SqlClient.make({
      acquirer: reserve,
      borrower: (use) => limited(Effect.scoped(Effect.flatMap(reserve, use)), limit),
      transactionAcquirer: lease,
      compiler: PgClient.makeCompiler(),
      spanAttributes: [],
      driver
    })
  }).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make))

/** In turn; whoever has one has it until its scope closes. */
const few = <A, E, R>(reserve: Effect.Effect<A, E, R>, connections: number) => {
  const permits = Semaphore.makeUnsafe(connections)
  return Effect.andThen(
    // Whoever is interrupted does not wait for its turn.
    Effect.acquireRelease(permits.take(1), () => permits.release(1), { interruptible: true }),
    reserve
  )
}

const unprepared = (connection: SqlConnection.Connection): SqlConnection.Connection => ({
  execute: (sql, params, transform) => connection.executeUnprepared(sql, params, transform),
  executeRaw: (sql, params) => connection.executeRaw(sql, params),
  executeStream: (sql, params, transform) => connection.executeStream(sql, params, transform),
  executeUnprepared: (sql, params, transform) => connection.executeUnprepared(sql, params, transform),
  executeValues: (sql, params) => connection.executeValuesUnprepared(sql, params),
  executeValuesUnprepared: (sql, params) => connection.executeValuesUnprepared(sql, params)
})

/** Of the messages of workflows: hundreds may wake at once, and the shards' locks must be refreshed meanwhile. */
const messageConnections = 2
/** Waiting for one of them included. */
const messageLimit = "1 minute"
export const messagesLayer = Layer.effect(SqlClient.SqlClient, make(messageLimit, { connections: messageConnections }))

/**
 * For a queue of Effect's, which writes a new lock into the text of every statement: prepared, each would be kept for its
 * own sake, by the worker and by PostgreSQL, and drive what is asked again out of all connections' hundred.
 */
export const queueLayer = Layer.effect(SqlClient.SqlClient, make(undefined, { isPrepared: false }))
