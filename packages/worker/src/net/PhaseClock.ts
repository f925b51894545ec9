/** Accounts for a connection's time: whole microseconds per phase, which add up exactly to the total. */
import type { Phase } from "@v-insight/domain/monitor-types/Dialer"

export interface TimeSpent {
  readonly phases: Partial<Record<Phase, number>>
  readonly totalUs: number
}

export class PhaseClock {
  phase: Phase = "dns"
  readonly phases: Partial<Record<Phase, number>> = {}
  readonly #onPhase: ((phase: Phase, microseconds: number) => void) | undefined
  #started = performance.now()
  #marked = 0
  #isStopped = false

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

  /** The present phase has ended well. One that is entered again goes on where it ended. */
  enter(phase: Phase): void {
    const ended = this.phase
    const microseconds = this.#mark()
    this.phase = phase
    this.#onPhase?.(ended, microseconds)
  }

  /** What has passed since the present phase began does not count. */
  forget(): void {
    this.#started = performance.now() - this.#marked / 1000
  }

  /** The last phase has ended, well or not; returns the total. A second time it does nothing. */
  stop(isComplete: boolean): number {
    if (this.#isStopped) return this.#marked
    const microseconds = this.#mark()
    this.#isStopped = true
    if (isComplete) this.#onPhase?.(this.phase, microseconds)
    return this.#marked
  }

  /** Until now; without the present phase unless it is `counted`. Nothing is added once the clock has stopped. */
  spent(isPresentCounted: boolean): TimeSpent {
    if (this.#isStopped || !isPresentCounted) return { phases: { ...this.phases }, totalUs: this.#marked }
    const totalUs = this.elapsed()
    const present = (this.phases[this.phase] ?? 0) + totalUs - this.#marked
    return { phases: { ...this.phases, [this.phase]: present }, totalUs }
  }

  /** Returns what has passed since the last mark. */
  #mark(): number {
    const now = this.elapsed()
    const microseconds = now - this.#marked
    this.phases[this.phase] = (this.phases[this.phase] ?? 0) + microseconds
    this.#marked = now
    return microseconds
  }
}
