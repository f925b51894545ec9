/** Where the time of a request goes, over time. */
import { latency } from "#lib/words/check.ts"
import { medianOf } from "./latency.ts"
import { phaseNames, type Point } from "./points.ts"
import { runsOf } from "./runs.ts"

const mostBuckets = 48

export interface PhaseBucket {
  readonly at: number
  /** Medians in the order of `phaseNames`, microseconds; 0 where a phase was not needed. */
  readonly phases: ReadonlyArray<number>
}

/** In runs without a gap; outages are gaps too. Fewer than two good checks are no picture. */
export const phaseRuns = (points: ReadonlyArray<Point>): ReadonlyArray<ReadonlyArray<PhaseBucket>> => {
  const good = points.filter(({ status, total }) => status !== "down" && total !== null)
  if (good.length < 2) return []
  return runsOf(good, points)
    .filter((run) => run.length > 1)
    .map((run) =>
      bucketsOf(run, Math.min(run.length, Math.max(2, Math.round((mostBuckets * run.length) / good.length))))
    )
}

const bucketsOf = (run: ReadonlyArray<Point>, count: number): ReadonlyArray<PhaseBucket> =>
  Array.from({ length: count }, (_, index) => {
    const part = run.slice(Math.floor((index * run.length) / count), Math.floor(((index + 1) * run.length) / count))
    return {
      at: part[Math.floor(part.length / 2)]!.at,
      phases: phaseNames.map((_, phase) => medianOf(part.map(({ phases }) => phases[phase] ?? 0)))
    }
  })

/** What takes longest, as a sentence. */
export const phaseFinding = (runs: ReadonlyArray<ReadonlyArray<PhaseBucket>>): string => {
  const buckets = runs.flat()
  const typical = phaseNames.map((_, phase) => medianOf(buckets.map(({ phases }) => phases[phase] ?? 0)))
  const all = typical.reduce((sum, value) => sum + value, 0)
  const largest = typical.indexOf(Math.max(...typical))
  const share = all === 0 ? 0 : Math.floor((typical[largest]! / all) * 100)
  const name = ["resolving the name", "connecting", "the TLS handshake", "waiting for the first byte", "the body"][
    largest
  ]!
  return `Most of the time goes into ${name}: ${latency(typical[largest]!)}, ${share}\u00a0%.`
}
