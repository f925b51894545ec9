/**
 * Says every other second that calls of jobs can be received. Where that is missing was our own outage, and no job is
 * late for it: this runs exactly while requests are answered and can be stored.
 */
import { HeartbeatRepo } from "@v-insight/database/repo/HeartbeatRepo"
import { Effect, Layer, Schedule } from "effect"

/** Five times within the longest pause that does not count. */
const every = "2 seconds"

export const Reception = Layer.effectDiscard(
  Effect.gen(function* () {
    const { noteReception } = yield* HeartbeatRepo
    // A database that is away is told of by everything else.
    yield* noteReception.pipe(
      Effect.catchDefect(() => Effect.void),
      Effect.repeat(Schedule.spaced(every)),
      Effect.forkScoped
    )
  })
)
