/** Asks until there is an answer, and dies when there is none within the limit. */
import { type Duration, Effect, Schedule } from "effect"

export const eventuallyWithin =
  (limit: Duration.Input) =>
  <A, R>(ask: Effect.Effect<A | undefined, never, R>) =>
    ask.pipe(
      Effect.flatMap((answer) => (answer === undefined ? Effect.fail("not yet") : Effect.succeed(answer))),
      Effect.retry(Schedule.spaced("50 millis")),
      Effect.timeout(limit),
      Effect.orDie
    )
