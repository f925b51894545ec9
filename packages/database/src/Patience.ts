/**
 * How long a request waits for the database in all, over all that it asks: who waits for a connection for its session and
 * again for its transaction must not wait twice as long as anybody else.
 */
import { Context } from "effect"

/** The answer that it is not available goes out within 5 s. */
export const patienceMs = 4500

/**
 * Used up while something is asked, and back as fast while nothing is: live streams, and requests that wait for a check,
 * look at the database for as long as they last.
 */
export class Patience {
  #leftMs = patienceMs
  /** When `leftMs` was right, epoch milliseconds. */
  #at = Number.NEGATIVE_INFINITY
  #underWay = 0

  /** Something is asked: how long it may take, milliseconds. */
  begin(now: number): number {
    this.#settle(now)
    this.#underWay++
    return this.#leftMs
  }

  /** It was answered, or given up. */
  end(now: number): void {
    this.#settle(now)
    this.#underWay--
  }

  #settle(now: number): void {
    const passedMs = Math.max(0, now - this.#at)
    const leftMs = this.#underWay > 0 ? this.#leftMs - passedMs : this.#leftMs + passedMs
    this.#leftMs = Math.min(patienceMs, Math.max(0, leftMs))
    this.#at = now
  }
}

/** Of the request that is served; without one, everything that is asked has patience of its own. */
export const CurrentPatience = Context.Reference<Patience | undefined>("@v-insight/database/CurrentPatience", {
  defaultValue: () => undefined
})
