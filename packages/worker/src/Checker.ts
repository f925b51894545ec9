/**
 * Runs one check of one monitor: the try, and, when it fails while the monitor is not down yet, quick confirmations on
 * fresh connections within the same slot. Returns an outcome and never fails.
 */
import { Clock, Context, Duration, Effect, identity, Layer, Random, Result } from "effect"
import { type CheckOutcome, unknownOutcome } from "@v-insight/domain/model/CheckOutcome"
import { CheckEvidence } from "@v-insight/domain/monitor-types/CheckEvidence"
import { CheckSubject } from "@v-insight/domain/monitor-types/CheckSubject"
import { Effort } from "@v-insight/domain/monitor-types/Effort"
import { type CheckServices, runCheck } from "@v-insight/domain/monitor-types/registry"
import { invert } from "@v-insight/domain/rules/invert"
import { Connectivity, longestJudgementMs } from "./connectivity/Connectivity.ts"
import { isOfNetwork } from "./connectivity/networkFailure.ts"
import { logDefect } from "./Defect.ts"
import { make as makeEfforts } from "./buckets/Efforts.ts"
import { countBlinded, countCheck, observeCheckSeconds } from "./metrics/Metrics.ts"
import { OnBehalf } from "./net/OnBehalf.ts"
import { OperatorAlerts } from "./operator/OperatorAlerts.ts"
import { isSameCheck, type Plan, type ScheduledMonitor } from "./buckets/ScheduledMonitor.ts"
import { make as makeStalls, marginMs } from "./clock/Stalls.ts"

/** When a failing try is repeated: soon enough to tell people, late enough to outlive a dropped packet. */
const confirmAfterMs = { min: 1000, max: 2000 }

/** Beside the tries themselves, milliseconds: for what computes, and for a thread that is busy. */
const slackMs = 10_000

/** A try may wait for its turn as long as it may take; steps that wait longer, again and again, are given up. */
export const longestMs = ({ policy, timeoutMs }: Plan): number =>
  (policy.confirmations + 1) * (2 * timeoutMs + confirmAfterMs.max + longestJudgementMs) + slackMs

export interface Checked {
  readonly outcome: CheckOutcome
  /** When the first try began, epoch milliseconds. */
  readonly checkedAt: number
}

export class Checker extends Context.Service<
  Checker,
  {
    /** `isWatched`: somebody asked for this very check, so that the answer is kept even when all is well. */
    readonly run: (monitor: ScheduledMonitor, options: { readonly isWatched: boolean }) => Effect.Effect<Checked>
  }
