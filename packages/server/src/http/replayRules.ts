/** Replays versions of an alert rule over the checks of monitors, one monitor after the other, one piece at a time. */
import { rfc3339 } from "@v-insight/database/repo/instant"
import type { SimulatedMonitor, SimulationRepo } from "@v-insight/database/repo/SimulationRepo"
import type { SimulatedRule, SimulationProgress, SimulationResult } from "@v-insight/domain/api/Simulations"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import { isInScope, type Scope } from "@v-insight/domain/rules/scope"
import { MonitorReplay } from "@v-insight/domain/rules/simulate"
import { type ReplayedRule, RuleTally, type TallyResult } from "@v-insight/domain/rules/simulatedTally"
import { Clock, Effect } from "effect"

/** How often progress is told at most, milliseconds. */
const tellEvery = 250

/** A version of a rule that is replayed: the draft first, then the rule as it is. */
export interface Version {
  readonly rule: ReplayedRule
  readonly scope: Scope
}

/** Checks between which others have their turn: some milliseconds. */
const atOnce = 1_000

/** From one instant to another, epoch milliseconds. */
export const replayRules = (repo: SimulationRepo["Service"]) =>
  Effect.fnUntraced(function* (
    monitors: ReadonlyArray<SimulatedMonitor>,
    versions: ReadonlyArray<Version>,
    from: number,
    to: number,
    tell: (progress: SimulationProgress) => void
  ) {
    const tallies = versions.map(({ rule }) => new RuleTally(rule))
    const withCertificates = versions.some(({ rule }) => rule.condition.trigger === "ssl_expiry")
    let [checks, oldest, toldAt] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const [monitorsDone, monitor] of monitors.entries()) {
      const own = tallies.filter((_, index) => isInScope(versions[index]!.scope, monitor))
      const one = new MonitorReplay(monitor, own)
      for (let at = startOf(monitor, from, to); at !== undefined;) {
        const now = yield* Clock.currentTimeMillis
        if (now - toldAt >= tellEvery) {
          const share = (monitorsDone + (at - from) / (to - from)) / monitors.length
          tell({ monitorsDone, monitors: monitors.length, checks, share })
          toldAt = now
        }
        const piece: Effect.Success<ReturnType<typeof repo.read>> = yield* repo.read(monitor, at, to, withCertificates)
        for (const [index, check] of piece.checks.entries()) {
          one.feed(check)
          if (index % atOnce === atOnce - 1) yield* Effect.yieldNow
        }
        checks += piece.checks.length
        oldest = Math.min(oldest, piece.checks[0]?.at ?? oldest)
        at = piece.next
      }
      one.finish(to)
    }
    const [draft, present] = tallies.map(({ result }) => toRule(result))
    const result: SimulationResult = {
      from: rfc3339(from),
      to: rfc3339(to),
      oldestCheckAt: Number.isFinite(oldest) ? rfc3339(oldest) : null,
      checks,
      draft: draft!,
      present: present ?? null
    }
    return result
  })

/** Where its checks can begin; undefined: it is newer. */
const startOf = ({ createdAt }: SimulatedMonitor, from: number, to: number): number | undefined =>
  createdAt >= to ? undefined : Math.max(from, createdAt)

const toRule = ({ newest, ...sums }: TallyResult): SimulatedRule => ({
  ...sums,
  newest: newest.map(({ endedAt, firstFailureAt, monitorId, startedAt, toldAt, ...incident }) => ({
    ...incident,
    monitorId: monitorId as MonitorId,
    firstFailureAt: rfc3339(firstFailureAt),
    startedAt: rfc3339(startedAt),
    endedAt: endedAt === null ? null : rfc3339(endedAt),
    toldAt: toldAt === null ? null : rfc3339(toldAt)
  }))
})
