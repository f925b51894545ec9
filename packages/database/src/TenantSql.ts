/**
 * The one way into a tenant's rows: a transaction that carries the tenant of the caller's credential, which row-level
 * security compares with every row. The setting ends with the transaction, so nothing leaks through the pool.
 */
import { type TenantId } from "@v-insight/domain/model/Tenant"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { SqlClient, SqlError } from "effect/sql"

/** For the whole transaction; a database that hangs must not hold requests for longer. */
const timeout = "5 seconds"

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
      const enter = Effect.sync(() => load++)
      const leave = Effect.sync(() => load--)
      return TenantSql.of({
        scoped: (use) =>
          Effect.flatMap(TenantContext, ({ tenantId }) => {
            // SET LOCAL takes no parameter; set_config does, and its third argument makes it local as well.
            const scope = sql`SELECT set_config('app.tenant_id', ${tenantId}, true)`
            const transaction = sql.withTransaction(Effect.andThen(scope, use(tenantId)))
            return Effect.acquireUseRelease(enter, () => bounded(transaction), () => leave)
          }),
        load: () => load
      })
    })
  )
}

const timedOut = Effect.die(
  new SqlError.SqlError({ reason: new SqlError.StatementTimeoutError({ cause: undefined, message: "no answer in time" }) })
)

/** With a time limit and without SQL errors. A connection that hangs is cleaned up behind the caller's back. */
export const bounded = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, SqlError.SqlError>, R> =>
  self.pipe(
    Effect.catch((error) =>
      SqlError.isSqlError(error) ? Effect.die(error) : Effect.fail(error as Exclude<E, SqlError.SqlError>)
    ),
    Effect.timeoutOrElse({ duration: timeout, orElse: () => timedOut })
  )
