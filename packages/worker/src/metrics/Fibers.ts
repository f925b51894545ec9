/** How many fibers live. One that is forked and never ends would not be noticed otherwise: it only costs memory. */
import { Layer, Metric } from "effect"

let alive = 0

export const fibersAlive = (): number => alive

/** Two additions for a fiber; Effect's own counters cost four updates of metrics. Counts those that start below it. */
export const layer = Layer.succeed(Metric.FiberRuntimeMetrics, {
  recordFiberStart: () => void alive++,
  recordFiberEnd: () => void alive--
})
