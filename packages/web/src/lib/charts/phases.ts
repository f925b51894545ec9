/** Where the time of a request goes, over time. */
import { latency } from "#lib/words/check.ts"
import { phaseNames } from "./points.ts"
import { quantile } from "./scale.ts"
import type { Step } from "./series.ts"

export interface PhaseBucket {
  /** Epoch milliseconds. */
  readonly at: number
  /** Means in the order of `phaseNames`, microseconds; 0 where a phase was not needed. */
  readonly phases: ReadonlyArray<number>
}

/** In runs without a gap. A step that stands alone is no picture. */
export const phaseRuns = (steps: ReadonlyArray<Step>, stepMs: number): ReadonlyArray<ReadonlyArray<PhaseBucket>> => {
  const runs: Array<Array<PhaseBucket>> = [[]]
  for (const { at, phases } of steps) {
    if (phases === null) runs.push([])
    else runs.at(-1)!.push({ at: at + stepMs / 2, phases })
  }
  return runs.filter(({ length }) => length > 1)
}

const gerunds = ["resolving the name", "connecting", "the TLS handshake", "waiting for the first byte", "the body"]

/** What takes longest, as a sentence. */
export const phaseFinding = (runs: ReadonlyArray<ReadonlyArray<PhaseBucket>>): string => {
  const buckets = runs.flat()
  const typical = phaseNames.map((_, phase) =>
    quantile(
      buckets.map(({ phases }) => phases[phase] ?? 0).sort((a, b) => a - b),
      0.5
    )
  )
  const all = typical.reduce((sum, value) => sum + value, 0)
  const largest = typical.indexOf(Math.max(...typical))
  const share = all === 0 ? 0 : Math.floor((typical[largest]! / all) * 100)
  return `Most of the time goes into ${gerunds[largest]}: ${latency(typical[largest]!)}, ${share}\u00a0%.`
}
