/**
 * One incarnation of a bucket: take the lease, load the monitors, check what is due, until interrupted by the cluster
 * or until the lease is lost. From the heap to the Checker, through the pure decision, to the Recorder.
 */
import type { PgClient } from "@effect/sql-pg"
import type { SecretBox } from "@v-insight/database/SecretBox"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { BelievedStatus } from "@v-insight/domain/rules/decide"
import { runAfterJump, skippedSlots } from "@v-insight/domain/rules/slots"
import { Clock, DateTime, Duration, Effect, FiberSet, Latch, Queue, type Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { Alarm } from "./Alarm.ts"
import { make as makeBucketRepo, type RunAnswer } from "./BucketRepo.ts"
import { Capacity } from "./Capacity.ts"
import { type Change, Changes } from "./Changes.ts"
import { type Checked, Checker, longestMs, overdue } from "./Checker.ts"
import { decideCheck } from "./DecidedCheck.ts"
import { logDefect } from "./Defect.ts"
import { DueHeap } from "./DueHeap.ts"
import { CurrentEra } from "./Era.ts"
import type { LeaseLost } from "./Lease.ts"
import { addBuckets, addMonitors, countSkippedSlots, observeLagSeconds } from "./Metrics.ts"
import { Recorder } from "./Recorder.ts"
import { fromRow, isSameCheck, type MonitorRow, planOf, type ScheduledMonitor } from "./ScheduledMonitor.ts"

/** The cluster keeps the shard until these are over; the fence covers what remains. */
const finishChecksWithin = "1 second"
const settleWithin = "3 seconds"
/** The heap is looked at this often at least (a machine that slept is late by no more); a change wakes it at once. */
const idleMs = 60_000
const followAgainAfter = "1 second"

/** Outdated entries of the heap beyond one per monitor before they are swept out. */
const spareEntries = 64

/** When a check of a tenant that holds its share of the places is looked at again. */
const postponedMs = 500

interface Due {
  readonly at: number
  /** When it was due before it was postponed. */
  readonly since: number
  readonly slot: number
  readonly turn: number
  readonly monitor: ScheduledMonitor
}

const isCurrent = ({ monitor, turn }: Due): boolean => turn === monitor.turn

/** How far to look: at what was told, at all that changed, or also at requests that an earlier owner left undone. */
type Extent = "told" | "changes" | "everything"

export const make = Effect.fnUntraced(function* ({
  owner,
  region
}: {
  readonly owner: string
  readonly region: string
}) {
  const repo = yield* makeBucketRepo(region)
  const recorder = yield* Recorder
  const checker = yield* Checker
  const capacity = yield* Capacity
  const alarm = yield* Alarm
  const changes = yield* Changes
  const era = yield* CurrentEra

  const run = Effect.fnUntraced(function* (bucket: number): Effect.fn.Return<never, LeaseLost | SqlError, Scope.Scope> {
    const lease = yield* repo.take(bucket, owner)
    const news = yield* changes.ofBucket(bucket)
    const monitors = new Map<string, ScheduledMonitor>()
    for (const row of yield* repo.load(bucket)) {
      capacity.meet(row.tenantId)
      monitors.set(row.id, yield* fromRow(row))
    }

    // Finalizers run in reverse: running checks finish, the rest is interrupted, then what was decided is written.
    yield* Effect.addFinalizer(() => recorder.settle(lease).pipe(Effect.timeoutOption(settleWithin)))
    const checks = yield* FiberSet.make<void>()
    const fork = yield* FiberSet.runtime(checks)()
    yield* Effect.addFinalizer(() => FiberSet.awaitEmpty(checks).pipe(Effect.timeoutOption(finishChecksWithin)))
    yield* Effect.acquireRelease(
      Effect.sync(() => addBuckets(1)),
      () => Effect.sync(() => (addBuckets(-1), addMonitors(-monitors.size)))
    )
    addMonitors(monitors.size)

    const heap = new DueHeap<Due>()
    /** "Run now" requests that this incarnation has claimed and not answered yet. */
    const held = new Set<string>()
    const wake = Latch.makeUnsafe(false)

    /** When a monitor runs next, and under which slot. */
    const nextOf = Effect.fnUntraced(function* (
      { isUrgent, lastSlot, plan: { next }, waiting }: ScheduledMonitor,
      now: number
    ) {
      if (waiting.length > 0 || isUrgent) return { at: now, slot: Math.max(now, lastSlot + 1) }
      const [slot, delay] = yield* Effect.orDie(next(now, lastSlot))
      return { at: now + Duration.toMillis(delay), slot }
    })

    /** Puts a monitor that is active and not being checked into the heap, and drops its older entries. */
    const plan = Effect.fnUntraced(function* (monitor: ScheduledMonitor, isAfterJump = false) {
      const turn = ++monitor.turn
      if (!monitor.isActive || monitor.isRunning) return
      const now = yield* Clock.currentTimeMillis
      const { at, slot } =
        isAfterJump && monitor.waiting.length === 0 && !monitor.isUrgent
          ? runAfterJump(monitor.plan.timing, now, monitor.lastSlot)
          : yield* nextOf(monitor, now)
      const due = { at, since: at, slot, turn, monitor }
      heap.push(due)
      // Each edit or run leaves an entry behind until its time comes, which may be in a day.
      if (heap.size > 2 * monitors.size + spareEntries) heap.keep(isCurrent)
      if (heap.peek() === due) wake.openUnsafe()
    })

    const check = Effect.fnUntraced(function* (
      monitor: ScheduledMonitor,
      slot: number,
      requests: ReadonlyArray<string>,
      isUrgent: boolean
    ) {
      const { plan } = monitor
      const checked = yield* checker.run(monitor, { isWatched: requests.length > 0 })
      // Paused or removed meanwhile: an incident would open that nothing closes.
      if (!monitor.isActive) {
        return yield* answer(requests, paused).pipe(
          Effect.catchTag("SqlError", logTrouble("A run could not be refused"))
        )
      }
      // Edited meanwhile: this says nothing of what is watched now. The slot is still due and is checked again.
      if (!isSameCheck(plan, monitor.plan)) {
        monitor.waiting.unshift(...requests)
        monitor.isUrgent ||= isUrgent
        return
      }
      conclude(monitor, slot, checked)
      if (requests.length > 0) yield* tell(monitor, slot, checked, requests)
    })

    /** Without suspension: the new state in memory and its row in the buffer come into being together. */
    const conclude = (monitor: ScheduledMonitor, slot: number, checked: Checked): void => {
      const { memory, row } = decideCheck(monitor, checked, monitor.plan.policy, slot)
      recorder.record(lease, row)
      monitor.state = row.state
      monitor.memory = memory
      monitor.lastSlot = slot
    }

    /** Only what was committed is told; what was not, the next incarnation finds unanswered and does again. */
    const tell = Effect.fnUntraced(function* (
      monitor: ScheduledMonitor,
      slot: number,
      checked: Checked,
      requests: ReadonlyArray<string>
    ) {
      yield* recorder.settle(lease)
      if (lease.isLost) return
      yield* answer(requests, {
        data: {
          monitorId: monitor.id as MonitorId,
          region,
          slot: iso(slot),
          checkedAt: iso(checked.checkedAt),
          ...checked.outcome
        }
      }).pipe(Effect.catchTag("SqlError", logTrouble("A run could not be answered")))
    })

    const answer = (requests: ReadonlyArray<string>, reply: RunAnswer) => {
      for (const request of requests) held.delete(request)
      return Effect.forEach(requests, (request) => repo.answerRun(request, reply), { discard: true })
    }

    const start = (due: Due, now: number): void => {
      const { monitor, slot } = due
      const requests = monitor.waiting
      const { isUrgent } = monitor
      monitor.waiting = []
      monitor.isUrgent = false
      monitor.isRunning = true
      observeLagSeconds((now - due.since) / 1000)
      if (requests.length === 0 && !isUrgent) {
        const skipped = skippedSlots(monitor.plan.timing, monitor.lastSlot, slot)
        if (skipped > 0) countSkippedSlots(skipped)
      }
      const giveUp = (): void => {
        fork(
          Effect.logError("A check did not end, and was given up").pipe(Effect.annotateLogs({ monitor: monitor.id }))
        )
        // It may be decided already, and only be told.
        if (monitor.lastSlot < slot && monitor.isActive) {
          const checked = { checkedAt: now, outcome: overdue }
          conclude(monitor, slot, checked)
          if (requests.length > 0) fork(tell(monitor, slot, checked, requests))
        }
        // Last: the monitor is planned anew as soon as its check is gone.
        fiber.interruptUnsafe()
      }
      const place = capacity.enter(monitor.tenantId, now, { until: now + longestMs(monitor.plan), giveUp })
      const done = Effect.suspend(() => {
        monitor.isRunning = false
        forgetRemoved(monitor)
        return plan(monitor)
      })
      const checking = check(monitor, slot, requests, isUrgent).pipe(
        // The monitor goes on with its next slot; nobody else would hear of it.
        Effect.catchDefect((defect) => logDefect("What a check found could not be recorded", defect)),
        Effect.ensuring(done)
      )
      const fiber = fork(checking)
      fiber.addObserver(() => capacity.leave(place))
    }

    const schedule = Effect.gen(function* () {
      for (const monitor of monitors.values()) yield* plan(monitor)
      let planned = era.number
      while (true) {
        yield* recorder.room
        yield* capacity.wait
        if (era.number !== planned) {
          planned = era.number
          heap.keep(() => false)
          for (const monitor of monitors.values()) yield* plan(monitor, true)
        }
        const now = yield* Clock.currentTimeMillis
        const first = heap.peek()
        if (first === undefined || first.at > now) {
          wake.closeUnsafe()
          alarm.set(wake, Math.min(first?.at ?? Number.POSITIVE_INFINITY, now + idleMs))
          yield* wake.await
          continue
        }
        heap.pop()
        if (!isCurrent(first)) continue
        if (capacity.mayEnter(first.monitor.tenantId)) start(first, now)
        else heap.push({ ...first, at: now + postponedMs })
      }
    })

    const apply = Effect.fnUntraced(function* (row: MonitorRow) {
      const known = monitors.get(row.id)
      if (known === undefined) {
        if (row.isRemoved) return
        const monitor = yield* fromRow(row)
        capacity.meet(row.tenantId)
        monitors.set(row.id, monitor)
        addMonitors(1)
        return yield* plan(monitor)
      }
      if (known.version === row.version) return
      known.version = row.version
      known.isActive = row.isActive
      known.isRemoved = row.isRemoved
      known.plan = yield* planOf(row)
      forgetRemoved(known)
      yield* plan(known)
      if (!known.isActive) yield* answer(known.waiting.splice(0), paused)
    })

    /** Kept while its check is under way: restored meanwhile, a second one of it would break the chain of the first. */
    const forgetRemoved = (monitor: ScheduledMonitor): void => {
      if (monitor.isRemoved && !monitor.isRunning && monitors.delete(monitor.id)) addMonitors(-1)
    }

    /**
     * A call that only says what is believed already waits for the next slot. While a check is under way nobody knows
     * whether it has seen the call, so there is another one after it.
     */
    const hearOf = Effect.fnUntraced(function* (change: Change) {
      if (change._tag !== "JobCalled") return
      const monitor = monitors.get(change.monitorId)
      if (monitor === undefined || !monitor.isActive || monitor.isUrgent) return
      if (!monitor.isRunning && isNoNews(change.kind, monitor.state.status)) return
      monitor.isUrgent = true
      yield* plan(monitor)
    })

    const catchUp = Effect.fnUntraced(function* (told: ReadonlyArray<Change>, extent: Extent) {
      const ids = new Set(told.flatMap((change) => (change._tag === "MonitorChanged" ? [change.monitorId] : [])))
      if (extent !== "told") {
        const since = Math.max(0, ...Array.from(monitors.values(), ({ version }) => version))
        for (const row of yield* repo.changed(bucket, { since })) yield* apply(row)
      } else if (ids.size > 0) {
        for (const row of yield* repo.changed(bucket, { ids: [...ids] })) yield* apply(row)
      }
      for (const change of told) yield* hearOf(change)
      if (extent === "told" && !told.some(({ _tag }) => _tag === "RunRequested")) return
      const runs = yield* repo.claimRuns(bucket, owner, extent === "everything" ? { allBut: held } : "new")
      // Made or resumed a moment ago, maybe: the request may be heard of before the change.
      const asleep = runs.filter(({ monitorId }) => monitors.get(monitorId)?.isActive !== true)
      if (asleep.length > 0) {
        for (const row of yield* repo.changed(bucket, { ids: asleep.map(({ monitorId }) => monitorId) }))
          yield* apply(row)
      }
      const refused: Array<string> = []
      for (const { id, monitorId } of runs) {
        const monitor = monitors.get(monitorId)
        if (monitor?.isActive === true) {
          held.add(id)
          monitor.waiting.push(id)
          yield* plan(monitor)
        } else refused.push(id)
      }
      yield* answer(refused, paused)
    })

    /** Edits and "run now" requests, as they come and, after anything may have been missed, from the tables. */
    const follow = Effect.gen(function* () {
      let mustLook = true
      while (true) {
        const told: ReadonlyArray<Change> = mustLook ? yield* Queue.clear(news) : yield* Queue.takeAll(news)
        const isResync = told.some(({ _tag }) => _tag === "Resync")
        const extent: Extent = mustLook ? "everything" : isResync ? "changes" : "told"
        mustLook = yield* Effect.matchEffect(catchUp(told, extent), {
          onSuccess: () => Effect.succeed(false),
          onFailure: (error) =>
            logTrouble("Changes could not be read")(error).pipe(
              Effect.andThen(Effect.sleep(followAgainAfter)),
              Effect.as(true)
            )
        })
      }
    })

    return yield* Effect.raceAllFirst([schedule, follow, lease.lost])
  })

  return (bucket: number): Effect.Effect<never, LeaseLost | SqlError> => Effect.scoped(run(bucket))
}) satisfies (options: {
  readonly owner: string
  readonly region: string
}) => Effect.Effect<unknown, never, PgClient.PgClient | SecretBox | Alarm | Recorder | Checker | Capacity | Changes>

const isNoNews = (kind: string, status: BelievedStatus): boolean =>
  kind === "fail" ? status === "down" : kind === "success" ? status === "up" : status === "up" || status === "down"

const paused: RunAnswer = { error: { code: "CONFLICT", message: "The monitor is paused. Resume it first." } }

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const logTrouble = (message: string) => (error: SqlError) =>
  Effect.logWarning(message).pipe(Effect.annotateLogs({ reason: describeSqlError(error) }))
