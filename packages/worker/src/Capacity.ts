/**
 * How many checks this worker runs at once, over all its buckets: beyond it the cost of each check rises several times.
 * No tenant takes all places: one whose targets never answer would keep everybody else from being checked.
 */
import { Context, Effect, Latch, Layer } from "effect"
import { setInFlight } from "./Metrics.ts"

/**
 * A tenant may hold so many places for each that is free (Choudhury and Hahne, "Dynamic queue length thresholds"). So a
 * busy one gets to three quarters, two to three sevenths each, and there is a place for whoever comes seldom.
 */
const heldPerFree = 3

export class Capacity extends Context.Service<
  Capacity,
  {
    /** Waits while every place is taken. */
    readonly wait: Effect.Effect<void>
    /** There are monitors of this tenant; one that is alone may take all places. */
    readonly meet: (tenantId: string) => void
    /** Whether another check of the tenant leaves enough for the others. */
    readonly mayEnter: (tenantId: string) => boolean
    readonly enter: (tenantId: string) => void
    readonly leave: (tenantId: string) => void
  }
>()("@v-insight/worker/Capacity") {
  static readonly layer = (max: number): Layer.Layer<Capacity> =>
    Layer.sync(Capacity, () => {
      const free = Latch.makeUnsafe(true)
      const tenants = new Set<string>()
      const held = new Map<string, number>()
      let running = 0
      return {
        wait: Effect.whileLoop({ while: () => running >= max, body: () => free.await, step: () => {} }),
        meet: (tenantId) => void tenants.add(tenantId),
        mayEnter: (tenantId) => tenants.size < 2 || (held.get(tenantId) ?? 0) < heldPerFree * (max - running),
        enter: (tenantId) => {
          held.set(tenantId, (held.get(tenantId) ?? 0) + 1)
          if (++running >= max) free.closeUnsafe()
          setInFlight(running)
        },
        leave: (tenantId) => {
          const left = (held.get(tenantId) ?? 0) - 1
          if (left > 0) held.set(tenantId, left)
          else held.delete(tenantId)
          if (--running < max) free.openUnsafe()
          setInFlight(running)
        }
      }
    })
}
