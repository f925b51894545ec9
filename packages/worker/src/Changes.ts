/**
 * What other processes tell this worker: a monitor changed, someone asks for a check. PostgreSQL's NOTIFY is lost while
 * the connection is, so each (re)connection also tells every listener to look for itself, and so does every half minute.
 */
import { PgClient, PgConnection } from "@effect/sql-pg"
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Context, Duration, Effect, Layer, Queue, type Scope, Stream } from "effect"

const resyncEvery = Duration.seconds(30)
const reconnectAfter = "1 second"
/** Per listener; when it is full the oldest are dropped, and the next resync finds what they told. */
const maxWaiting = 1000

export type Change =
  | { readonly _tag: "MonitorChanged"; readonly monitorId: string }
  | { readonly _tag: "RunRequested"; readonly requestId: string }
  /** A job called in: what follows from it is wanted now, not at the next slot. */
  | { readonly _tag: "JobCalled"; readonly monitorId: string; readonly kind: string }
  /** Alert rules or maintenance windows of a tenant. */
  | { readonly _tag: "AlertingChanged"; readonly tenantId: string }
  /** Somebody wrote an escalation that is to be started. */
  | { readonly _tag: "EscalationWritten" }
  /** Something may have been missed: look at the tables. */
  | { readonly _tag: "Resync" }

export class Changes extends Context.Service<
  Changes,
  {
    /** What concerns one bucket, until the scope closes. */
    readonly ofBucket: (bucket: number) => Effect.Effect<Queue.Dequeue<Change>, never, Scope.Scope>
    /** Tries and channel tests, for any worker. */
    readonly ofWork: Effect.Effect<Queue.Dequeue<Change>, never, Scope.Scope>
    /** Notifications that the API wrote. */
    readonly ofNotifications: Effect.Effect<Queue.Dequeue<Change>, never, Scope.Scope>
    /** Escalations that are to be started. */
    readonly ofEscalations: Effect.Effect<Queue.Dequeue<Change>, never, Scope.Scope>
    /** What decisions look at beside the check. */
    readonly ofAlerting: Effect.Effect<Queue.Dequeue<Change>, never, Scope.Scope>
  }
>()("@v-insight/worker/Changes") {
  static readonly layer = Layer.effect(
    Changes,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const listeners = new Map<string, Set<Queue.Queue<Change>>>()

      const subscribe = (topic: string) =>
        Effect.acquireRelease(
          Effect.map(Queue.sliding<Change>(maxWaiting), (queue) => {
            const queues = listeners.get(topic) ?? new Set()
            listeners.set(topic, queues.add(queue))
            return queue
          }),
          (queue) =>
            Effect.andThen(
              Effect.sync(() => listeners.get(topic)?.delete(queue)),
              Queue.shutdown(queue)
            )
        )

      const tell = (topic: string, change: Change): void => {
        for (const queue of listeners.get(topic) ?? []) Queue.offerUnsafe(queue, change)
      }
      const tellPayload = (channel: keyof typeof topicOf, payload: string): void => {
        const told = topicOf[channel](payload.split(" "))
        if (told !== undefined) tell(told.topic, told.change)
      }
      const resync = Effect.sync(() => {
        for (const topic of listeners.keys()) tell(topic, { _tag: "Resync" })
      })

      /** One connection of its own hears every channel, until it is lost. */
      const listen = Effect.gen(function* () {
        const connection = yield* Effect.flatMap(PgConnection.make(sql.config), ({ pin }) => pin)
        const hear = Effect.fnUntraced(function* (channel: keyof typeof topicOf) {
          const notifications = yield* connection.listen(channel)
          return Stream.fromQueue(notifications).pipe(
            Stream.runForEach(({ payload }) => Effect.sync(() => tellPayload(channel, payload)))
          )
        })
        const heard = yield* Effect.forEach(Object.keys(topicOf) as ReadonlyArray<keyof typeof topicOf>, hear)
        yield* resync
        yield* Effect.all(heard, { concurrency: "unbounded", discard: true })
      })

      yield* Effect.scoped(listen).pipe(
        Effect.catchTag("SqlError", (error) =>
          Effect.logWarning("Listening for changes was interrupted").pipe(
            Effect.annotateLogs({ reason: describeSqlError(error) })
          )
        ),
        Effect.andThen(Effect.sleep(reconnectAfter)),
        Effect.forever,
        forkEssential
      )
      // One after the other: all at once, the buckets would open every connection of the pool and keep it open.
      const resyncInTurn = Effect.gen(function* () {
        const topics = [...listeners.keys()]
        for (const topic of topics) {
          tell(topic, { _tag: "Resync" })
          yield* Effect.sleep(Duration.divideUnsafe(resyncEvery, topics.length))
        }
        if (topics.length === 0) yield* Effect.sleep(resyncEvery)
      })
      yield* Effect.sleep(resyncEvery).pipe(Effect.andThen(Effect.forever(resyncInTurn)), Effect.forkScoped)

      return Changes.of({
        ofBucket: (bucket) => subscribe(`bucket ${bucket}`),
        ofWork: subscribe("work"),
        ofNotifications: subscribe("notifications"),
        ofEscalations: subscribe("escalations"),
        ofAlerting: subscribe("alerting")
      })
    })
  )
}

/** What a NOTIFY payload means, and whom it concerns. */
const topicOf = {
  /** `<bucket> <monitorId>` */
  monitor_changed: ([bucket, monitorId]: ReadonlyArray<string>) =>
    monitorId === undefined
      ? undefined
      : { topic: `bucket ${bucket}`, change: { _tag: "MonitorChanged", monitorId } as const },
  /** `<kind> <tenantId> <requestId> <bucket or ->` */
  work_requested: ([kind, , requestId, bucket]: ReadonlyArray<string>) =>
    requestId === undefined
      ? undefined
      : { topic: kind === "run" ? `bucket ${bucket}` : "work", change: { _tag: "RunRequested", requestId } as const },
  /** `<bucket> <monitorId> <kind>` */
  job_called: ([bucket, monitorId, kind]: ReadonlyArray<string>) =>
    monitorId === undefined || kind === undefined
      ? undefined
      : { topic: `bucket ${bucket}`, change: { _tag: "JobCalled", monitorId, kind } as const },
  escalations_pending: () => ({ topic: "escalations", change: { _tag: "EscalationWritten" } as const }),
  notifications_pending: () => ({ topic: "notifications", change: { _tag: "Resync" } as const }),
  /** `<tenantId>` */
  alerting_changed: ([tenantId]: ReadonlyArray<string>) =>
    tenantId === undefined ? undefined : { topic: "alerting", change: { _tag: "AlertingChanged", tenantId } as const }
}
