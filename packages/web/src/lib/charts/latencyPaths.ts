/** The marks of the latency chart, in a drawing of 1000 by 1000 that is stretched to its place. */
import { latency, latencyUnit } from "#lib/words/check.ts"
import type { Bucket } from "./latency.ts"
import { round, scaleEnd, scaleTexts, spread, ticks } from "./scale.ts"

const side = 1000
/** Labels at line ends keep this share of the height from each other: 13 of 162 px. */
const labelGap = 0.085

const names = ["p50", "p95", "p99"] as const
type Percentile = (typeof names)[number]

export const latencyPaths = (buckets: ReadonlyArray<Bucket | undefined>, from: number, to: number) => {
  const known = buckets.filter((bucket) => bucket !== undefined)
  const highest = Math.max(0, ...known.map(({ p99 }) => p99))
  const values = ticks(
    scaleEnd(
      highest,
      known.map(({ p95 }) => p95)
    ) || 1000,
    4
  )
  const maximum = values.at(-1)!
  const texts = scaleTexts(values, latencyUnit(maximum), latency)
  const x = (at: number) => round(((at - from) / Math.max(1, to - from)) * side)
  const y = (value: number) => round((1 - Math.min(1, value / maximum)) * side)
  const runs = runsOf(buckets)
  const edge = (key: Percentile, run: ReadonlyArray<Bucket>) =>
    run.map((bucket) => `${x(bucket.at)} ${y(bucket[key])}`).join("L")
  const line = (key: Percentile) => runs.map((run) => `M${edge(key, run)}`).join("")
  const last = known.at(-1)
  // Of a single check all percentiles are the same: it is named once.
  const isSingle = last?.checks === 1
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
    band: runs.map((run) => `M${edge("p95", run)}L${edge("p50", run.toReversed())}z`).join(""),
    /** A step that stands alone has no line. */
    dots: runs
      .filter((run) => run.length === 1)
      .map(([only]) => `M${x(only!.at)} ${y(only!.p50)}h0`)
      .join(""),
    ticks: values.map((value, index) => ({ text: texts[index]!, share: value / maximum })),
    ends:
      last === undefined
        ? []
        : isSingle
          ? [{ name: "last", value: last.p50, place: y(last.p50) / side }]
          : names.map((name, index) => ({ name, value: last[name], place: places[index]! }))
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
