/** Accounts for an exchange's time: whole microseconds per phase, which add up exactly to the total. */
import type { Phase } from "@v-insight/domain/monitor-types/Dialer"

export class PhaseClock {
  phase: Phase = "dns"
  readonly phases: Partial<Record<Phase, number>> = {}
  readonly #onPhase: ((phase: Phase, microseconds: number) => void) | undefined
  readonly #started = performance.now()
  #marked = 0

  constructor(onPhase: ((phase: Phase, microseconds: number) => void) | undefined) {
    this.#onPhase = onPhase
  }

  /** Microseconds since the beginning. */
  elapsed(): number {
    return Math.round((performance.now() - this.#started) * 1000)
  }

  /** Begins at `phase` without having been through those before it. */
  skipTo(phase: Phase): void {
    this.phase = phase
  }

  /** The present phase has ended well. */
  enter(phase: Phase): void {
    const ended = this.phase
    const microseconds = this.#mark()
    this.phase = phase
    this.#onPhase?.(ended, microseconds)
  }

  /** The last phase has ended, well or not; returns the total. */
  stop(isComplete: boolean): number {
    const microseconds = this.#mark()
    if (isComplete) this.#onPhase?.(this.phase, microseconds)
    return this.#marked
  }

  #mark(): number {
    const now = this.elapsed()
    const microseconds = now - this.#marked
    this.phases[this.phase] = microseconds
    this.#marked = now
    return microseconds
  }
}
