/**
 * How many checks this worker runs at once, over all its buckets: beyond it the cost of each check rises several times.
 * Only those count that keep it busy. A check that has taken a while waits for its target, which costs nothing but a
 * socket: it makes room, so that targets that hang do not delay the others. And no tenant takes all places: one with
 * more monitors than places would keep everybody else from being checked.
 */
import { forkEssential } from "@v-insight/database/Process"
import { Clock, Context, Effect, Latch, Layer } from "effect"
import { setInFlight } from "./Metrics.ts"

/**
 * A tenant may hold so many places for each that is free (Choudhury and Hahne, "Dynamic queue length thresholds"). So a
 * busy one gets to three quarters, two to three sevenths each, and there is a place for whoever comes seldom.
 */
const heldPerFree = 3
/** Most targets have answered by then; one that has not keeps its place no longer. */
const patienceMs = 500
const sweepEvery = "100 millis"
/** How often checks are looked for that should have ended long ago, milliseconds. */
const lookEveryMs = 1_000
/** Checks that wait for their targets: a socket and some 20 kB each. When so many wait, more keep their places. */
const maxWaiting = 4096

/** When a check must have ended, epoch milliseconds, and what is done once if it has not. */
export interface Limit {
  readonly until: number
  readonly giveUp: () => void
}

export interface Place {
  readonly tenantId: string
  /** Epoch milliseconds. */
  readonly since: number
  /** Undefined: it was given up. */
  limit: Limit | undefined
}

export class Capacity extends Context.Service<
  Capacity,
  {
    /** Waits while every place is taken. */
    readonly wait: Effect.Effect<void>
    /** There are monitors of this tenant; one that is alone may take all places. */
    readonly meet: (tenantId: string) => void
    /** Whether another check of the tenant leaves enough for the others. */
    readonly mayEnter: (tenantId: string) => boolean
    readonly enter: (tenantId: string, now: number, limit: Limit) => Place
    /** Once, when the check has ended. */
    readonly leave: (place: Place) => void
  }
>()("@v-insight/worker/Capacity") {
  static readonly layer = (max: number): Layer.Layer<Capacity> => Layer.effect(Capacity, make(max))
}

const make = Effect.fnUntraced(function* (max: number) {
  const hasRoom = Latch.makeUnsafe(true)
  const tenants = new Set<string>()
  const busy = makePlaces(max)
  const waiting = makePlaces(maxWaiting)

  const isWithinShare = ({ free, heldBy }: Places, tenantId: string): boolean =>
    tenants.size < 2 || heldBy(tenantId) < heldPerFree * free()

  const makeRoom = (now: number): void => {
    // The oldest first.
    for (const place of busy.all) {
      if (now - place.since < patienceMs) break
      if (waiting.free() === 0) break
      if (!isWithinShare(waiting, place.tenantId)) continue
      busy.remove(place)
      waiting.add(place)
    }
    if (busy.free() > 0) hasRoom.openUnsafe()
  }

  let lookedAt = 0
  const giveUpOverdue = (now: number): void => {
    if (now - lookedAt < lookEveryMs && now >= lookedAt) return
    lookedAt = now
    for (const place of [...busy.all, ...waiting.all]) {
      if (place.limit === undefined || now < place.limit.until) continue
      const { giveUp } = place.limit
      place.limit = undefined
      giveUp()
    }
  }

  yield* Effect.sleep(sweepEvery).pipe(
    Effect.andThen(Clock.currentTimeMillis),
    Effect.map((now) => {
      makeRoom(now)
      giveUpOverdue(now)
    }),
    Effect.forever,
    forkEssential
  )

  return Capacity.of({
    wait: Effect.whileLoop({ while: () => busy.free() <= 0, body: () => hasRoom.await, step: () => {} }),
    meet: (tenantId) => void tenants.add(tenantId),
    mayEnter: (tenantId) => isWithinShare(busy, tenantId),
    enter: (tenantId, now, limit) => {
      const place: Place = { tenantId, since: now, limit }
      busy.add(place)
      if (busy.free() <= 0) hasRoom.closeUnsafe()
      setInFlight(busy.all.size + waiting.all.size)
      return place
    },
    leave: (place) => {
      if (!waiting.remove(place) && busy.remove(place) && busy.free() > 0) hasRoom.openUnsafe()
      setInFlight(busy.all.size + waiting.all.size)
    }
  })
})

interface Places {
  /** In the order in which they were taken. */
  readonly all: ReadonlySet<Place>
  readonly free: () => number
  readonly heldBy: (tenantId: string) => number
  readonly add: (place: Place) => void
  /** Whether it was there. */
  readonly remove: (place: Place) => boolean
}

const makePlaces = (max: number): Places => {
  const all = new Set<Place>()
  const held = new Map<string, number>()
  return {
    all,
    free: () => max - all.size,
    heldBy: (tenantId) => held.get(tenantId) ?? 0,
    add: (place) => {
      all.add(place)
      held.set(place.tenantId, (held.get(place.tenantId) ?? 0) + 1)
    },
    remove: (place) => {
      if (!all.delete(place)) return false
      const left = held.get(place.tenantId)! - 1
      if (left > 0) held.set(place.tenantId, left)
      else held.delete(place.tenantId)
      return true
    }
  }
}
