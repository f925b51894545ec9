/**
 * How long this process's event loop stood still: a garbage collection, a long computation, a processor that others
 * took, a machine that was frozen. A check that fails during a stall says nothing about its target, which may have
 * answered in time while nobody listened.
 */
import { forkEssential } from "@v-insight/database/Process"
import { Clock, Effect } from "effect"
import { observeEventLoopLagSeconds } from "../metrics/Metrics.ts"

const tick = 100
/** Later by less is ordinary work between two ticks. */
const toleratedMs = 50

/** All stalls so far together, milliseconds; also the one that is just over and was not noticed by a tick yet. */
export type StalledMs = () => number

export const make = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const elapsed = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
  let stalledMs = 0
  let due = elapsed() + tick
  const lateness = (): number => {
    const late = elapsed() - due
    return late > toleratedMs ? late : 0
  }
  yield* Effect.sleep(tick).pipe(
    Effect.andThen(
      Effect.sync(() => {
        observeEventLoopLagSeconds(Math.max(0, elapsed() - due) / 1000)
        stalledMs += lateness()
        due = elapsed() + tick
      })
    ),
    Effect.forever,
    forkEssential
  )
  const read: StalledMs = () => stalledMs + lateness()
  return read
})

/**
 * How much of its time a check may lose and still be believed: a tenth, since who answers in time mostly does so in far
 * less. The exchange's own limit gives back half a second (net/Deadline).
 */
export const marginMs = (timeoutMs: number): number => Math.min(1000, Math.max(100, timeoutMs / 10))
