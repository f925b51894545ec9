/**
 * What changes in a tenant, as it changes, to every open screen of it. There is no log of events: rows carry the instant
 * they were written, and the newest state of what changed since a watermark is read, once per tenant, when PostgreSQL
 * announces something, and every few seconds in case an announcement was lost.
 */
import { LiveRepo } from "@v-insight/database/repo/LiveRepo"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Fiber, Latch, Layer, type Scope } from "effect"
import { Announcements } from "./Announcements.ts"
import { Subscriber } from "./Subscriber.ts"

/**
 * A row may become visible this long after the instant it carries: no transaction of ours lives longer. Looking back
 * that far also covers the time between the making of a page and its first connection here.
 */
const overlapUs = 6_000_000
/** A screen that slept longer reads anew with the first event; whoever says 0 must not make us read all there ever was. */
const longestSleepUs = 24 * 60 * 60 * 1_000_000
const lookEvery = "5 seconds"
/** When the database is away. */
const troubleWait = "2 seconds"
/** Of each kind, per statement. */
const batch = 1000
/** 20 such batches: beyond it a browser that comes back reads the page anew anyway. */
const maxBatches = 20

export class LiveFeed extends Context.Service<
  LiveFeed,
  {
    /** From `since` (epoch microseconds, at most a day ago) on, or from now, and a little before; until the scope closes. */
    readonly subscribe: (since: number | undefined) => Effect.Effect<Subscriber, never, TenantContext | Scope.Scope>
    readonly connections: () => number
    /** Those of one tenant. */
    readonly connectionsOf: (tenantId: string) => number
    /** Ends every stream, also those that are still opening: the process stops. */
    readonly end: Effect.Effect<void>
  }
>()("@v-insight/server/live/LiveFeed") {
  static readonly layer = Layer.effect(
    LiveFeed,
    Effect.suspend(() => make)
  )
}

/** The open screens of one tenant. */
interface Room {
  readonly subscribers: Set<Subscriber>
  readonly changed: Latch.Latch
  reader: Fiber.Fiber<unknown>
}

const make = Effect.gen(function* () {
  const repo = yield* LiveRepo
  const scope = yield* Effect.scope
  const rooms = new Map<string, Room>()
  let connections = 0
  let isEnded = false

  yield* (yield* Announcements).listen({
    on: {
      live: (payload) => {
        for (const tenantId of payload.split(",")) rooms.get(tenantId)?.changed.openUnsafe()
      }
    },
    onConnected: () => {
      for (const { changed } of rooms.values()) changed.openUnsafe()
    }
  })

  /** Everything since an instant, to some; answers with the instant of the newest. */
  const deliver = Effect.fnUntraced(function* (since: number, to: Iterable<Subscriber>) {
    let newest = since
    let from: number | undefined = since - overlapUs
    for (let round = 0; round < maxBatches && from !== undefined; round++) {
      const { items, next }: Effect.Success<ReturnType<typeof repo.listChangedSince>> = yield* repo.listChangedSince(
        from,
        batch
      )
      for (const subscriber of to) subscriber.offer(items)
      newest = Math.max(newest, items.at(-1)?.version ?? 0)
      from = next
    }
    return newest
  })

  const read = Effect.fnUntraced(function* (room: Room, start: number) {
    let watermark = start
    while (true) {
      yield* Effect.timeoutOption(room.changed.await, lookEvery)
      room.changed.closeUnsafe()
      watermark = yield* deliver(watermark, room.subscribers).pipe(
        // Reported where requests fail; here the next look will tell.
        Effect.catchCause(() => Effect.as(Effect.sleep(troubleWait), watermark))
      )
    }
  })

  const join = Effect.fnUntraced(function* (subscriber: Subscriber, now: number) {
    const { tenantId } = yield* TenantContext
    const found = rooms.get(tenantId)
    if (found !== undefined) {
      found.subscribers.add(subscriber)
      return
    }
    const room: Room = {
      subscribers: new Set([subscriber]),
      changed: Latch.makeUnsafe(false),
      reader: undefined as never
    }
    rooms.set(tenantId, room)
    room.reader = yield* Effect.forkIn(read(room, now), scope)
  })

  const leave = Effect.fnUntraced(function* (subscriber: Subscriber) {
    const { tenantId } = yield* TenantContext
    const room = rooms.get(tenantId)
    room?.subscribers.delete(subscriber)
    if (room === undefined || room.subscribers.size > 0) return
    rooms.delete(tenantId)
    yield* Fiber.interrupt(room.reader)
  })

  return LiveFeed.of({
    subscribe: Effect.fn("LiveFeed.subscribe")(function* (since) {
      const now = yield* repo.now
      const start = Math.min(Math.max(since ?? now, now - longestSleepUs), now)
      const subscriber = new Subscriber(start - overlapUs)
      yield* Effect.acquireRelease(
        Effect.suspend(() => {
          connections++
          return join(subscriber, now)
        }),
        () =>
          Effect.suspend(() => {
            connections--
            return leave(subscriber)
          })
      )
      // Asked the database for the time while all others were ended.
      if (isEnded) subscriber.end()
      else yield* deliver(start, [subscriber])
      return subscriber
    }),
    connections: () => connections,
    connectionsOf: (tenantId) => rooms.get(tenantId)?.subscribers.size ?? 0,
    end: Effect.sync(() => {
      isEnded = true
      for (const { subscribers } of rooms.values()) for (const subscriber of subscribers) subscriber.end()
    })
  })
})
