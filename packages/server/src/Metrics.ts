/**
 * What the API counts, for /metrics. Labels are few and bounded: path templates and statuses, no tenant, no id. Updated
 * without a fiber, because every request does so.
 */
import { Context, Metric } from "effect"

const nowhere = Context.empty()
const secondsBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const requests = Metric.counter("vinsight_http_requests_total", {
  description: "Requests answered, by endpoint and status",
  incremental: true
})
const durations = Metric.histogram("vinsight_http_request_duration_seconds", {
  description: "From a request's head to its answer's, by endpoint",
  boundaries: secondsBoundaries
})

/** As many as there are endpoints, times the few statuses each can have. */
const counters = new Map<string, Metric.Counter<number>>()
const timers = new Map<string, Metric.Histogram<number>>()

export const countRequest = (endpoint: string, status: number, seconds: number): void => {
  const key = `${status} ${endpoint}`
  let counter = counters.get(key)
  if (counter === undefined) {
    counter = Metric.withAttributes(requests, { endpoint, status: String(status) })
    counters.set(key, counter)
  }
  let timer = timers.get(endpoint)
  if (timer === undefined) {
    timer = Metric.withAttributes(durations, { endpoint })
    timers.set(endpoint, timer)
  }
  counter.updateUnsafe(1, nowhere)
  timer.updateUnsafe(seconds, nowhere)
}

const gauge = (name: string, description: string) => {
  const metric = Metric.gauge(name, { description })
  return (value: number) => metric.updateUnsafe(value, nowhere)
}
export const setTransactions = gauge(
  "vinsight_database_transactions",
  "Transactions under way or waiting for a connection"
)
export const setLiveConnections = gauge("vinsight_live_connections", "Open live streams")
export const setWorkPending = gauge("vinsight_work_requests_pending", "Requests that wait for a worker's answer")
