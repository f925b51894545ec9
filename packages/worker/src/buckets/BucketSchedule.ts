/**
 * The schedule of a bucket: a heap of due times, and each check from the moment it is due until its decision is in the
 * Recorder's buffer. Decisions are made without suspension, so memory and buffer never disagree.
 */
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import { runAfterJump, skippedSlots } from "@v-insight/domain/rules/slots"
import { Clock, DateTime, Duration, Effect, FiberSet, Latch, type Scope } from "effect"
import { Alarm } from "./Alarm.ts"
import { Alerting } from "../alerting/Alerting.ts"
import { type BucketVerdicts, isTurn } from "./BucketVerdicts.ts"
import type { RunAnswer } from "./BucketRepo.ts"
import { Capacity } from "./Capacity.ts"
import { type Checked, Checker, longestMs, overdue } from "../Checker.ts"
import { decideCheck } from "../recording/DecidedCheck.ts"
import { logDefect } from "../Defect.ts"
import { DueHeap } from "./DueHeap.ts"
import { CurrentEra } from "../clock/Era.ts"
import { countSkippedSlots, observeLagSeconds } from "../metrics/Metrics.ts"
import { logTrouble, paused, type Possession } from "./Possession.ts"
import { Recorder } from "../Recorder.ts"
import { isSameCheck, type ScheduledMonitor } from "./ScheduledMonitor.ts"

/** The cluster keeps the shard until these are over; the fence covers what remains. */
const finishChecksWithin = "1 second"
/** The heap is looked at this often at least (a machine that slept is late by no more); a change wakes it at once. */
const idleMs = 60_000

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

/** What became of a decision; known once the lease is settled. */
interface Fate {
  readonly isRefused: boolean
}

const isCurrent = ({ monitor, turn }: Due): boolean => turn === monitor.turn

export interface Schedule {
  /** Puts a monitor that is active and not being checked into the heap, and drops its older entries. */
  readonly plan: (monitor: ScheduledMonitor) => Effect.Effect<void>
  /** Checks what is due, for ever. */
  readonly run: Effect.Effect<never>
}

export const make = Effect.fnUntraced(function* (
  { answer, forgetRemoved, lease, monitors, region }: Possession,
  { suspect }: BucketVerdicts
): Effect.fn.Return<Schedule, never, Alarm | Alerting | Capacity | Checker | Recorder | Scope.Scope> {
  const recorder = yield* Recorder
  const checker = yield* Checker
  const capacity = yield* Capacity
  const alarm = yield* Alarm
  const alerting = yield* Alerting
  const era = yield* CurrentEra

  const checks = yield* FiberSet.make<void>()
  const fork = yield* FiberSet.runtime(checks)()
  yield* Effect.addFinalizer(() => FiberSet.awaitEmpty(checks).pipe(Effect.timeoutOption(finishChecksWithin)))

  const heap = new DueHeap<Due>()
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
      return yield* answer(requests, paused).pipe(Effect.catchTag("SqlError", logTrouble("A run could not be refused")))
    }
    // Edited meanwhile: this says nothing of what is watched now. The slot is still due and is checked again.
    if (!isSameCheck(plan, monitor.plan)) {
      monitor.waiting.unshift(...requests)
      monitor.isUrgent ||= isUrgent
      return
    }
    const fate = conclude(monitor, slot, checked)
    if (requests.length > 0) yield* tell(monitor, slot, checked, requests, fate)
  })

  /**
   * Without suspension: the new state in memory and its row in the buffer come into being together; and end together,
   * when PostgreSQL does not take the row. Its slot stays unseen, the next one follows the one before.
   */
  const conclude = (monitor: ScheduledMonitor, slot: number, checked: Checked): Fate => {
    const {
      lastSlot,
      memory,
      plan: { policy, timing },
      rules,
      state
    } = monitor
    const fate = { isRefused: false }
    const terms = { policy, intervalMs: timing.intervalMs, watch: alerting.watch(monitor) }
    const decided = decideCheck(monitor, checked, terms, slot)
    recorder.record(lease, decided.row, () => {
      fate.isRefused = true
      Object.assign(monitor, { lastSlot, memory, rules, state })
    })
    monitor.state = decided.row.state
    monitor.memory = decided.memory
    monitor.rules = decided.rules
    monitor.lastSlot = slot
    const { event, evidence } = decided.turn
    if (monitor.isShared && isTurn(state, monitor.state, event)) {
      suspect(monitor, evidence && { ...evidence, checkedAt: checked.checkedAt })
    }
    return fate
  }

  /** Only what was committed is told; what was not, the next incarnation finds unanswered and does again. */
  const tell = Effect.fnUntraced(function* (
    monitor: ScheduledMonitor,
    slot: number,
    checked: Checked,
    requests: ReadonlyArray<string>,
    fate: Fate
  ) {
    yield* recorder.settle(lease)
    if (lease.isLost) return
    if (fate.isRefused) {
      return yield* answer(requests, refused).pipe(
        Effect.catchTag("SqlError", logTrouble("A run could not be answered"))
      )
    }
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
      fork(Effect.logError("A check did not end, and was given up").pipe(Effect.annotateLogs({ monitor: monitor.id })))
      // It may be decided already, and only be told.
      if (monitor.lastSlot < slot && monitor.isActive) {
        const checked = { checkedAt: now, outcome: overdue }
        const fate = conclude(monitor, slot, checked)
        if (requests.length > 0) fork(tell(monitor, slot, checked, requests, fate))
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

  const run = Effect.gen(function* () {
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

  return { plan, run }
})

const refused: RunAnswer = {
  error: { code: "INTERNAL_ERROR", message: "The result could not be stored; the worker's log says why." }
}

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))
