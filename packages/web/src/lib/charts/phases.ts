/** Where the time of a request goes, over time. */
import { latency } from "#lib/words/check.ts"
import { medianOf } from "./latency.ts"
import { phaseNames, type Point } from "./points.ts"

const mostBuckets = 48

export interface PhaseBucket {
  readonly at: number
  /** Medians in the order of `phaseNames`, microseconds; 0 where a phase was not needed. */
  readonly phases: ReadonlyArray<number>
}

export const phaseBuckets = (points: ReadonlyArray<Point>): ReadonlyArray<PhaseBucket> => {
  const good = points.filter(({ status, total }) => status !== "down" && total !== null)
  if (good.length < 2) return []
  const count = Math.min(mostBuckets, good.length)
  return Array.from({ length: count }, (_, index) => {
    const part = good.slice(Math.floor((index * good.length) / count), Math.floor(((index + 1) * good.length) / count))
    return {
      at: part[Math.floor(part.length / 2)]!.at,
      phases: phaseNames.map((_, phase) => medianOf(part.map(({ phases }) => phases[phase] ?? 0)))
    }
  })
}

/** What takes longest, as a sentence. */
export const phaseFinding = (buckets: ReadonlyArray<PhaseBucket>): string => {
  const typical = phaseNames.map((_, phase) => medianOf(buckets.map(({ phases }) => phases[phase] ?? 0)))
  const all = typical.reduce((sum, value) => sum + value, 0)
  const largest = typical.indexOf(Math.max(...typical))
  const share = all === 0 ? 0 : Math.floor((typical[largest]! / all) * 100)
  const name = ["resolving the name", "connecting", "the TLS handshake", "waiting for the first byte", "the body"][
    largest
  ]!
  return `Most of the time goes into ${name}: ${latency(typical[largest]!)}, ${share}\u00a0%.`
}
