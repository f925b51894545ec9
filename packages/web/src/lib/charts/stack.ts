/** The marks of the phase stack, in a drawing of 1000 by 1000 that is stretched to its place. */
import { latency, latencyUnit } from "#lib/words/check.ts"
import type { PhaseBucket } from "./phases.ts"
import { phaseNames } from "./points.ts"
import { round, scaleTexts, spread, ticks } from "./scale.ts"

const side = 1000
const labelGap = 0.1

export const stackPaths = (buckets: ReadonlyArray<PhaseBucket>) => {
  const from = buckets[0]?.at ?? 0
  const length = Math.max(1, (buckets.at(-1)?.at ?? 0) - from)
  // What is under each phase: sums of the phases before it.
  const floors = buckets.map(({ phases }) =>
    phases.reduce<ReadonlyArray<number>>((sums, value) => [...sums, sums.at(-1)! + value], [0])
  )
  const values = ticks(Math.max(1, ...floors.map((sums) => sums.at(-1)!)), 3)
  const maximum = values.at(-1)!
  const texts = scaleTexts(values, latencyUnit(maximum), latency)
  const x = (at: number) => round(((at - from) / length) * side)
  const y = (value: number) => round((1 - value / maximum) * side)
  const edge = (level: number) => buckets.map(({ at }, index) => `${x(at)} ${y(floors[index]![level]!)}`)
  const needed = phaseNames
    .map((_, phase) => phase)
    .filter((phase) => buckets.some(({ phases }) => (phases[phase] ?? 0) > 0))
  const last = buckets.at(-1)
  const middles = needed.map((phase) => {
    const sums = floors.at(-1) ?? []
    return y(((sums[phase] ?? 0) + (sums[phase + 1] ?? 0)) / 2) / side
  })
  const places = spread(middles, labelGap, 0, 1)
  return {
    areas: needed.map((phase) => ({ phase, d: `M${edge(phase + 1).join("L")}L${edge(phase).reverse().join("L")}z` })),
    ticks: values.map((value, index) => ({ text: texts[index]!, share: value / maximum })),
    ends: needed.map((phase, index) => ({ phase, value: last?.phases[phase] ?? 0, place: places[index]! }))
  }
}
