/**
 * Deliveries at once, shared so that receivers that hang take nobody's place. There are places for quick answers and
 * places to wait on: who has not answered within two seconds waits on, and who was slow or failed the last time begins
 * there. Tenants share both fairly.
 */
import { Deferred, Effect } from "effect"
import { Shares } from "../Shares.ts"

/** For receivers that answer: each place is free again within `quickMs`, or its delivery waits elsewhere. */
const quickPlaces = 16
/** A delivery that waits costs a socket and a timer. */
const patientPlaces = 64
/** A receiver that takes longer is slow, milliseconds. */
export const quickMs = 2_000
/** A tenant that is alone may have three quarters of them. */
const heldPerFree = 3

export type Pace = "quick" | "patient"

interface Waiter {
  readonly tenantId: string
  readonly called: Deferred.Deferred<void>
}

class Pool {
  readonly #shares: Shares
  readonly #line: Array<Waiter> = []

  constructor(places: number) {
    this.#shares = new Shares(places, heldPerFree)
  }

  get held(): number {
    return this.#shares.held
  }

  /** At once, or not at all. */
  tryTake(tenantId: string): boolean {
    if (!this.#shares.isWithinShare(tenantId)) return false
    this.#shares.take(tenantId)
    return true
  }

  /** Waits in line; who is interrupted leaves it. */
  take(tenantId: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.tryTake(tenantId)) return Effect.void
      const waiter: Waiter = { tenantId, called: Deferred.makeUnsafe() }
      this.#line.push(waiter)
      return Effect.onInterrupt(Deferred.await(waiter.called), () =>
        Effect.sync(() => {
          const index = this.#line.indexOf(waiter)
          if (index >= 0) this.#line.splice(index, 1)
          // It was called in the same moment.
          else this.giveBack(tenantId)
        })
      )
    })
  }

  /** The first in line whose tenant has room gets the place. */
  giveBack(tenantId: string): void {
    this.#shares.giveBack(tenantId)
    const index = this.#line.findIndex((waiter) => this.tryTake(waiter.tenantId))
    if (index < 0) return
    const [waiter] = this.#line.splice(index, 1)
    Deferred.doneUnsafe(waiter!.called, Effect.void)
  }
}

export class Places {
  readonly #pools: Readonly<Record<Pace, Pool>> = { quick: new Pool(quickPlaces), patient: new Pool(patientPlaces) }

  held(pace: Pace): number {
    return this.#pools[pace].held
  }

  /** Runs it on a place of its tenant. */
  within<A, E, R>(tenantId: string, pace: Pace, use: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    let held = pace
    const waitOn = Effect.sync(() => {
      // None is free: it keeps the one it has.
      if (held === "patient" || !this.#pools.patient.tryTake(tenantId)) return
      held = "patient"
      this.#pools.quick.giveBack(tenantId)
    })
    return Effect.acquireUseRelease(
      Effect.interruptible(this.#pools[pace].take(tenantId)),
      () => Effect.raceFirst(use, Effect.sleep(quickMs).pipe(Effect.andThen(waitOn), Effect.andThen(Effect.never))),
      () => Effect.sync(() => this.#pools[held].giveBack(tenantId))
    )
  }
}
