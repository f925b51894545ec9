/**
 * Ends when the npm that started this process has been stopped. npm passes a signal on to the shell between us and it,
 * the shell dies of it without passing it on, and we would run on without anybody who could stop us.
 */
import { Config, Duration, Effect, Option, Schedule } from "effect"

/** A parent is told by nobody that it has gone; reading its number costs nothing. */
const poll = Duration.millis(500)

/** Never ends when npm did not start us: a parent may go then, as a terminal does after nohup. */
export const npmGone = Effect.gen(function* () {
  const script = yield* Config.option(Config.String("npm_lifecycle_event"))
  if (Option.isNone(script)) return yield* Effect.never
  const parent = process.ppid
  yield* Effect.sync(() => process.ppid).pipe(
    Effect.repeat({ until: (now) => now !== parent, schedule: Schedule.spaced(poll) }),
    Effect.asVoid
  )
})
