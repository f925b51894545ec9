/**
 * Starts what was decided to be escalated. Rows of `escalations` are the outbox: a worker claims one, starts its workflow
 * in the cluster of its own region, and marks it. A claim that led to nothing, a workflow whose region is gone, and one that
 * does not wake are taken over by whoever looks next, in any region.
 */
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Cause, Clock, Effect, Layer, Queue } from "effect"
import { SqlError } from "effect/sql"
import { Changes } from "../Changes.ts"
import { make as makeRepo } from "./EscalationRepo.ts"
import { Escalation, layer as workflowLayer } from "./EscalationWorkflow.ts"
import * as MessageCleanup from "./MessageCleanup.ts"

/** Started together; the next ones follow at once. */
const batch = 100
const concurrency = 8
/**
 * Whoever writes an escalation tells us. We look without being told as often, milliseconds: for what was told while we
 * did not hear, and for what nobody looks at any more.
 */
const lookEveryMs = 120_000
const troubleWait = "1 second"

export const layer = (region: string) => Layer.merge(escalating, MessageCleanup.layer(region))

const escalating = Layer.unwrap(
  Effect.gen(function* () {
    const repo = yield* makeRepo
    const starting = Layer.effectDiscard(
      Effect.gen(function* () {
        const changes = yield* Changes
        const news = yield* changes.ofEscalations
        let lookedAt = Number.NEGATIVE_INFINITY

        const start = Effect.gen(function* () {
          lookedAt = yield* Clock.currentTimeMillis
          while (true) {
            const claimed = yield* repo.claim(batch)
            yield* Effect.forEach(
              claimed,
              (one) => Escalation.execute(one, { discard: true }).pipe(Effect.andThen(repo.markStarted(one))),
              { concurrency, discard: true }
            )
            // Of those it looked at, others may have taken some at the same moment.
            if (claimed.length === 0) return
          }
        })

        const startWhenTold = Effect.gen(function* () {
          const { _tag } = yield* Queue.take(news)
          const now = yield* Clock.currentTimeMillis
          if (_tag === "EscalationWritten" || now - lookedAt >= lookEveryMs) yield* start
        })
        yield* forkEssential(survive(start).pipe(Effect.andThen(Effect.forever(survive(startWhenTold)))))
      })
    )
    return starting.pipe(Layer.provideMerge(workflowLayer(repo.takeStep)))
  })
)

/** Trouble is logged and waited out; what was claimed is claimed again. Nothing but a stop ends the loop. */
const survive = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<void, never, R> =>
  Effect.matchCauseEffect(effect, {
    onSuccess: () => Effect.void,
    onFailure: (cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt
      const error = Cause.squash(cause)
      const reason = SqlError.isSqlError(error) ? describeSqlError(error) : "unknown"
      return Effect.logWarning("Escalations have to wait").pipe(
        Effect.annotateLogs({ reason }),
        Effect.andThen(Effect.sleep(troubleWait))
      )
    }
  })
