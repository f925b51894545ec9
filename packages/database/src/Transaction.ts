/** A transaction that can be given up at any moment. */
import { Effect, Fiber } from "effect"
import type { SqlClient, SqlConnection } from "effect/sql"

/** A connection that does not even roll back is given up. */
const rollbackTimeout = "1 second"

/**
 * Unlike `sql.withTransaction`, BEGIN and COMMIT can be interrupted here: a connection that died without a word is found
 * at BEGIN, and would never come back to the pool. `begun` runs on the connection before anything else.
 */
export const transaction = <A, E, R, E2 = never>(
  sql: SqlClient.SqlClient,
  use: Effect.Effect<A, E, R>,
  begun: (connection: SqlConnection.Connection) => Effect.Effect<unknown, E2> = () => Effect.void
) =>
  Effect.flatMap(sql.reserve, (connection) => {
    const rollback = connection.execute("ROLLBACK", [], undefined).pipe(Effect.timeout(rollbackTimeout), Effect.ignore)
    // In a fiber of its own: in one that was interrupted nothing begins that can be interrupted, so the connection would
    // go back with its transaction open, and whoever has it next would commit what was given up.
    const rolledBack = Effect.flatMap(Effect.forkDetach(rollback), Fiber.await)
    return connection.execute("BEGIN", [], undefined).pipe(
      Effect.andThen(begun(connection)),
      Effect.andThen(Effect.provideService(use, sql.transactionService, [connection, 0])),
      Effect.tap(() => commit(connection)),
      Effect.onError(() => rolledBack)
    )
  }).pipe(Effect.scoped)

/** PostgreSQL answers ROLLBACK when a statement of the transaction has failed. */
const commit = (connection: SqlConnection.Connection) =>
  Effect.flatMap(connection.executeRaw("COMMIT", []), (result) =>
    (result as { readonly command: string }).command === "COMMIT"
      ? Effect.void
      : Effect.die(new Error("The transaction was rolled back: one of its statements had failed"))
  )
