/** Latencies of a series: what the chart draws, and what it shows in words. */
import { latency } from "#lib/words/check.ts"
import { span } from "#lib/words/time.ts"
import { quantile } from "./scale.ts"
import type { Step } from "./series.ts"

export interface Bucket {
  /** Middle of the step, epoch milliseconds. */
  readonly at: number
  readonly checks: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** A gap where nothing good was measured: undefined. What is not over ends at `now`. */
export const bucketsOf = (steps: ReadonlyArray<Step>, stepMs: number, now: number): ReadonlyArray<Bucket | undefined> =>
  steps.map(({ at, checks, failed, p50, p95, p99 }) =>
    p50 === null || p95 === null || p99 === null
      ? undefined
      : { at: (at + Math.max(at, Math.min(at + stepMs, now))) / 2, checks: checks - failed, p50, p95, p99 }
  )

/** No step holds more than one good check: its percentiles would say the same thrice. */
export const isOfSingles = (known: ReadonlyArray<Bucket>): boolean => known.every(({ checks }) => checks <= 1)

/** A change worth saying: the newest fifth against the four before. */
const noteworthy = 1.5
/** Fewer steps have no before and after. */
const enough = 10

/** The finding, as a sentence for the caption. `exact` are the percentiles of the whole span, where they are known. */
export const latencyFinding = (
  buckets: ReadonlyArray<Bucket | undefined>,
  exact?: { readonly p50: number; readonly p95: number }
): string => {
  const known = buckets.filter((bucket) => bucket !== undefined)
  if (known.length === 0) return "No good check, so there is no latency to show."
  const about = exact === undefined && !isOfSingles(known) ? "about " : ""
  const start = `Median ${about}${latency(exact?.p50 ?? medianOf(known, "p50"))}`
  if (known.length >= enough) {
    const edge = Math.floor(known.length * 0.8)
    const [before, lately] = [medianOf(known.slice(0, edge), "p50"), medianOf(known.slice(edge), "p50")]
    const within = span(known.at(-1)!.at - known[edge]!.at)
    if (lately >= before * noteworthy)
      return `${start}; slower in the last ${within}: ${latency(lately)} after ${latency(before)}.`
    if (before >= lately * noteworthy)
      return `${start}; faster in the last ${within}: ${latency(lately)} after ${latency(before)}.`
  }
  return `${start}; 95\u00a0% within ${about}${latency(exact?.p95 ?? wholeP95(known))}.`
}

/**
 * The p95 of all steps together, from their own. That of `n` checks, up to 20, is the slowest of them, and the slowest
 * of `n` stays with a probability of 0.95^n below what 95 % of all stay below.
 */
const wholeP95 = (known: ReadonlyArray<Bucket>): number => {
  const counts = known.map(({ checks }) => checks).sort((a, b) => a - b)
  return quantile(
    known.map(({ p95 }) => p95).sort((a, b) => a - b),
    Math.max(0.5, 0.95 ** quantile(counts, 0.5))
  )
}

const medianOf = (buckets: ReadonlyArray<Bucket>, key: "p50" | "p95"): number =>
  quantile(
    buckets.map((bucket) => bucket[key]).sort((a, b) => a - b),
    0.5
  )
