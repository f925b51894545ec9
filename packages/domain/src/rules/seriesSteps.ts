/** In which steps a range is shown, so that no more points come out than can be told apart, and what they are made of. */
import { type Level, levels } from "./rollupPlan.ts"

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Whole multiples of a level's windows. A point is made of 12 windows at most until it spans days. */
const steps: ReadonlyArray<readonly [level: Level, stepMs: number]> = [
  ...[5, 10, 15, 30].map((minutes) => ["5m", minutes * minuteMs] as const),
  ...[1, 2, 3, 4, 6, 12].map((hours) => ["1h", hours * hourMs] as const),
  ...[1, 2, 7, 14, 30].map((days) => ["1d", days * dayMs] as const)
]

/** Five hundred steps of five minutes: as many checks of one monitor as can be read for a screen. */
const mostOfChecksMs = 42 * hourMs

export interface SeriesSteps {
  /** What steps are made of; `checks` where windows as small are no longer kept. */
  readonly level: Level | "checks"
  readonly stepMs: number
  /** The range in whole steps since the epoch; `to` is not part of it. */
  readonly from: number
  readonly to: number
}

const isKept = (level: Level, from: number, now: number): boolean => {
  const { keepDays } = levels.find(({ name }) => name === level)!
  return keepDays === null || from >= now - keepDays * dayMs
}

const inSteps = (level: SeriesSteps["level"], stepMs: number, from: number, to: number): SeriesSteps => ({
  level,
  stepMs,
  from: Math.floor(from / stepMs) * stepMs,
  to: Math.ceil(to / stepMs) * stepMs
})

export const countOf = ({ from, stepMs, to }: SeriesSteps): number => Math.round((to - from) / stepMs)

/**
 * The smallest steps of which at most `points` cover `from` to `to`, epoch ms, out of what is still kept at `now`. Checks
 * are there from `checksFrom` on.
 */
export const stepsOf = (
  from: number,
  to: number,
  points: number,
  now: number,
  checksFrom = Number.POSITIVE_INFINITY
): SeriesSteps => {
  for (const [level, stepMs] of steps) {
    const found = inSteps(level, stepMs, from, to)
    if (countOf(found) > points) continue
    if (isKept(level, found.from, now)) return found
    if (level === "5m" && found.from >= checksFrom && found.to - found.from <= mostOfChecksMs) {
      return { ...found, level: "checks" }
    }
  }
  let days = Math.ceil((to - from) / points / dayMs)
  // A range of one step may still lie across the border of two.
  while (countOf(inSteps("1d", days * dayMs, from, to)) > points && days * dayMs <= to) days++
  return inSteps("1d", days * dayMs, from, to)
}
