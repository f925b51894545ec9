/**
 * How many connections the requests of one tenant hold at once: half of the pool, so that somebody's dear reports, however
 * many at a time, leave the others theirs. What is beyond waits for its own tenant's, within its own time.
 */
import { Effect, Semaphore } from "effect"

interface Line {
  readonly semaphore: Semaphore.Semaphore
  users: number
}

export class TenantShares {
  readonly #permits: number
  readonly #lines = new Map<string, Line>()

  constructor(permits: number) {
    this.#permits = permits
  }

  /** Those that have requests under way. */
  get size(): number {
    return this.#lines.size
  }

  within<A, E, R>(tenantId: string, use: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.#enter(tenantId)),
      ({ semaphore }) => semaphore.withPermits(1)(use),
      (line) => Effect.sync(() => this.#leave(tenantId, line))
    )
  }

  #enter(tenantId: string): Line {
    const line = this.#lines.get(tenantId) ?? { semaphore: Semaphore.makeUnsafe(this.#permits), users: 0 }
    line.users++
    this.#lines.set(tenantId, line)
    return line
  }

  #leave(tenantId: string, line: Line): void {
    if (--line.users === 0) this.#lines.delete(tenantId)
  }
}
