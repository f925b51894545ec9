/** How many checks this worker runs at once, over all its buckets: beyond it the cost of each check rises several times. */
import { Context, Effect, Latch, Layer } from "effect"
import { setInFlight } from "./Metrics.ts"

export class Capacity extends Context.Service<
  Capacity,
  {
    /** Waits while every place is taken. */
    readonly wait: Effect.Effect<void>
    readonly enter: () => void
    readonly leave: () => void
  }
>()("@v-insight/worker/Capacity") {
  static readonly layer = (max: number): Layer.Layer<Capacity> =>
    Layer.sync(Capacity, () => {
      const free = Latch.makeUnsafe(true)
      let running = 0
      return {
        wait: Effect.whileLoop({ while: () => running >= max, body: () => free.await, step: () => {} }),
        enter: () => {
          if (++running >= max) free.closeUnsafe()
          setInFlight(running)
        },
        leave: () => {
          if (--running < max) free.openUnsafe()
          setInFlight(running)
        }
      }
    })
}
