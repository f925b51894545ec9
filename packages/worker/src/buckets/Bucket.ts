/**
 * One incarnation of a bucket: take the lease, load the monitors, check what is due, until interrupted by the cluster
 * or until the lease is lost. What is due: BucketSchedule; what changes meanwhile: BucketNews; what other regions
 * say: BucketVerdicts.
 */
import type { PgClient } from "@effect/sql-pg"
import type { SecretBox } from "@v-insight/database/SecretBox"
import { Context, Effect, Scope, Semaphore } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Alarm } from "./Alarm.ts"
import type { Alerting } from "../alerting/Alerting.ts"
import { follow } from "./BucketNews.ts"
import { make as makeBucketRepo } from "./BucketRepo.ts"
import { make as makeSchedule } from "./BucketSchedule.ts"
import { make as makeVerdicts } from "./BucketVerdicts.ts"
import { Capacity } from "./Capacity.ts"
import { Changes } from "../Changes.ts"
import type { Checker } from "../Checker.ts"
import type { Lease, LeaseLost } from "./Lease.ts"
import { addBuckets, addMonitors } from "../metrics/Metrics.ts"
import type { Possession } from "./Possession.ts"
import { Recorder } from "../Recorder.ts"
import { fromRow, type ScheduledMonitor } from "./ScheduledMonitor.ts"
import type { Verdicts } from "../verdicts/Verdicts.ts"

/** The cluster keeps the shard until this is over; the fence covers what remains. */
const settleWithin = "3 seconds"
/** Buckets that begin at once: the first ones check while the last ones still wait, however slow the machine. */
const maxBeginning = 4

export const make = Effect.fnUntraced(function* ({
  owner,
  region
}: {
  readonly owner: string
  readonly region: string
}) {
  const repo = yield* makeBucketRepo(region)
  const recorder = yield* Recorder
  const capacity = yield* Capacity
  const changes = yield* Changes
  const beginning = yield* Semaphore.make(maxBeginning)
  // Each incarnation has a scope of its own.
  const services = Context.omit(Scope.Scope)(
    yield* Effect.context<Alarm | Alerting | Capacity | Checker | Recorder | Verdicts>()
  )

  /** What is changed after the rows were read is among the news. */
  const begin = Effect.fnUntraced(function* (bucket: number) {
    const lease = yield* repo.take(bucket, owner)
    const news = yield* changes.ofBucket(bucket)
    return { lease, news, rows: yield* repo.load(bucket) }
  }, beginning.withPermit)

  const run = Effect.fnUntraced(function* (
    bucket: number,
    onBegun: (lease: Lease) => void
  ): Effect.fn.Return<
    never,
    LeaseLost | SqlError,
    Scope.Scope | Alarm | Alerting | Capacity | Checker | Recorder | Verdicts
  > {
    const { lease, news, rows } = yield* begin(bucket)
    const monitors = new Map<string, ScheduledMonitor>()
    for (const row of rows) {
      capacity.meet(row.tenantId)
      monitors.set(row.id, yield* fromRow(row))
    }
    const held = new Set<string>()
    const possession: Possession = {
      bucket,
      region,
      owner,
      lease,
      repo,
      monitors,
      held,
      answer: (requests, reply) => {
        for (const request of requests) held.delete(request)
        return Effect.forEach(requests, (request) => repo.answerRun(request, reply), { discard: true })
      },
      forgetRemoved: (monitor) => {
        if (monitor.isRemoved && !monitor.isRunning && monitors.delete(monitor.id)) addMonitors(-1)
      }
    }

    // Finalizers run in reverse: running checks finish, the rest is interrupted, then what was decided is written.
    yield* Effect.addFinalizer(() => recorder.settle(lease).pipe(Effect.timeoutOption(settleWithin)))
    const verdicts = yield* makeVerdicts(possession)
    const schedule = yield* makeSchedule(possession, verdicts)
    yield* Effect.acquireRelease(
      Effect.sync(() => addBuckets(1)),
      () => Effect.sync(() => (addBuckets(-1), addMonitors(-monitors.size)))
    )
    addMonitors(monitors.size)
    onBegun(lease)
    return yield* Effect.raceAllFirst([
      schedule.run,
      follow(possession, schedule, verdicts, news),
      verdicts.run,
      lease.lost
    ])
  })

  /** `onBegun` is told of the lease when all is ready to check. */
  return (bucket: number, onBegun: (lease: Lease) => void = () => {}): Effect.Effect<never, LeaseLost | SqlError> =>
    run(bucket, onBegun).pipe(Effect.provideContext(services), Effect.scoped)
}) satisfies (options: {
  readonly owner: string
  readonly region: string
}) => Effect.Effect<
  unknown,
  never,
  PgClient.PgClient | SecretBox | Alarm | Alerting | Recorder | Checker | Capacity | Changes | Verdicts
>
