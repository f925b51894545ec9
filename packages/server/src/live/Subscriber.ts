/**
 * One open screen: what it was told, and what it has not been told yet. Waiting changes are kept by what changed, the
 * newest of each: a slow reader costs no more than there are things in the tenant, and misses no state.
 */
import type { Changed } from "@v-insight/database/repo/LiveRepo"
import { type Duration, Effect, Latch } from "effect"

/** Rows older than this are not read again (LiveFeed's overlap, and some). */
const rememberedUs = 30_000_000
/** Beyond it the stream ends, and the browser comes back. About 20 MB. */
const maxWaiting = 20_000
/** Forgetting is worth a look at each only now and then. */
const forgetAbove = 2_000

export class Subscriber {
  private readonly waiting = new Map<string, Changed>()
  /** The newest version of each thing that was told. */
  private readonly told = new Map<string, number>()
  private readonly news = Latch.makeUnsafe(false)
  private readonly from: number
  private isEnded = false

  /** `from`: what was written before is known, epoch microseconds. */
  constructor(from: number) {
    this.from = from
  }

  offer(changes: ReadonlyArray<Changed>): void {
    for (const change of changes) {
      const known = this.told.get(change.key) ?? this.from
      if (change.version <= known) continue
      // Set anew, so that the order is that of the newest versions.
      this.waiting.delete(change.key)
      this.waiting.set(change.key, change)
      this.told.set(change.key, change.version)
    }
    if (this.waiting.size > maxWaiting) return this.end()
    if (this.waiting.size > 0) this.news.openUnsafe()
    this.forget(changes.at(-1)?.version ?? 0)
  }

  end(): void {
    this.isEnded = true
    this.news.openUnsafe()
  }

  /** What is waiting, as soon as there is something; empty when nothing came for so long, undefined at the end. */
  take(patience: Duration.Input): Effect.Effect<ReadonlyArray<Changed> | undefined> {
    return Effect.timeoutOption(this.news.await, patience).pipe(
      Effect.map(() => {
        if (this.isEnded) return undefined
        this.news.closeUnsafe()
        const changes = [...this.waiting.values()]
        this.waiting.clear()
        return changes
      })
    )
  }

  private forget(newest: number): void {
    if (this.told.size < forgetAbove) return
    for (const [key, version] of this.told) {
      if (version < newest - rememberedUs) this.told.delete(key)
    }
  }
}
