/**
 * The one way into a tenant's rows: a transaction that carries the tenant of the caller's credential, which row-level
 * security compares with every row. The setting ends with the transaction, so nothing leaks through the pool.
 */
import { type TenantId } from "@v-insight/domain/model/Tenant"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Fiber, Layer } from "effect"
import { SqlClient, type SqlConnection, SqlError } from "effect/sql"

/** For a whole transaction; a database that hangs must not hold requests for longer. */
const timeout = "5 seconds"
/** A connection that does not even roll back is given up. */
const rollbackTimeout = "1 second"

export class TenantSql extends Context.Service<
  TenantSql,
  {
    /**
     * Runs `use` in a transaction of the caller's tenant and hands it the tenant's id, for the explicit predicates that
     * stand in front of row-level security. SQL errors become defects; what they mean to a client, the Boundary decides.
     */
    readonly scoped: <A, E, R>(
      use: (tenantId: TenantId) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, Exclude<E, SqlError.SqlError>, R | TenantContext>
    /** Transactions under way or waiting for a connection. */
    readonly load: () => number
  }
>()("@v-insight/database/TenantSql") {
  static readonly layer = Layer.effect(
    TenantSql,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      let load = 0

      /**
       * Unlike `sql.withTransaction`, BEGIN and COMMIT can be interrupted here: a connection that died without a word is
       * found at BEGIN, and would never come back to the pool.
       */
      const transaction = <A, E, R>(tenantId: TenantId, use: Effect.Effect<A, E, R>) =>
        Effect.flatMap(sql.reserve, (connection) => {
          const say = (statement: string) => connection.execute(statement, [], undefined)
          const rollback = say("ROLLBACK").pipe(Effect.timeout(rollbackTimeout), Effect.ignore, Effect.interruptible)
          return say("BEGIN").pipe(
            // SET LOCAL takes no parameter; set_config does, and its third argument makes it local as well.
            Effect.andThen(connection.execute("SELECT set_config('app.tenant_id', $1, true)", [tenantId], undefined)),
            Effect.andThen(Effect.provideService(use, sql.transactionService, [connection, 0])),
            Effect.tap(() => commit(connection)),
            Effect.onError(() => rollback)
          )
        }).pipe(Effect.scoped)

      return TenantSql.of({
        scoped: (use) =>
          Effect.flatMap(TenantContext, ({ tenantId }) => {
            load++
            return Effect.ensuring(
              bounded(transaction(tenantId, use(tenantId))),
              Effect.sync(() => load--)
            )
          }),
        load: () => load
      })
    })
  )
}

/** PostgreSQL answers ROLLBACK when a statement of the transaction has failed. */
const commit = (connection: SqlConnection.Connection) =>
  Effect.flatMap(connection.executeRaw("COMMIT", []), (result) =>
    (result as { readonly command: string }).command === "COMMIT"
      ? Effect.void
      : Effect.die(new Error("The transaction was rolled back: one of its statements had failed"))
  )

const timedOut = Effect.die(
  new SqlError.SqlError({
    reason: new SqlError.StatementTimeoutError({ cause: undefined, message: "no answer in time" })
  })
)

/**
 * With a time limit and without SQL errors. Cancelling a statement waits for the server's word; a caller whose time is
 * up does not: the connection is cleaned up behind its back.
 */
export const bounded = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, SqlError.SqlError>, R> =>
  Effect.flatMap(Effect.forkDetach(self), (fiber) =>
    Fiber.join(fiber).pipe(
      Effect.timeoutOrElse({ duration: timeout, orElse: () => timedOut }),
      Effect.ensuring(Effect.sync(() => fiber.interruptUnsafe()))
    )
  ).pipe(
    Effect.catch((error) =>
      SqlError.isSqlError(error) ? Effect.die(error) : Effect.fail(error as Exclude<E, SqlError.SqlError>)
    )
  )
