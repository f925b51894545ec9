/**
 * What the worker counts, for /metrics. Labels are few and bounded: no tenant, no monitor, no host. Updated without a
 * fiber, because the hot path does so several times per check.
 */
import { Context, Metric } from "effect"
import type { CheckStatus } from "@v-insight/domain/model/CheckOutcome"

const nowhere = Context.empty()
const secondsBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** On the page from the start: of a series that begins with 1, nobody sees that it has grown. */
const fromZero = <M extends Metric.Metric<number, unknown>>(metric: M): M => {
  metric.updateUnsafe(0, nowhere)
  return metric
}
const counter = (name: string, description: string) => {
  const metric = fromZero(Metric.counter(name, { description, incremental: true }))
  return (by = 1) => metric.updateUnsafe(by, nowhere)
}
const gauge = (name: string, description: string) => {
  const metric = Metric.gauge(name, { description })
  return (value: number) => metric.updateUnsafe(value, nowhere)
}
/** Known from the start: nothing yet. */
const level = (name: string, description: string) => {
  const set = gauge(name, description)
  set(0)
  return set
}
const total = (name: string, description: string) => {
  const set = level(name, description)
  let value = 0
  return (by: number) => set((value += by))
}
const seconds = (name: string, description: string) => {
  const metric = Metric.histogram(name, { description, boundaries: secondsBoundaries })
  return (value: number) => metric.updateUnsafe(value, nowhere)
}

const checks = Metric.counter("vinsight_checks_total", { description: "Checks done, by status", incremental: true })
const checksBy: Readonly<Record<CheckStatus, Metric.Counter<number>>> = {
  up: fromZero(Metric.withAttributes(checks, { status: "up" })),
  degraded: fromZero(Metric.withAttributes(checks, { status: "degraded" })),
  down: fromZero(Metric.withAttributes(checks, { status: "down" })),
  unknown: fromZero(Metric.withAttributes(checks, { status: "unknown" }))
}

export const countCheck = (status: CheckStatus): void => checksBy[status].updateUnsafe(1, nowhere)
export const observeCheckSeconds = seconds("vinsight_check_duration_seconds", "Duration of the last try of a check")
export const observeLagSeconds = seconds("vinsight_scheduling_lag_seconds", "From a slot to the start of its check")
export const countSkippedSlots = counter(
  "vinsight_slots_skipped_total",
  "Overdue slots that were coalesced into a newer one"
)
export const observeEventLoopLagSeconds = seconds(
  "vinsight_event_loop_lag_seconds",
  "How late a timer of this process fired, ten times a second"
)
export const countBlinded = counter(
  "vinsight_checks_blinded_total",
  "Failing checks that were not believed: this process stood still, or its network or resolver was away"
)

const blind = Metric.gauge("vinsight_worker_blind", {
  description: "1 while this worker cannot see what it watches, by reason; else 0"
})
const blindBy = new Map<string, Metric.Gauge<number>>()
/** Of a closed set of reasons. */
export const setBlind = (reason: string, isBlind: boolean): void => {
  const metric = blindBy.get(reason) ?? Metric.withAttributes(blind, { reason })
  blindBy.set(reason, metric)
  metric.updateUnsafe(isBlind ? 1 : 0, nowhere)
}
export const setInFlight = level("vinsight_checks_in_flight", "Checks under way")
export const addBuckets = total("vinsight_buckets_owned", "Buckets this worker schedules")
export const addMonitors = total("vinsight_monitors_scheduled", "Monitors this worker schedules")
export const setRollupLag = gauge("vinsight_rollup_lag_seconds", "Age of the newest rollup of five minutes")
export const setBuffered = level("vinsight_results_buffered", "Results that wait to be written")
export const observeFlushSeconds = seconds("vinsight_flush_duration_seconds", "Duration of one batch write")
export const countWritten = counter("vinsight_results_written_total", "Results committed")
export const countRefused = counter(
  "vinsight_results_refused_total",
  "Results refused by the fence: another worker owns the bucket"
)
export const observeRoundTripSeconds = seconds(
  "vinsight_database_round_trip_seconds",
  "From asking for a connection of the pool to the answer of a trivial statement, every ten seconds"
)
export const countFlushRetry = counter("vinsight_flush_retries_total", "Batch writes that were tried again")

const deliveries = Metric.counter("vinsight_deliveries_total", {
  description: "Delivery attempts, by result",
  incremental: true
})
const deliveriesBy = {
  sent: fromZero(Metric.withAttributes(deliveries, { result: "sent" })),
  retried: fromZero(Metric.withAttributes(deliveries, { result: "retried" })),
  failed: fromZero(Metric.withAttributes(deliveries, { result: "failed" }))
}
export const countDelivery = (result: keyof typeof deliveriesBy): void => deliveriesBy[result].updateUnsafe(1, nowhere)
