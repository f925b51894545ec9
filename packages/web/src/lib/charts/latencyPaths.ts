/** The marks of the latency chart, in a drawing of 1000 by 1000 that is stretched to its place. */
import { latency, latencyUnit } from "#lib/words/check.ts"
import type { Bucket, Series } from "./latency.ts"
import { round, scaleTexts, spread, ticks } from "./scale.ts"

const side = 1000
/** Labels at line ends keep this share of the height from each other: 13 of 162 px. */
const labelGap = 0.085
/** A few slow checks must not flatten all the others: the scale ends at this multiple of the typical p95. */
const outlierFactor = 4

type Percentile = "p50" | "p95" | "p99"

export const latencyPaths = (series: Series) => {
  const known = series.buckets.filter((bucket) => bucket !== undefined)
  const top: Percentile = series.kind === "single" ? "p50" : "p99"
  const highest = Math.max(0, ...known.map((bucket) => bucket[top]))
  const typical = known.map((bucket) => bucket.p95).sort((a, b) => a - b)[Math.floor(known.length * 0.9)] ?? highest
  const values = ticks(Math.min(highest, typical * outlierFactor) || 1000, 4)
  const maximum = values.at(-1)!
  const texts = scaleTexts(values, latencyUnit(maximum), latency)
  const x = (at: number) => round(((at - series.from) / Math.max(1, series.to - series.from)) * side)
  const y = (value: number) => round((1 - Math.min(1, value / maximum)) * side)
  const runs = runsOf(series.buckets)
  const line = (key: Percentile) =>
    runs.map((run) => `M${run.map((bucket) => `${x(bucket.at)} ${y(bucket[key])}`).join("L")}`).join("")
  const last = known.at(-1)
  const names: ReadonlyArray<Percentile> = series.kind === "single" ? ["p50"] : ["p50", "p95", "p99"]
  const places =
    last === undefined
      ? []
      : spread(
          names.map((name) => y(last[name]) / side),
          labelGap,
          0,
          1
        )
  return {
    p50: line("p50"),
    p95: line("p95"),
    p99: line("p99"),
    band: runs
      .map((run) => {
        const edge = (key: Percentile, buckets: ReadonlyArray<Bucket>) =>
          buckets.map((bucket) => `${x(bucket.at)} ${y(bucket[key])}`).join("L")
        return `M${edge("p95", run)}L${edge("p50", run.toReversed())}z`
      })
      .join(""),
    /** A check that stands alone has no line. */
    dots: runs.filter((run) => run.length === 1).map(([only]) => `M${x(only!.at)} ${y(only!.p50)}h0`),
    ticks: values.map((value, index) => ({ text: texts[index]!, share: value / maximum })),
    ends: last === undefined ? [] : names.map((name, index) => ({ name, value: last[name], place: places[index]! }))
  }
}

const runsOf = (buckets: ReadonlyArray<Bucket | undefined>): ReadonlyArray<ReadonlyArray<Bucket>> => {
  const runs: Array<Array<Bucket>> = []
  let isOpen = false
  for (const bucket of buckets) {
    if (bucket === undefined) isOpen = false
    else if (isOpen) runs.at(-1)!.push(bucket)
    else {
      runs.push([bucket])
      isOpen = true
    }
  }
  return runs
}
