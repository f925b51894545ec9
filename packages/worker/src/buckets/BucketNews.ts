/**
 * What changes in a bucket while it runs: edits of its monitors, requests to check now, calls of jobs. As they are told
 * and, after anything may have been missed, from the tables.
 */
import type { State } from "@v-insight/domain/rules/decide"
import { Effect, Queue } from "effect"
import { rested } from "../alerting/memory.ts"
import type { Schedule } from "./BucketSchedule.ts"
import type { BucketVerdicts } from "./BucketVerdicts.ts"
import { Capacity } from "./Capacity.ts"
import type { Change } from "../Changes.ts"
import { addMonitors } from "../metrics/Metrics.ts"
import { logTrouble, paused, type Possession } from "./Possession.ts"
import { fromRow, type MonitorRow, planOf } from "./ScheduledMonitor.ts"

const followAgainAfter = "1 second"

/** How far to look: at what was told, at all that changed, or also at requests that an earlier owner left undone. */
type Extent = "told" | "changes" | "everything"

/** Follows the news, for ever. */
export const follow = Effect.fnUntraced(function* (
  { answer, bucket, forgetRemoved, held, monitors, owner, repo }: Possession,
  { plan }: Schedule,
  { suspect }: BucketVerdicts,
  news: Queue.Dequeue<Change>
): Effect.fn.Return<never, never, Capacity> {
  const capacity = yield* Capacity

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
    if (row.isActive && !known.isActive) known.rules = rested(known.rules)
    known.isActive = row.isActive
    known.isRemoved = row.isRemoved
    known.isShared = row.isShared
    known.isFirstRegion = row.isFirstRegion
    known.tags = row.tags
    if (row.isShared) suspect(known, undefined)
    known.plan = yield* planOf(row)
    forgetRemoved(known)
    yield* plan(known)
    if (!known.isActive) yield* answer(known.waiting.splice(0), paused)
  })

  /**
   * A call that only says what is believed already waits for the next slot. While a check is under way nobody knows
   * whether it has seen the call, so there is another one after it.
   */
  const hearOf = Effect.fnUntraced(function* (change: Change) {
    if (change._tag !== "JobCalled") return
    const monitor = monitors.get(change.monitorId)
    if (monitor === undefined || !monitor.isActive || monitor.isUrgent) return
    if (!monitor.isRunning && isNoNews(change.kind, monitor.state)) return
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

const isNoNews = (kind: string, { flapping, notedIn, status }: State): boolean => {
  switch (kind) {
    case "fail":
      return (status === "down" && !flapping.isWell) || (status === "maintenance" && notedIn !== null)
    case "success":
      return status === "up" || status === "maintenance" || flapping.isWell
    default:
      return status === "up" || status === "down" || status === "maintenance"
  }
}
