/** The marks of the phase stack, in a drawing of 1000 by 1000 that is stretched to its place. */
import { latency, latencyUnit } from "#lib/words/check.ts"
import type { PhaseBucket } from "./phases.ts"
import { phaseNames } from "./points.ts"
import { round, scaleEnd, scaleTexts, spread, ticks } from "./scale.ts"

const side = 1000
const labelGap = 0.1

/** What is under each phase: sums of the phases before it. */
const floorsOf = ({ phases }: PhaseBucket): ReadonlyArray<number> =>
  phases.reduce<ReadonlyArray<number>>((sums, value) => [...sums, sums.at(-1)! + value], [0])

export const stackPaths = (runs: ReadonlyArray<ReadonlyArray<PhaseBucket>>, from: number, to: number) => {
  const buckets = runs.flat()
  const wholes = buckets.map((bucket) => floorsOf(bucket).at(-1)!)
  const values = ticks(Math.max(1, scaleEnd(Math.max(0, ...wholes), wholes)), 3)
  const maximum = values.at(-1)!
  const texts = scaleTexts(values, latencyUnit(maximum), latency)
  const x = (at: number) => round(((at - from) / Math.max(1, to - from)) * side)
  const y = (value: number) => round((1 - Math.min(1, value / maximum)) * side)
  const edge = (run: ReadonlyArray<PhaseBucket>, level: number) =>
    run.map((bucket) => `${x(bucket.at)} ${y(floorsOf(bucket)[level]!)}`)
  const area = (phase: number) =>
    runs.map((run) => `M${edge(run, phase + 1).join("L")}L${edge(run, phase).reverse().join("L")}z`).join("")
  const needed = phaseNames
    .map((_, phase) => phase)
    .filter((phase) => buckets.some(({ phases }) => (phases[phase] ?? 0) > 0))
  const last = buckets.at(-1)
  const sums = last === undefined ? [] : floorsOf(last)
  const middles = needed.map((phase) => y(((sums[phase] ?? 0) + (sums[phase + 1] ?? 0)) / 2) / side)
  const places = spread(middles, labelGap, 0, 1)
  return {
    areas: needed.map((phase) => ({ phase, d: area(phase) })),
    ticks: values.map((value, index) => ({ text: texts[index]!, share: value / maximum })),
    ends: needed.map((phase, index) => ({ phase, value: last?.phases[phase] ?? 0, place: places[index]! }))
  }
}
