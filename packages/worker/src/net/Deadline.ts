/**
 * The time limit of one exchange. It is a timer inside the exchange, because an extra Effect.timeout around it costs
 * 0.06-0.11 CPU-ms a check. A stall of our own event loop must not count against the target: a limit that fires late
 * is extended once by as much, and what already lies in the socket is read before the verdict.
 */
import { after, afterSockets } from "./Timer.ts"

/** Late by less than this is ordinary scheduling, milliseconds. */
const toleratedLatenessMs = 20
/** So that an exchange ends within its limit and one second, milliseconds. */
const maxExtensionMs = 500

export class Deadline {
  readonly #expire: () => void
  readonly #dueAt: number
  #clear: () => void
  #isExtended = false

  constructor(timeoutMs: number, expire: () => void) {
    this.#expire = expire
    this.#dueAt = performance.now() + timeoutMs
    this.#clear = after(timeoutMs, this.#fire)
  }

  clear(): void {
    this.#clear()
  }

  #fire = (): void => {
    const lateness = performance.now() - this.#dueAt
    if (lateness > toleratedLatenessMs && !this.#isExtended) {
      this.#isExtended = true
      this.#clear = after(Math.min(lateness, maxExtensionMs), this.#fire)
    } else {
      this.#clear = afterSockets(this.#expire)
    }
  }
}
