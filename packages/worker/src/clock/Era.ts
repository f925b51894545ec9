/**
 * Time goes on steadily within an era and jumps from one to the next: what was planned for an instant of the old era
 * must be planned anew. Without a clock that jumps (in tests) there is one era for ever.
 */
import { Context, Effect } from "effect"

export class Era {
  #number = 0
  readonly #listeners = new Set<() => void>()

  /** Differs from what it was when the clock has jumped since. */
  get number(): number {
    return this.#number
  }

  begin(): void {
    this.#number++
    for (const listener of this.#listeners) listener()
  }

  /** Until the scope closes. */
  onBegin(listener: () => void) {
    return Effect.acquireRelease(
      Effect.sync(() => void this.#listeners.add(listener)),
      () => Effect.sync(() => void this.#listeners.delete(listener))
    )
  }
}

export const CurrentEra = Context.Reference<Era>("@v-insight/worker/CurrentEra", { defaultValue: () => new Era() })
