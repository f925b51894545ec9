/**
 * Days as deviation bars: calm is short, trouble is tall, no data is a dash, maintenance is split in two. One path per
 * state: 90 rects cost four times the bytes. Drawn 10 wide per day and 40 high, to be stretched.
 */
import { round } from "./scale.ts"

export const dayStates = ["up", "degraded", "down", "maintenance", "unknown"] as const
export type DayState = (typeof dayStates)[number]

/** Checks by status. */
export type DayCounts = Readonly<Record<DayState, number>>

export interface DayMark {
  readonly state: DayState
  /** How bad a failing day was, 0 to 1. */
  readonly weight: number
  /** Share of the day that was observed, 0 to 1. */
  readonly seen: number
}

/** Half of the checks failing is as bad as it gets; the root keeps minutes and hours apart. */
const weightOf = (failedShare: number): number => Math.sqrt(Math.min(1, failedShare * 2))

/** Half an hour of a day: fewer slow checks, or less maintenance, make no slow day. A failure always shows. */
const notable = 0.02

export const markOf = ({ degraded, down, maintenance, unknown, up }: DayCounts): DayMark => {
  const judged = up + degraded + down
  const observed = judged + maintenance
  if (observed === 0) return { state: "unknown", weight: 0, seen: 0 }
  const seen = observed / (observed + unknown)
  if (down > 0) return { state: "down", weight: weightOf(down / judged), seen }
  if (degraded / observed >= notable) return { state: "degraded", weight: 0, seen }
  return { state: maintenance / observed >= notable ? "maintenance" : "up", weight: 0, seen }
}

const letters: Readonly<Record<DayState, string>> = {
  up: "u",
  degraded: "g",
  down: "d",
  maintenance: "m",
  unknown: "-"
}
const tenth = (share: number): number => Math.min(9, Math.floor(share * 10))

/** Two letters a day on the way to the browser: the state (of a failing day how bad it was) and how much was seen. */
export const packDays = (days: ReadonlyArray<DayCounts>): string =>
  days
    .map(markOf)
    .map(({ seen, state, weight }) => `${state === "down" ? tenth(weight) : letters[state]}${tenth(seen)}`)
    .join("")

export const unpackDays = (packed: string): ReadonlyArray<DayMark> =>
  Array.from({ length: packed.length / 2 }, (_, index) => {
    const letter = packed[index * 2]!
    const state = dayStates.find((one) => letters[one] === letter) ?? "down"
    const seen = state === "unknown" ? 0 : (Number(packed[index * 2 + 1]) + 0.5) / 10
    return { state, weight: state === "down" ? Number(letter) / 9 : 0, seen }
  })

export const barHeight = 40
export const barStep = 10
const barWidth = 6.4
const dash = 2.4
const calm = barHeight * 0.36
/** Less than a tenth of the day missing is no gap to be seen. */
const whole = 0.9

/**
 * A day is as wide as it was seen; the rest of it is a dash. Of many monitors together one fails on every day: then what
 * failed stands on top of what did not.
 */
export const dayPaths = (
  marks: ReadonlyArray<DayMark>,
  isOfMany = false
): ReadonlyArray<{ readonly state: DayState; readonly d: string }> => {
  const paths = new Map<DayState, string>()
  const draw = (state: DayState, x: number, bottom: number, width: number, tall: number) =>
    paths.set(
      state,
      `${paths.get(state) ?? ""}M${round(x)} ${round(bottom - tall)}h${round(width)}v${round(tall)}h-${round(width)}z`
    )
  marks.forEach(({ seen, state, weight }, index) => {
    const x = index * barStep
    const width = state === "unknown" ? 0 : seen >= whole ? barWidth : Math.max(1.6, barWidth * seen)
    if (state === "maintenance") {
      draw(state, x, barHeight, width, barHeight * 0.18)
      draw(state, x, barHeight * 0.74, width, barHeight * 0.18)
    } else if (isOfMany && state === "down") {
      draw("up", x, barHeight, width, calm)
      draw("down", x, barHeight - calm, width, Math.max(1, weight * (barHeight - calm)))
    } else if (state !== "unknown") draw(state, x, barHeight, width, heightOf(state, weight))
    if (width < barWidth) draw("unknown", x + width, barHeight, barWidth - width, dash)
  })
  return dayStates.flatMap((state) => (paths.has(state) ? [{ state, d: paths.get(state)! }] : []))
}

/** A single failed check stands out, but not as tall as an hour of them. */
const heightOf = (state: DayState, weight: number): number =>
  state === "down" ? barHeight * (0.56 + 0.44 * weight) : state === "degraded" ? barHeight * 0.5 : calm

export const daysViewBox = (count: number): string => `0 0 ${count * barStep - (barStep - barWidth)} ${barHeight}`

const nouns: ReadonlyArray<readonly [DayState, string]> = [
  ["down", "with failures"],
  ["degraded", "slow"],
  ["maintenance", "in maintenance"],
  ["unknown", "without data"]
]

/** `30 days: 2 with failures, 1 without data.` */
export const daysInWords = (marks: ReadonlyArray<DayMark>): string => {
  const told = nouns.flatMap(([state, noun]) => {
    const count = marks.filter((mark) => mark.state === state).length
    return count === 0 ? [] : [`${count} ${noun}`]
  })
  return `${marks.length} days: ${told.length === 0 ? "all good" : told.join(", ")}.`
}
