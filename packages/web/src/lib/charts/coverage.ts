/** How much of a stretch was really watched: gaps between checks are time in which nobody looked. */
import type { Point } from "./points.ts"
import { medianOf } from "./latency.ts"

/** A check may come late; only more than this many intervals without one is a gap. */
const tolerance = 2

/** Shares in milliseconds. Unknown checks and gaps are not seen. */
export const coverage = (
  points: ReadonlyArray<Point>,
  intervalMs: number
): { readonly seen: number; readonly whole: number } => {
  if (points.length < 2) return { seen: points.length, whole: points.length }
  const steps = points.slice(1).map((point, index) => point.at - points[index]!.at)
  // The interval may have been another one then.
  const usual = Math.max(intervalMs, medianOf(steps))
  const whole = points.at(-1)!.at - points[0]!.at
  const unseen = steps.reduce((sum, step, index) => {
    if (points[index]!.status === "unknown") return sum + step
    return step > usual * tolerance ? sum + step - usual : sum
  }, 0)
  return { seen: Math.max(0, whole - unseen), whole }
}
