/**
 * How long a statement may take. A connection that was cut without a word (a failover, a forgetful firewall) never
 * answers: without a limit a loop would wait on it for ever, and nobody would notice.
 */
import { type Duration, Effect } from "effect"
import { SqlError, StatementTimeoutError } from "effect/sql/SqlError"

const usual = "5 seconds"

/** Waiting for a connection of the pool included. */
export const limited = <A, E, R>(
  statement: Effect.Effect<A, E, R>,
  limit: Duration.Input = usual
): Effect.Effect<A, E | SqlError, R> =>
  Effect.timeoutOrElse(statement, { duration: limit, orElse: () => Effect.fail(timedOut) })

const timedOut = new SqlError({
  reason: new StatementTimeoutError({ cause: undefined, message: "no answer in time" })
})
