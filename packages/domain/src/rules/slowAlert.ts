/**
 * A percentile of the durations of good checks over the newest so many seconds: raised above the limit, ended when it has
 * come down to nine tenths of it. Exact over what is kept, at most 120 durations: of a window with more checks every second,
 * every third ... one, evenly, by the clock.
 */
import type { AlertCondition } from "../model/AlertRule.ts"
import type { Observation, RuleTurn } from "./alerts.ts"
import { turnOf } from "./degradedAlert.ts"
import { seconds } from "./reasons.ts"

export interface SlowMemory {
  readonly trigger: "slow_response"
  readonly isRaised: boolean
  /** When a good check began, epoch milliseconds, and how long it took, microseconds; the oldest first. */
  readonly samples: ReadonlyArray<readonly [at: number, us: number]>
}

const mostSamples = 120
/** One slow check among few is no percentile: nothing is raised on fewer, or on all there can be in a short window. */
const fewestSamples = 5
const calmShare = 0.9

export const judgeSlow = (
  { aboveMs, percentile, windowSeconds }: Extract<AlertCondition, { readonly trigger: "slow_response" }>,
  before: SlowMemory | undefined,
  { intervalMs, maintenance, status, totalUs }: Observation,
  at: number
): { readonly memory: SlowMemory | undefined; readonly turn: RuleTurn | undefined } => {
  const isRaised = before?.isRaised ?? false
  const windowMs = windowSeconds * 1000
  const isGood = (status === "up" || status === "degraded") && totalUs !== null && maintenance === null
  const stride = Math.ceil(windowMs / intervalMs / mostSamples)
  const isKept = isGood && Math.floor(at / intervalMs) % stride === 0
  if (!isKept) return { memory: before, turn: undefined }
  const samples = withNewest(before?.samples ?? [], at, totalUs, at - windowMs)
  const memory = { trigger: "slow_response", isRaised, samples } as const
  const possible = Math.max(1, Math.floor(windowMs / (intervalMs * stride)))
  if (samples.length < Math.min(fewestSamples, possible)) return { memory, turn: undefined }
  const limitUs = aboveMs * 1000 * (isRaised ? calmShare : 1)
  if (isPercentileAbove(samples, percentile, limitUs) === isRaised) return { memory, turn: undefined }
  const us = percentileOf(samples, percentile)
  const found = `The ${percentile}th percentile of ${samples.length} durations within ${seconds(windowMs)} is ${seconds(us / 1000)}`
  return {
    memory: { ...memory, isRaised: !isRaised },
    turn: isRaised
      ? turnOf("ended", "slow_response", `${found}, well below ${seconds(aboveMs)} again.`)
      : turnOf("raised", "slow_response", `${found}, above ${seconds(aboveMs)}.`)
  }
}

/** A clock that was set back leaves durations of a time to come: they are nobody's window. */
const withNewest = (samples: SlowMemory["samples"], at: number, us: number, since: number): SlowMemory["samples"] => {
  const kept = samples.filter((sample) => sample[0] > since && sample[0] < at)
  if (kept.length >= mostSamples) kept.splice(0, kept.length + 1 - mostSamples)
  kept.push([at, us])
  return kept
}

/** By nearest rank, without sorting: hardly a check turns anything. */
const isPercentileAbove = (samples: SlowMemory["samples"], percentile: number, limitUs: number): boolean => {
  let atMost = 0
  for (const sample of samples) if (sample[1] <= limitUs) atMost++
  return atMost < rankOf(samples, percentile)
}

const rankOf = (samples: SlowMemory["samples"], percentile: number): number =>
  Math.max(1, Math.ceil((percentile / 100) * samples.length))

/** By nearest rank: the least duration that so many percent of all do not exceed. */
const percentileOf = (samples: SlowMemory["samples"], percentile: number): number => {
  const sorted = Float64Array.from(samples, ([, us]) => us).sort()
  return sorted[rankOf(samples, percentile) - 1]!
}
