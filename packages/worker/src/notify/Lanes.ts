/**
 * A lane per channel: a durable queue of its own, whose takers live only while there is something in it. So a receiver
 * that is dead keeps nobody else's messages, and channels that are silent cost nothing. Why: docs/adr/0024.
 */
import { Cause, Clock, Duration, Effect, FiberSet, Latch, Option, Schedule, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import type { SqlError } from "effect/sql/SqlError"
import { logDefect } from "../Defect.ts"
import { type Done, make as makeDelivery } from "./Delivery.ts"
import { type Channel, LaneTurns } from "./LaneTurns.ts"
import { Places, quickMs } from "./Places.ts"

/** Deliveries at once to one channel, by one worker. */
const takers = 2
/** A lane in which nothing happens is closed, milliseconds: open, it asks the database every few seconds. */
const idleMs = 15_000
/** The same while others wait for one. */
const crowdedIdleMs = 3_000
/** What more channels have waits until one of these is through; tenants share them. */
const maxOpen = 500
/** One connection that is lost among many holds nobody up; of so many failures in a row it is not one among many. */
const toleratedLosses = 1
/** After a failure a lane waits so long before its next message, and longer with each: a dead receiver is not run down. */
const firstPauseMs = 250
const longestPauseMs = 10_000
/** Trouble of ours, with the database: not the receiver's. */
const troubleWait = "2 seconds"
/** Attempts are counted in the ledger; the queue gives none up. */
const neverGivenUp = 1_000_000
/** What is under way when the worker stops is finished and recorded: otherwise it would be told twice. */
const finishWithin = "4 seconds"

/** `relayedAt`: which handing on of the message is meant, epoch ms. What was handed on anew since is not delivered twice. */
const Element = Schema.Struct({ tenantId: Schema.String, id: Schema.String, relayedAt: Schema.Finite })

export interface Handed extends Channel {
  readonly id: string
  readonly relayedAt: number
}

class Lane {
  readonly channel: Channel
  readonly isWell = Latch.makeUnsafe(true)
  /** Failures in a row. */
  failures = 0
  resumeAt = 0
  /** Messages taken and not done with. */
  held = 0
  lastNews: number

  constructor(channel: Channel, now: number) {
    this.channel = channel
    this.lastNews = now
  }

  learn({ durationMs, kind }: Done, now: number): void {
    this.lastNews = now
    this.failures = kind === "lost" || kind === "failed" ? this.failures + 1 : 0
    const isTrouble = this.failures > (kind === "lost" ? toleratedLosses : 0)
    this.resumeAt = isTrouble ? now + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.failures - 1, 10)) : 0
    if (isTrouble || durationMs > quickMs) this.isWell.closeUnsafe()
    else this.isWell.openUnsafe()
  }
}

export interface Lanes {
  /** Puts messages into the queues of their lanes, as part of the transaction that is open. */
  readonly offer: (
    handed: ReadonlyArray<Handed>
  ) => Effect.Effect<void, PersistedQueue.PersistedQueueError | Schema.SchemaError>
  /** There is something in them. */
  readonly open: (channels: ReadonlyArray<Channel>) => void
  readonly openCount: () => number
}

