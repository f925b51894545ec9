/**
 * Who waits for room, served in the order of arrival and one at a time. A latch would wake all of them for each place
 * that comes free, every time in the same order: the first bucket took every place for as long as it was behind, and
 * sixty-three others were woken in vain, for a quarter of the worker's time.
 */
import { Effect } from "effect"

export class Line {
  readonly #hasRoom: () => boolean
  #waiting: Array<() => void> = []
  #isCalling = false

  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom
  }

  /** Goes on when there is room and nobody came before; whoever goes on may take none of it. */
  readonly wait: Effect.Effect<void> = Effect.suspend(() =>
    this.#waiting.length === 0 && this.#hasRoom() ? Effect.void : this.#stand(false)
  )

  /** To be called when room came free: the next to come go on, for as long as there is some left. */
  call(): void {
    // Who goes on runs within the call, takes room, gives some back: the loop sees it.
    if (this.#isCalling) return
    this.#isCalling = true
    while (this.#waiting.length > 0 && this.#hasRoom()) this.#waiting.shift()!()
    this.#isCalling = false
  }

  #stand(isBack: boolean): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const come = (): void => resume(Effect.void)
      if (isBack) this.#waiting.unshift(come)
      else this.#waiting.push(come)
      return Effect.sync(() => {
        this.#waiting = this.#waiting.filter((other) => other !== come)
      })
      // Somebody else was faster: first in line again.
    }).pipe(Effect.flatMap(() => (this.#hasRoom() ? Effect.void : this.#stand(true))))
  }
}
