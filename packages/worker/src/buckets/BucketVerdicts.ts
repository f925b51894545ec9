/** When a bucket looks at the verdicts of its monitors that other regions check too: after its own changes, and by the clock. */
import { Clock, Effect, Latch } from "effect"
import type { DecisionEvent, State } from "@v-insight/domain/rules/decide"
import { logTrouble, type Possession } from "./Possession.ts"
import { Recorder } from "../Recorder.ts"
import type { ScheduledMonitor } from "./ScheduledMonitor.ts"
import type { TimedEvidence } from "../verdicts/VerdictRepo.ts"
import { Verdicts } from "../verdicts/Verdicts.ts"

/** How late at most a region's silence is noticed, and a look that failed is made up for, milliseconds. */
const lookEveryMs = 5_000
const lookAgainAfter = "1 second"

export interface BucketVerdicts {
  /** What a monitor's region believes has changed, in memory and in the Recorder's buffer. */
  readonly suspect: (monitor: ScheduledMonitor, evidence: TimedEvidence | undefined) => void
  /** Looks, for ever. Costs nothing while no monitor of the bucket has other regions. */
  readonly run: Effect.Effect<never>
}

export const make = Effect.fnUntraced(function* ({
  lease,
  monitors
}: Possession): Effect.fn.Return<BucketVerdicts, never, Recorder | Verdicts> {
  const recorder = yield* Recorder
  const verdicts = yield* Verdicts
  const wake = Latch.makeUnsafe(false)
  let suspects = new Map<string, TimedEvidence | undefined>()
  let lookedAt = 0

  const look = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    wake.closeUnsafe()
    const current = suspects
    suspects = new Map()
    if (now - lookedAt >= lookEveryMs || now < lookedAt) {
      for (const { id, isActive, isShared } of monitors.values()) {
        if (isShared && isActive && !current.has(id)) current.set(id, undefined)
      }
      lookedAt = now
    }
    if (current.size === 0) return
    // Committed first: what is only in the buffer, no other region can see.
    yield* recorder.settle(lease)
    yield* verdicts.look(current).pipe(
      Effect.catchTag("SqlError", (error) => {
        for (const [id, evidence] of current) if (!suspects.has(id)) suspects.set(id, evidence)
        return Effect.andThen(logTrouble("Verdicts could not be looked at")(error), Effect.sleep(lookAgainAfter))
      })
    )
  })

  return {
    suspect: ({ id }, evidence) => {
      suspects.set(id, evidence ?? suspects.get(id))
      wake.openUnsafe()
    },
    run: look.pipe(
      Effect.andThen(Effect.suspend(() => Effect.timeoutOption(wake.await, suspects.size > 0 ? 0 : lookEveryMs))),
      Effect.forever
    )
  }
})

/** Whether the verdict may have to follow. */
export const isTurn = (before: State, after: State, event: DecisionEvent | undefined): boolean =>
  event !== undefined || before.status !== after.status
