/** Stretches of points without a gap: lines and areas must not cross time in which nobody looked. */
import type { Point } from "./points.ts"
import { quantile } from "./scale.ts"

/** A check may come late; after this many usual steps without one it is a gap. */
const tolerance = 3

/** Cuts where the time between two points is out of the usual. */
export const runsOf = (
  points: ReadonlyArray<Point>,
  all: ReadonlyArray<Point> = points
): ReadonlyArray<ReadonlyArray<Point>> => {
  const steps = all
    .slice(1)
    .map((point, index) => point.at - all[index]!.at)
    .sort((a, b) => a - b)
  const longest = steps.length === 0 ? Number.POSITIVE_INFINITY : quantile(steps, 0.5) * tolerance
  const runs: Array<Array<Point>> = []
  for (const point of points) {
    const last = runs.at(-1)?.at(-1)
    if (last !== undefined && point.at - last.at <= longest) runs.at(-1)!.push(point)
    else runs.push([point])
  }
  return runs
}