/** `wake` is opened when something is due in the outbox that was not. */
export const make = Effect.fnUntraced(function* (wake: Latch.Latch) {
  const delivery = yield* makeDelivery
  const factory = yield* PersistedQueue.PersistedQueueFactory
  const clock = yield* Clock.Clock
  const fork = yield* FiberSet.makeRuntime()
  const places = new Places()
  const lanes = new Map<string, Lane>()
  const turns = new LaneTurns(maxOpen)
  const crowded = Latch.makeUnsafe(false)

  const queueOf = (channelId: string) =>
    factory.make({
      name: `channel/${channelId}`,
      schema: Element,
      maxAttempts: neverGivenUp,
      retrySchedule: Schedule.spaced(troubleWait)
    })

  let isStopping = false
  let underWay = 0
  const finished = Latch.makeUnsafe(true)
  /** Counted, so that a stop can wait for it. */
  const finishing = <A, E>(use: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      underWay++
      finished.closeUnsafe()
      return Effect.ensuring(
        use,
        Effect.sync(() => {
          if (--underWay === 0) finished.openUnsafe()
        })
      )
    })

  const takeOne = Effect.fnUntraced(function* (lane: Lane, element: typeof Element.Type, taken: number) {
    // The queue gives it to another worker at once.
    if (isStopping) return yield* Effect.interrupt
    const due = yield* delivery.findDue(element.tenantId, element.id, element.relayedAt)
    if (Option.isNone(due)) return
    const done = yield* finishing(delivery.attempt(due.value, taken))
    lane.learn(done, clock.currentTimeMillisUnsafe())
    if (done.isDueAnew) wake.openUnsafe()
  })

  const taker = Effect.fnUntraced(function* (lane: Lane, isFirst: boolean) {
    const queue = yield* queueOf(lane.channel.channelId)
    const next = Effect.gen(function* () {
      // Whoever does not answer well is asked by one alone.
      if (!isFirst) yield* lane.isWell.await
      const pause = lane.resumeAt - clock.currentTimeMillisUnsafe()
      if (pause > 0) yield* Effect.sleep(Duration.millis(pause))
      yield* queue.take((element, { attempts }) =>
        Effect.suspend(() => {
          lane.lastNews = clock.currentTimeMillisUnsafe()
          lane.held++
          const pace = lane.isWell.isOpen() ? "quick" : "patient"
          return Effect.ensuring(
            places.within(lane.channel.tenantId, pace, takeOne(lane, element, attempts)),
            Effect.sync(() => lane.held--)
          )
        })
      )
    })
    return yield* Effect.forever(survive(next))
  })

  const close = ({ channel }: Lane): void => {
    lanes.delete(channel.channelId)
    turns.leave(channel.tenantId).forEach(start)
    if (!turns.isCrowded) crowded.closeUnsafe()
  }
  /** Ends when nothing has happened for a while. Decided and taken out in one step: who opens it then opens another. */
  const untilIdle = (lane: Lane): Effect.Effect<void> =>
    Effect.gen(function* () {
      while (true) {
        const isCrowded = crowded.isOpen()
        const endsAt = Math.max(lane.lastNews, lane.resumeAt) + (isCrowded ? crowdedIdleMs : idleMs)
        const left = endsAt - clock.currentTimeMillisUnsafe()
        if (left <= 0 && lane.held === 0) return close(lane)
        const wait = Effect.sleep(Duration.millis(Math.max(left, 1000)))
        yield* isCrowded ? wait : Effect.raceFirst(wait, crowded.await)
      }
    })
  const start = (channel: Channel): void => {
    const lane = new Lane(channel, clock.currentTimeMillisUnsafe())
    lanes.set(channel.channelId, lane)
    const work = Effect.all(
      Array.from({ length: takers }, (_, index) => taker(lane, index === 0)),
      { concurrency: "unbounded", discard: true }
    )
    fork(Effect.raceFirst(untilIdle(lane), work))
  }

  // Finalizers run in reverse: this one before the lanes are interrupted.
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      isStopping = true
      return finished.await.pipe(Effect.timeoutOption(finishWithin))
    })
  )

  return {
    offer: Effect.fnUntraced(function* (handed) {
      for (const { channelId, id, relayedAt, tenantId } of handed) {
        const queue = yield* queueOf(channelId)
        yield* queue.offer({ id, tenantId, relayedAt }, { id: `${id}/${relayedAt}` })
      }
    }),
    open: (channels) => {
      for (const channel of channels) {
        const lane = lanes.get(channel.channelId)
        if (lane !== undefined) lane.lastNews = clock.currentTimeMillisUnsafe()
        else if (turns.enter(channel)) start(channel)
        else crowded.openUnsafe()
      }
    },
    openCount: () => lanes.size
  } satisfies Lanes as Lanes
})

/** A message that could not be looked at waits in the queue. Nothing but a stop ends the loop. */
const survive = <R>(effect: Effect.Effect<void, SqlError | PersistedQueue.PersistedQueueError, R>) =>
  Effect.matchCauseEffect(effect, {
    onSuccess: () => Effect.void,
    onFailure: (cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.andThen(logDefect("A delivery has to wait", Cause.squash(cause)), Effect.sleep(troubleWait))
  })
