/** When in the week it is slow: 168 hours in five steps of one hue. */
import { latency } from "#lib/words/check.ts"
import { round } from "./scale.ts"

export const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const
export const hoursOfDay = 24
const steps = 5
/** Drawn 10 wide and 10 high per hour. */
const [size, gap] = [10, 0.7]

/** Medians in microseconds, Monday 0:00 first; null where nothing was measured. */
export type Week = ReadonlyArray<number | null>

/** Fewer hours than a day has show no week. */
export const isTelling = (week: Week): boolean => week.filter((value) => value !== null).length >= hoursOfDay

/** Ends of the scale: a single odd hour does not spoil it. */
const rangeOf = (week: Week): readonly [low: number, high: number] => {
  const known = week.filter((value) => value !== null).sort((a, b) => a - b)
  return [known[Math.floor(known.length * 0.02)] ?? 0, known[Math.ceil(known.length * 0.98) - 1] ?? 0]
}

export const heat = (week: Week) => {
  const [low, high] = rangeOf(week)
  const paths = Array.from({ length: steps }, () => "")
  let missing = ""
  week.forEach((value, cell) => {
    const [x, y] = [(cell % hoursOfDay) * size, Math.floor(cell / hoursOfDay) * size]
    const side = round(size - gap)
    if (value === null) missing += `M${x + 3} ${y + size / 2}h${round(size - gap - 6)}`
    else paths[stepOf(value, low, high)] += `M${x} ${y}h${side}v${side}h-${side}z`
  })
  return { paths, missing, low, high, viewBox: `0 0 ${hoursOfDay * size - gap} ${weekdays.length * size - gap}` }
}

const stepOf = (value: number, low: number, high: number): number =>
  Math.max(0, Math.min(steps - 1, Math.floor(((value - low) / (high - low || 1)) * steps)))

const parts = ["nights", "mornings", "afternoons", "evenings"] as const
/** From so much slower than usual on it is worth saying. */
const noteworthy = 1.25

/** `Slowest on weekday mornings: 240 ms, 1.6 times the usual.` */
export const heatFinding = (week: Week): string => {
  const known = week.flatMap((value, cell) => (value === null ? [] : [{ value, cell }]))
  if (known.length === 0) return "No good check, so there is no week to show."
  const usual = medianOf(known.map(({ value }) => value))
  const groups = Map.groupBy(known, ({ cell }) => {
    const isWeekend = cell >= 5 * hoursOfDay
    return `${isWeekend ? "weekend" : "weekday"} ${parts[Math.floor((cell % hoursOfDay) / 6)]}`
  })
  const parted = [...groups]
    .map(([name, cells]) => ({ name, value: medianOf(cells.map(({ value }) => value)) }))
    .sort((a, b) => b.value - a.value)
  const [slowest, fastest] = [parted[0]!, parted.at(-1)!]
  if (slowest.value >= usual * noteworthy)
    return `Slowest on ${slowest.name}: ${latency(slowest.value)}, ${Number((slowest.value / usual).toFixed(1))} times the usual.`
  if (slowest.value >= fastest.value * noteworthy)
    return `Slowest on ${slowest.name}: ${latency(slowest.value)}, fastest on ${fastest.name}: ${latency(fastest.value)}.`
  const [low, high] = rangeOf(week)
  return high < low * 2
    ? `About as fast at every hour of the week: ${latency(low)} to ${latency(high)}.`
    : `No part of the week is slower than others; single hours took ${latency(low)} to ${latency(high)}.`
}

const medianOf = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length / 2) - 1]!
