/** Latencies over time: percentiles where there are enough checks, the checks themselves where there are not. */
import { span } from "#lib/words/time.ts"
import { latency } from "#lib/words/check.ts"
import type { Point } from "./points.ts"
import { runsOf } from "./runs.ts"
import { quantile } from "./scale.ts"

export interface Bucket {
  readonly at: number
  readonly checks: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Fewer checks per bucket than this say nothing about the slowest of them. */
const enough = 6
const mostBuckets = 72

/** Only good checks have a latency worth comparing: a refused connection is quick. */
const measured = (points: ReadonlyArray<Point>): ReadonlyArray<Point & { readonly total: number }> =>
  points.filter((point): point is Point & { readonly total: number } => point.total !== null && point.status !== "down")

export interface Series {
  readonly kind: "percentiles" | "single"
  /** A gap where nothing was measured: undefined. */
  readonly buckets: ReadonlyArray<Bucket | undefined>
  readonly from: number
  readonly to: number
}

export const latencySeries = (points: ReadonlyArray<Point>): Series => {
  const from = points[0]?.at ?? 0
  const to = points.at(-1)?.at ?? 0
  const count = Math.min(mostBuckets, Math.floor(points.length / enough))
  if (count < 12) {
    return {
      kind: "single",
      from,
      to,
      buckets: runsOf(points).flatMap((run, index) => [...(index === 0 ? [] : [undefined]), ...run.map(alone)])
    }
  }
  const width = Math.max(1, (to - from) / count)
  const within: Array<Array<number>> = Array.from({ length: count }, () => [])
  for (const { at, total } of measured(points))
    within[Math.min(count - 1, Math.floor((at - from) / width))]!.push(total)
  return {
    kind: "percentiles",
    from,
    to,
    buckets: within.map((totals, index) => summary(totals, from + (index + 0.5) * width))
  }
}

const alone = (point: Point): Bucket | undefined =>
  point.total === null || point.status === "down" ? undefined : summary([point.total], point.at)

const summary = (totals: ReadonlyArray<number>, at: number): Bucket | undefined => {
  if (totals.length === 0) return undefined
  const sorted = totals.toSorted((a, b) => a - b)
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(sorted, share)) as [number, number, number]
  return { at, checks: sorted.length, p50, p95, p99 }
}

/** A change worth saying: the newest fifth against the four before. */
const noteworthy = 1.5

/** The finding, as a sentence for the caption. */
export const latencyFinding = (points: ReadonlyArray<Point>): string => {
  const totals = measured(points).map(({ total }) => total)
  if (totals.length === 0) return "No good check yet, so there is no latency to show."
  const median = medianOf(totals)
  const start = `Median ${latency(median)}`
  if (totals.length < 20) return `${start}.`
  const edge = Math.floor(totals.length * 0.8)
  const [before, lately] = [medianOf(totals.slice(0, edge)), medianOf(totals.slice(edge))]
  const since = measured(points)[edge]!.at
  const within = span(points.at(-1)!.at - since)
  if (lately >= before * noteworthy)
    return `${start}; slower in the last ${within}: ${latency(lately)} after ${latency(before)}.`
  if (before >= lately * noteworthy)
    return `${start}; faster in the last ${within}: ${latency(lately)} after ${latency(before)}.`
  const slowest = quantile(
    totals.toSorted((a, b) => a - b),
    0.95
  )
  return `${start}; 95\u00a0% within ${latency(slowest)}.`
}

export const medianOf = (values: ReadonlyArray<number>): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5
  )
