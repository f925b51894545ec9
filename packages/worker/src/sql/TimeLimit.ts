/**
 * How long a statement may take. A connection that was cut without a word (a failover, a forgetful firewall) never
 * answers: without a limit a loop would wait on it for ever, and nobody would notice.
 */
import { type Duration, Effect, Exit, Fiber } from "effect"
import { SqlError, StatementTimeoutError } from "effect/sql/SqlError"

const usual = "5 seconds"

/**
 * Waiting for a connection of the pool included. When the time is up the statement is cancelled behind the caller's
 * back: the server's word on that takes as long again when it does not come. A caller that is interrupted waits for it,
 * so that nothing happens after the caller's end.
 */
export const limited = <A, E, R>(
  statement: Effect.Effect<A, E, R>,
  limit: Duration.Input = usual
): Effect.Effect<A, E | SqlError, R> =>
  Effect.acquireUseRelease(
    Effect.forkDetach(statement, { startImmediately: true }),
    (fiber) =>
      Effect.timeoutOrElse(Fiber.join(fiber), {
        duration: limit,
        orElse: () => Effect.suspend(() => (fiber.interruptUnsafe(), Effect.fail(timedOut)))
      }),
    (fiber, exit) => (Exit.hasInterrupts(exit) ? Fiber.interrupt(fiber) : Effect.void)
  )

const timedOut = new SqlError({
  reason: new StatementTimeoutError({ cause: undefined, message: "no answer in time" })
})
