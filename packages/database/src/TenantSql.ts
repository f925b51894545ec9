/**
 * The one way into a tenant's rows: a transaction that carries the tenant of the caller's credential, which row-level
 * security compares with every row. The setting ends with the transaction, so nothing leaks through the pool.
 */
import { type TenantId } from "@v-insight/domain/model/Tenant"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Clock, Context, Effect, Layer, Schedule } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { CurrentPatience, patienceMs } from "./Patience.ts"
import { TenantShares } from "./TenantShares.ts"
import { transaction } from "./Transaction.ts"

/** A look at all that is under way costs less than a timer for each. */
const lookEvery = "250 millis"
/** Of the pool's ten (Connections.ts). */
const connectionsPerTenant = 5

/** Defects instead of SQL errors: what they mean to a client, the Boundary decides. */
type Bounded = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, Exclude<E, SqlError.SqlError>, R>

export class TenantSql extends Context.Service<
  TenantSql,
  {
    /**
     * Runs `use` in a transaction of the caller's tenant and hands it the tenant's id, for the explicit predicates that
     * stand in front of row-level security.
     */
    readonly scoped: <A, E, R>(
      use: (tenantId: TenantId) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, Exclude<E, SqlError.SqlError>, R | TenantContext>
    /** The same where no person asks: the tenant is that of a token which is a credential by itself. */
    readonly scopedTo: <A, E, R>(
      tenantId: TenantId,
      use: (tenantId: TenantId) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, Exclude<E, SqlError.SqlError>, R>
    /**
     * One hot read in one round trip instead of four; rows come as tuples. `query` names the tenant as `tenant.id` or
     * `tenant.key` and its parameters from $2 on, and must have a LIMIT.
     *
     * Why the setting is in force before any row is looked at: the query refers to `tenant.id`, and a subquery with a
     * LIMIT is not flattened, so PostgreSQL has to call set_config to begin with it. Were it otherwise, the setting
     * would be empty and the answer too: a connection in the pool belongs to no tenant.
     */
    readonly read: <A extends ReadonlyArray<unknown>>(
      query: string,
      ...parameters: ReadonlyArray<unknown>
    ) => Effect.Effect<ReadonlyArray<A>, never, TenantContext>
    /** For the few statements that belong to no tenant: the same time limit, no transaction. */
    readonly bounded: Bounded
    /** How many of all these are under way or wait for a connection. */
    readonly load: () => number
  }
>()("@v-insight/database/TenantSql") {
  static readonly layer = Layer.effect(
    TenantSql,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { bounded, load } = yield* makeBounded
      const shares = new TenantShares(connectionsPerTenant)
      const scopedTo: TenantSql["Service"]["scopedTo"] = (tenantId, use) =>
        bounded(
          shares.within(
            tenantId,
            // SET LOCAL takes no parameter; set_config does, and its third argument makes it local as well.
            transaction(sql, use(tenantId), (connection) =>
              connection.execute("SELECT set_config('app.tenant_id', $1, true)", [tenantId], undefined)
            )
          )
        )
      return TenantSql.of({
        scoped: (use) => Effect.flatMap(TenantContext, ({ tenantId }) => scopedTo(tenantId, use)),
        scopedTo,
        read: <A extends ReadonlyArray<unknown>>(query: string, ...parameters: ReadonlyArray<unknown>) =>
          Effect.flatMap(TenantContext, ({ tenantId }) => {
            const { values } = sql.unsafe(inTenant(query), [tenantId, ...parameters])
            return bounded(shares.within(tenantId, values as Effect.Effect<ReadonlyArray<A>, SqlError.SqlError>))
          }),
        bounded,
        load
      })
    })
  )
}

/** The whole of a statement of `read`: what plans and times are asked for. */
export const inTenant = (query: string): string =>
  `SELECT answer.*
   FROM (
     SELECT caller.id, (SELECT t.key FROM tenants t WHERE t.id = caller.id) AS key
     FROM (SELECT set_config('app.tenant_id', $1, true)::uuid AS id) AS caller
   ) AS tenant
   CROSS JOIN LATERAL (${query}) AS answer`

const timedOut = Effect.die(
  new SqlError.SqlError({
    reason: new SqlError.StatementTimeoutError({ cause: undefined, message: "no answer in time" })
  })
)

/**
 * Cancelling a statement waits for the server's word. A caller whose time is up does not: the connection is cleaned up
 * behind its back.
 */
const makeBounded = Effect.gen(function* () {
  const underWay = new Set<{ readonly until: number; readonly giveUp: () => void }>()
  const look = Effect.map(Clock.currentTimeMillis, (now) => {
    for (const { giveUp, until } of underWay) if (until <= now) giveUp()
  })
  yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(lookEvery)))

  const bounded: Bounded = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.withFiber<A, E, R>((caller) =>
      Effect.callback<A, E>((resume) => {
        const clock = caller.getRef(Clock.Clock)
        const patience = caller.getRef(CurrentPatience)
        const now = clock.currentTimeMillisUnsafe()
        const until = now + (patience?.begin(now) ?? patienceMs)
        const fiber = Effect.runForkWith(caller.context as Context.Context<R>)(self)
        const end = (): void => {
          if (underWay.delete(one)) patience?.end(clock.currentTimeMillisUnsafe())
        }
        const cancel = (): void => {
          end()
          fiber.interruptUnsafe()
        }
        const giveUp = (): void => {
          resume(timedOut)
          cancel()
        }
        const one = { until, giveUp }
        underWay.add(one)
        fiber.addObserver((exit) => {
          end()
          resume(exit)
        })
        return Effect.sync(cancel)
      })
    ).pipe(
      Effect.catch((error) =>
        SqlError.isSqlError(error) ? Effect.die(error) : Effect.fail(error as Exclude<E, SqlError.SqlError>)
      )
    )
  return { bounded, load: () => underWay.size }
})
