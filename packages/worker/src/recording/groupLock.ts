/**
 * Whoever opens incidents of a tenant looks at those that others have opened just before (groupSql). So two who open at the
 * same instant take turns: a statement sees what was committed when it began, and the turn comes before the statement.
 */
import type { PgClient } from "@effect/sql-pg"
import { transaction } from "@v-insight/database/Transaction"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/**
 * Tenants share so many turns: a batch with a thousand tenants must not fill PostgreSQL's table of locks, which has some
 * six thousand places.
 */
const turns = 256

/** A worker that freezes in its turn must not keep the others from opening, nor from taking its buckets. */
const idleAtMost = "10s"

/** Of a UUID, the last digits are random. */
const turnOf = (tenantId: string): number => Number.parseInt(tenantId.slice(-4), 16) % turns

/** `opening` in its turn with all others that open incidents of these tenants; taken in one order, before any row. */
export const inTurn = <A, Error, R>(
  sql: PgClient.PgClient,
  tenantIds: ReadonlyArray<string>,
  opening: Effect.Effect<A, Error, R>
): Effect.Effect<A, Error | SqlError, R> => {
  const ordered = [...new Set(tenantIds.map(turnOf))].sort((a, b) => a - b)
  const turn = sql`
    SELECT set_config('idle_in_transaction_session_timeout', ${idleAtMost}, true),
      pg_advisory_xact_lock(hashtext('v-insight incident groups'), turn)
    FROM unnest(${ordered}::integer[]) AS turn`
  return transaction(sql, Effect.andThen(turn, opening))
}