>()("@v-insight/worker/Checker") {
  static readonly layer = Layer.effect(
    Checker,
    Effect.gen(function* () {
      const withServices = joining(yield* Effect.context<CheckServices>())
      const effortOf = yield* makeEfforts()
      const stalledMs = yield* makeStalls
      const connectivity = yield* Connectivity
      const alerts = yield* OperatorAlerts

      /** What a try found, unless it failed while we stood still, or while our own network was away. */
      const believing = <R>(
        { state, tenantId }: ScheduledMonitor,
        { inverted, spec, timeoutMs }: Plan,
        check: Effect.Effect<CheckOutcome, never, R>
      ): Effect.Effect<CheckOutcome, never, R> =>
        Effect.suspend(() => {
          const stalledBefore = stalledMs()
          const began = connectivity.elapsed()
          return Effect.flatMap(check, (outcome) => {
            const { address, error, status } = outcome
            if (status === "unknown" || Result.isFailure(spec)) return Effect.succeed(outcome)
            const isSilent = status === "down" && isOfNetwork(error?.code ?? "")
            if (!isSilent) connectivity.answered(tenantId, address, spec.success, began)
            if (status !== "down") return Effect.succeed(outcome)
            if (stalledMs() - stalledBefore > marginMs(timeoutMs) && !isDefinite(outcome)) {
              countBlinded()
              alerts.stalled()
              return Effect.succeed(stalled)
            }
            if (!isSilent) return Effect.succeed(outcome)
            const isGrave = !inverted && !state.isIncidentOpen
            return connectivity.judge(tenantId, outcome, { began, ended: connectivity.elapsed(), isGrave })
          })
        })

      const attempt = (monitor: ScheduledMonitor, plan: Plan, isWatched: boolean): Effect.Effect<CheckOutcome> =>
        Result.isSuccess(plan.spec)
          ? believing(monitor, plan, runCheck(plan.spec.success, { timeoutMs: plan.timeoutMs })).pipe(
              // All at once: each change of a fiber's context costs some microseconds.
              Effect.updateContext((context: Context.Context<never>) =>
                withServices(context).pipe(
                  Context.add(CheckSubject, { tenantId: monitor.tenantId, monitorId: monitor.id }),
                  Context.add(Effort, effortOf(monitor.tenantId)),
                  Context.add(OnBehalf, monitor.tenantId),
                  // An answer is what an inverted monitor alarms of.
                  isWatched || plan.inverted ? Context.add(CheckEvidence, true) : identity
                )
              ),
              plan.inverted ? Effect.map(invert) : identity,
              // Our mistake must neither count against the target nor pass in silence.
              Effect.catchDefect((defect) => Effect.as(logDefect("A check broke", defect), broken))
            )
          : Effect.succeed(unreadable)

      return Checker.of({
        run: Effect.fnUntraced(function* (monitor, { isWatched }) {
          const { plan, state } = monitor
          const checkedAt = yield* Clock.currentTimeMillis
          let outcome = yield* attempt(monitor, plan, isWatched)
          let attempts = 1
          // How many failing tries are still missing before the monitor counts as down.
          const missing = state.isIncidentOpen ? 0 : plan.policy.confirmations - state.failures
          const isStillMeant = () => monitor.isActive && isSameCheck(plan, monitor.plan)
          while (outcome.status === "down" && attempts <= missing && isStillMeant()) {
            yield* Effect.sleep(Duration.millis(yield* Random.nextBetween(confirmAfterMs.min, confirmAfterMs.max)))
            outcome = yield* attempt(monitor, plan, isWatched)
            attempts++
          }
          countCheck(outcome.status)
          if (outcome.timings.totalUs !== null) observeCheckSeconds(outcome.timings.totalUs / 1_000_000)
          return { outcome: attempts === 1 ? outcome : { ...outcome, attempts }, checkedAt }
        })
      })
    })
  )
}

/** Joining contexts copies both, 4 % of a check; all checks of a bucket come with the same one. */
const joining = (services: Context.Context<CheckServices>) => {
  const known = new WeakMap<Context.Context<never>, Context.Context<CheckServices>>()
  return (context: Context.Context<never>): Context.Context<CheckServices> => {
    const found = known.get(context)
    if (found !== undefined) return found
    const joined = Context.merge(context, services)
    known.set(context, joined)
    return joined
  }
}

/** What the target itself said, however late we heard it: no stall of ours makes that up. */
const isDefinite = ({ error }: CheckOutcome): boolean => definite.has(error?.code ?? "")
const definite: ReadonlySet<string> = new Set(["unexpected_status", "connection_refused", "dns_failed"])

const unreadable = unknownOutcome({
  code: "invalid_settings",
  message: "The stored settings cannot be read by this version. Open the monitor and save it again."
})
const stalled = unknownOutcome({
  code: "worker_stalled",
  message: "V-Insight itself stood still during the check, so what came of it says nothing about the target."
})
/** Of a check that did not end by itself, which is our mistake. */
export const overdue = unknownOutcome({
  code: "overdue",
  message: "V-Insight gave this check up: it did not end in time."
})
const broken = unknownOutcome({
  code: "internal_error",
  message: "V-Insight itself failed, so the target was not looked at."
})
