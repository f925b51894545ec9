/**
 * What is known of one way out of here, from looks at witnesses and from targets that answered: when it was last seen to
 * be there, and when a look last found nobody. Pure; instants are milliseconds of a counter that nobody sets.
 */

/** Evidence of a monitor that is down already, or expected to be, may be so old: nothing is opened by it. */
const staleMs = 10_000

/** A try that failed. */
export interface Failure {
  readonly began: number
  readonly ended: number
  /** An incident may be opened by it: only what was seen after it counts. */
  readonly isGrave: boolean
}

export class Sight {
  /** Somebody answered then. */
  seenAt = Number.NEGATIVE_INFINITY
  /** The last look that found nobody began then. */
  goneAt = Number.NEGATIVE_INFINITY
  /** Since when nobody has answered. */
  goneSince: number | undefined
  /** What began before says nothing: somewhere between the last look in vain and this the way came back. */
  #blindUntil = Number.NEGATIVE_INFINITY

  get isGone(): boolean {
    return this.goneSince !== undefined
  }

  see(at: number): void {
    this.seenAt = Math.max(this.seenAt, at)
    if (this.goneSince === undefined || this.seenAt <= this.goneAt) return
    this.goneSince = undefined
    this.#blindUntil = this.seenAt
  }

  /** A look that began at `began` found nobody. Whoever was seen since then says that it looked at the wrong ones. */
  miss(began: number): void {
    if (this.seenAt >= began) return
    this.goneAt = began
    this.#blindUntil = began
    this.goneSince ??= began
  }

  /** Undefined: somebody has to look first. */
  verdict({ began, ended, isGrave }: Failure): "seen" | "blind" | undefined {
    if (this.#blindUntil >= began) return "blind"
    if (this.isGone) return undefined
    return this.seenAt >= (isGrave ? ended : ended - staleMs) ? "seen" : undefined
  }
}
