/**
 * How many checks this worker runs at once, over all its buckets: beyond it the cost of each check rises several times.
 * Only those count that keep it busy. A check that has taken a while waits for its target, which costs nothing but a
 * socket: it makes room, so that targets that hang do not delay the others. And no tenant takes all places: one with
 * more monitors than places would keep everybody else from being checked.
 */
import { forkEssential } from "@v-insight/database/Process"
import { Clock, Context, Effect, Layer } from "effect"
import { Line } from "./Line.ts"
import { setInFlight } from "../metrics/Metrics.ts"
import { Neighbours } from "./Neighbours.ts"
import { Shares } from "../Shares.ts"

/** A tenant gets to three quarters of the places (Shares.ts). */
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
    /** Waits while every place is taken, in line with all who do. */
    readonly wait: Effect.Effect<void>
    /** There are monitors of this tenant; one that is alone may take all places. */
    readonly meet: (tenantId: string) => void
    /** Whether another check of the tenant leaves enough for the others. */
    readonly mayEnter: (tenantId: string) => boolean
    readonly enter: (tenantId: string, now: number, limit: Limit) => Place
    /** Once, when the check has ended. */
    readonly leave: (place: Place) => void
  }
>()("@v-insight/worker/buckets/Capacity") {
  static readonly layer = (max: number): Layer.Layer<Capacity> => Layer.effect(Capacity, make(max))
}

const make = Effect.fnUntraced(function* (max: number) {
  const neighbours = new Neighbours()
  const busy = makePlaces(max)
  const waiting = makePlaces(maxWaiting)
  const line = new Line(() => busy.shares.free > 0)

  const isWithinShare = ({ shares }: Places, tenantId: string): boolean =>
    neighbours.isAlone || shares.isWithinShare(tenantId)

  const makeRoom = (now: number): void => {
    // The oldest first.
    for (const place of busy.all) {
      if (now - place.since < patienceMs) break
      if (waiting.shares.free === 0) break
      if (!isWithinShare(waiting, place.tenantId)) continue
      busy.remove(place)
      waiting.add(place)
    }
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
      neighbours.forget(now)
      line.call()
    }),
    Effect.forever,
    forkEssential
  )

  return Capacity.of({
    wait: line.wait,
    meet: (tenantId) => neighbours.meet(tenantId),
    mayEnter: (tenantId) => isWithinShare(busy, tenantId),
    enter: (tenantId, now, limit) => {
      const place: Place = { tenantId, since: now, limit }
      neighbours.meet(tenantId)
      busy.add(place)
      setInFlight(busy.all.size + waiting.all.size)
      return place
    },
    leave: (place) => {
      if (!waiting.remove(place) && busy.remove(place)) line.call()
      setInFlight(busy.all.size + waiting.all.size)
    }
  })
})

interface Places {
  /** In the order in which they were taken. */
  readonly all: ReadonlySet<Place>
  readonly shares: Shares
  readonly add: (place: Place) => void
  /** Whether it was there. */
  readonly remove: (place: Place) => boolean
}

const makePlaces = (max: number): Places => {
  const all = new Set<Place>()
  const shares = new Shares(max, heldPerFree)
  return {
    all,
    shares,
    add: (place) => {
      all.add(place)
      shares.take(place.tenantId)
    },
    remove: (place) => {
      if (!all.delete(place)) return false
      shares.giveBack(place.tenantId)
      return true
    }
  }
}
