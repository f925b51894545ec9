/**
 * What PostgreSQL announces to this process, over one connection for all channels. Announcements are lost while it is
 * down, so whoever listens is also told of each (re)connection, and looks for itself.
 */
import { PgConnection } from "@effect/sql-pg"
import { Listening } from "@v-insight/database/Connections"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Context, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import type { SqlError } from "effect/sql/SqlError"

const channels = ["live", "work_progress", "work_answered"] as const
export type Channel = (typeof channels)[number]

const reconnectAfter = "1 second"
/** A connection that died without a word is noticed by probes. */
const keepAlive = "10 seconds"
const closeTimeout = "1 second"

interface Listener {
  readonly on: Partial<Record<Channel, (payload: string) => void>>
  readonly onConnected?: () => void
}

export class Announcements extends Context.Service<
  Announcements,
  {
    /** For as long as the process lives. */
    readonly listen: (listener: Listener) => Effect.Effect<void>
  }
>()("@v-insight/server/live/Announcements") {
  static readonly layer = Layer.effect(
    Announcements,
    Effect.gen(function* () {
      const config = yield* Listening
      const listeners: Array<Listener> = []

      const tell = (channel: Channel, payload: string): void => {
        for (const { on } of listeners) on[channel]?.(payload)
      }
      const hear = hastilyScoped(
        Effect.gen(function* () {
          const connection = yield* PgConnection.make({ ...config, keepAlive })
          // Pinned: several channels of one connection.
          const pinned = yield* connection.pin
          const queues = yield* Effect.forEach(channels, (channel) => pinned.listen(channel))
          for (const { onConnected } of listeners) onConnected?.()
          yield* Effect.forEach(
            queues,
            (queue, index) =>
              Stream.runForEach(Stream.fromQueue(queue), ({ payload }) =>
                Effect.sync(() => tell(channels[index]!, payload))
              ),
            { concurrency: "unbounded", discard: true }
          )
        })
      )
      yield* hear.pipe(
        Effect.catchTag("SqlError", (error: SqlError) =>
          Effect.logWarning("Listening to the database was interrupted", { reason: describeSqlError(error) })
        ),
        Effect.andThen(Effect.sleep(reconnectAfter)),
        Effect.forever,
        Effect.forkScoped
      )
      return Announcements.of({ listen: (listener) => Effect.sync(() => void listeners.push(listener)) })
    })
  )
}

/** Closing says goodbye to the database; one that hangs must not hold up the stop of the process. */
const hastilyScoped = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Scope.Scope>> =>
  Effect.acquireUseRelease(
    Scope.make(),
    (scope) => Scope.provide(self, scope),
    (scope) =>
      Effect.flatMap(Effect.forkDetach(Scope.close(scope, Exit.void)), (closing) =>
        Effect.timeoutOption(Effect.interruptible(Fiber.await(closing)), closeTimeout)
      )
  )
