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

/** A check to come: when to begin, and the slot that it is recorded under. Both are epoch milliseconds. */
export interface Run {
  readonly at: number
  readonly slot: number
}

/**
 * The run after slot `last`; when several were missed, only the newest of them that is already due. A `last` of a later
 * time than can be was recorded by a clock that has been set back since: nobody waits until that time comes again.
 */
export const nextRun = (timing: Timing, now: number, last: number): Run => {
  if (last > now + timing.intervalMs) return runAfterJump(timing, now, last)
  const slot = Math.max(slotAt(timing, last) + timing.intervalMs, slotAt(timing, now))
  return { at: slot, slot }
}

/**
 * The run after the clock jumped, either way: at the next slot to come. What a jump passed over is no more overdue than
 * a moment ago, and all monitors at once would be a burst. A slot is never used twice: back in time they are numbered
 * on from the last one, a millisecond each, until time has caught up.
 */
export const runAfterJump = (timing: Timing, now: number, last: number): Run => {
  const at = slotAt(timing, now) + timing.intervalMs
  return { at, slot: Math.max(at, last + 1) }
}

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
      const { at, slot } = nextRun(timing, now, last)
      return Effect.succeed<[number, Duration.Duration]>([slot, Duration.millis(Math.max(0, at - now))])
    })
  )
