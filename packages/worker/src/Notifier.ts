/**
 * Delivers what was decided. Pending notifications are the outbox: they are handed to a persisted queue, which keeps
 * them through crashes, and delivered with backoff. The id is the same on every attempt. An opening comes before its
 * recovery; a receiver that stays away for a day is given up.
 */
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { deliver, type DeliverServices } from "@v-insight/domain/channel-types/registry"
import { Cause, Data, Effect, Latch, Layer, Option, Queue, Schedule, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import { SqlError } from "effect/sql"
import { Changes } from "./Changes.ts"
import { logDefect } from "./Defect.ts"
import { make as makeDeliveries, type PendingNotification } from "./Deliveries.ts"
import { countDelivery } from "./Metrics.ts"
import { Recorder } from "./Recorder.ts"

/** Deliveries at once: each waits up to 15 s for its receiver. */
const concurrency = 16
/** 1 s, 2 s, 4 s ... at most 10 min: a receiver that stays away is given up after about a day. */
const backoff = Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("10 minutes")]).pipe(Schedule.jittered)
const maxAttempts = 150
const relayBatch = 500
const relayAtLeastEvery = "30 seconds"
const troubleWait = "1 second"
/** What is under way when the worker stops is finished and recorded: otherwise it would be told twice. */
const finishWithin = "4 seconds"
/**
 * A message that was taken by its receiver is recorded as soon as the database takes it: until then it may be told
 * again. Sooner than the queue gives it to another worker once the database is back.
 */
const recordAgainAfter = "100 millis"
const recordWithin = "2 minutes"

const Delivery = Schema.Struct({ tenantId: Schema.String, id: Schema.String })

/** Not given up at once: a worker may have been started with another VINSIGHT_SECRET by mistake. */
const sealed = "The channel's secret cannot be read: save the channel again."

/** Not delivered yet: the queue tries again later. */
class Postponed extends Data.TaggedError("Postponed")<{ readonly why: string }> {}

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const deliveries = yield* makeDeliveries
    const services = yield* Effect.context<DeliverServices>()
    const recorder = yield* Recorder
    const changes = yield* Changes
    const queue = yield* PersistedQueue.make({
      name: "notifications",
      schema: Delivery,
      maxAttempts,
      retrySchedule: backoff
    })

    /** The queue drops ids it knows: relaying twice, after a crash in between, delivers once. */
    const relay = Effect.gen(function* () {
      while (true) {
        const rows = yield* deliveries.unrelayed(relayBatch)
        yield* Effect.forEach(rows, ({ id, tenantId }) => queue.offer({ id, tenantId }, { id }), { discard: true })
        if (rows.length > 0) yield* deliveries.markRelayed(rows.map(({ id }) => id))
        if (rows.length < relayBatch) return
      }
    })

    let isStopping = false
    let underWay = 0
    const finished = Latch.makeUnsafe(true)
    /** Counted, so that a stop can wait for it. */
    const finishing = <A, E>(delivery: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        underWay++
        finished.closeUnsafe()
        return Effect.ensuring(
          delivery,
          Effect.sync(() => {
            if (--underWay === 0) finished.openUnsafe()
          })
        )
      })

    const attempt = Effect.fnUntraced(function* (notification: PendingNotification, attempts: number) {
      const { channelId, event, id, tenantId } = notification
      const giveUp = (error: string) => {
        countDelivery("failed")
        return deliveries.record(tenantId, id, { status: "failed", error, responseStatus: null })
      }
      if (notification.type === "incident.resolved" && (yield* deliveries.isOpeningPending(notification))) {
        // The queue forgets it after its last attempt; the ledger must not say "pending" for ever.
        if (attempts >= maxAttempts) return yield* giveUp("The message before it was not delivered.")
        return yield* new Postponed({ why: "the opening is not delivered yet" })
      }
      const channel = yield* deliveries
        .findChannel(tenantId, channelId)
        .pipe(Effect.catchDefect((defect) => Effect.as(logDefect("A channel cannot be used", defect), undefined)))
      if (channel === undefined) {
        if (attempts >= maxAttempts) return yield* giveUp(sealed)
        yield* deliveries.record(tenantId, id, { status: "pending", error: sealed, responseStatus: null })
        return yield* new Postponed({ why: "its secret cannot be opened" })
      }
      if (Option.isNone(channel)) return yield* giveUp("The channel was removed.")
      if (!channel.value.isEnabled) return yield* giveUp("The channel was disabled.")
      yield* deliver(channel.value.spec, { id, event }).pipe(
        Effect.provideContext(services),
        Effect.matchEffect({
          onSuccess: ({ status }) => {
            countDelivery("sent")
            return deliveries
              .record(tenantId, id, { status: "sent", error: null, responseStatus: status })
              .pipe(Effect.retry(Schedule.spaced(recordAgainAfter).pipe(Schedule.upTo({ duration: recordWithin }))))
          },
          onFailure: Effect.fnUntraced(function* ({ permanent, reason, status }) {
            const isLast = permanent || attempts >= maxAttempts
            countDelivery(isLast ? "failed" : "retried")
            yield* deliveries.record(tenantId, id, {
              status: isLast ? "failed" : "pending",
              error: reason.message,
              responseStatus: status
            })
            if (!isLast) return yield* new Postponed({ why: reason.code })
          })
        }),
        finishing
      )
    })

    const deliverNext = queue.take(({ id, tenantId }, { attempts }) =>
      deliveries.findPending(tenantId, id).pipe(
        // The queue gives it to another worker at once.
        Effect.tap(() => (isStopping ? Effect.interrupt : Effect.void)),
        Effect.flatMap(
          Option.match({ onNone: () => Effect.void, onSome: (notification) => attempt(notification, attempts) })
        )
      )
    )

    const news = yield* changes.ofNotifications
    const relayWhenNeeded = Effect.gen(function* () {
      yield* relay
      yield* Effect.raceFirst(recorder.turned.await, Queue.take(news)).pipe(Effect.timeoutOption(relayAtLeastEvery))
      recorder.turned.closeUnsafe()
    })

    yield* forkEssential(Effect.forever(survive(relayWhenNeeded)))
    yield* Effect.forEach(
      Array.from({ length: concurrency }),
      () => forkEssential(Effect.forever(survive(deliverNext))),
      {
        discard: true
      }
    )
    // Finalizers run in reverse: this one before the loops are interrupted.
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isStopping = true
        return finished.await.pipe(Effect.timeoutOption(finishWithin))
      })
    )
  })
)

/** A delivery that failed waits in the queue; other trouble is logged and waited out. Nothing but a stop ends the loop. */
const survive = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<void, never, R> =>
  Effect.matchCauseEffect(effect, {
    onSuccess: () => Effect.void,
    onFailure: (cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt
      const error = Cause.squash(cause)
      if (error instanceof Postponed) return Effect.void
      const reason = SqlError.isSqlError(error)
        ? describeSqlError(error)
        : error instanceof Error
          ? error.message
          : "unknown"
      return Effect.logWarning("Notifications have to wait").pipe(
        Effect.annotateLogs({ reason }),
        Effect.andThen(Effect.sleep(troubleWait))
      )
    }
  })
