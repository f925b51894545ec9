/**
 * When a monitor runs: at `phaseMs + k * intervalMs` since the Unix epoch, for every whole k. Slots depend on nothing
 * but the monitor, so whoever owns it (this worker, or the next one after a crash) computes the same ones.
 */
import { Duration, Effect, Schedule } from "effect"
import { hashOf } from "./hash.ts"

export interface Timing {
  readonly intervalMs: number
  readonly phaseMs: number
}

/** Spreads monitors of one interval evenly over it. */
const phaseOf = (monitorId: string, intervalMs: number): number => hashOf(monitorId) % intervalMs

export const timingOf = (monitorId: string, intervalMs: number): Timing => ({
  intervalMs,
  phaseMs: phaseOf(monitorId, intervalMs)
})

/** The newest slot that is not after `at`. */
export const slotAt = ({ intervalMs, phaseMs }: Timing, at: number): number =>
  Math.floor((at - phaseMs) / intervalMs) * intervalMs + phaseMs

/** The slot after `last`; when several were missed, only the newest of them that is already due. */
export const nextSlot = (timing: Timing, now: number, last: number): number =>
  Math.max(slotAt(timing, last) + timing.intervalMs, slotAt(timing, now))

/** How many slots between `last` and `slot` were passed over because they were overdue. */
export const skippedSlots = (timing: Timing, last: number, slot: number): number =>
  last === 0 ? 0 : Math.max(0, Math.round((slot - slotAt(timing, last)) / timing.intervalMs) - 1)

/**
 * The cadence as a Schedule: the input is the slot handled last, the output the slot to handle next, the delay the
 * time left until then. It keeps no state of its own.
 */
export const cadence = (timing: Timing): Schedule.Schedule<number, number> =>
  Schedule.fromStep(
    Effect.succeed((now: number, last: number) => {
      const slot = nextSlot(timing, now, last)
      return Effect.succeed<[number, Duration.Duration]>([slot, Duration.millis(Math.max(0, slot - now))])
    })
  )
