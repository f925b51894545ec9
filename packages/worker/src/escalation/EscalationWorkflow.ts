/**
 * An escalation as a durable workflow: it sleeps until a step is due, takes it, and sleeps again. What it has slept and
 * done lies in the cluster's tables, so that any worker of the region goes on where another one was killed. What a step
 * does is written once, in the escalation's own row (EscalationRepo), however often it is asked for.
 */
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { stepsPerRound } from "@v-insight/domain/rules/escalation"
import { Clock, Duration, Effect, Schedule, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { Activity, DurableClock, Workflow } from "effect/workflow"
import type { EscalationKey, Place } from "./EscalationRepo.ts"

/** Ten steps eleven times, and what comes after the last one. */
const maxLooks = 11 * stepsPerRound + 1
/** Until the database is back; a worker that is without it for long loses the workflow to another. */
const retryAfter = "2 seconds"

const Position = Schema.Int
const NextPlace = Schema.NullOr(Schema.Struct({ position: Position, dueAt: Schema.Finite }))

export const Escalation = Workflow.make("Escalation", {
  payload: {
    tenantId: Schema.String,
    incidentId: Schema.String,
    policyId: Schema.String,
    /** Where it begins; later when another region had it before. */
    position: Position,
    /** Epoch ms. */
    dueAt: Schema.Finite,
    /** How often it was taken up again; left out by earlier versions: never. */
    resumed: Schema.optionalKey(Schema.Int)
  },
  // One that has ended is not begun again under its name.
  idempotencyKey: ({ incidentId, policyId, resumed = 0, tenantId }) =>
    `${tenantId}/${incidentId}/${policyId}${resumed === 0 ? "" : `/${resumed}`}`
})

export const layer = (
  takeStep: (key: EscalationKey, position: number) => Effect.Effect<Place | undefined, SqlError>
) => {
  const stepAt = (key: EscalationKey, position: number) =>
    Activity.make({
      name: `step/${position}`,
      success: NextPlace,
      execute: takeStep(key, position).pipe(
        Effect.tapError((error) =>
          Effect.logWarning("An escalation has to wait").pipe(Effect.annotateLogs({ reason: describeSqlError(error) }))
        ),
        Effect.retry(Schedule.spaced(retryAfter)),
        Effect.orDie,
        Effect.map((next) => next ?? null)
      )
    })

  return Escalation.toLayer(
    Effect.fnUntraced(function* ({ dueAt, incidentId, policyId, position, tenantId }) {
      let next: Place | null = { position, dueAt }
      for (let looks = 0; next !== null && looks < maxLooks; looks++) {
        const waitMs: number = Math.max(0, next.dueAt - (yield* Clock.currentTimeMillis))
        yield* DurableClock.sleep({
          name: `wait/${next.position}`,
          duration: Duration.millis(waitMs),
          // None is slept through in memory: it would begin again with another worker.
          inMemoryThreshold: 0
        })
        next = yield* stepAt({ tenantId, incidentId, policyId }, next.position)
      }
    })
  )
}
