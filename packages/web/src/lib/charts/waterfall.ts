/** The phases of one request, one after the other, on one scale; while it runs, as far as it has come. */
import { latency, latencyUnit } from "#lib/words/check.ts"
import { phaseNames } from "./points.ts"
import { scaleTexts, ticks } from "./scale.ts"

export interface Step {
  readonly name: string
  /** Shares of the scale. */
  readonly start: number
  readonly width: number
  /** Microseconds; undefined while it runs. */
  readonly value: number | undefined
  readonly isLongest: boolean
}

/** A scale shorter than this would make a request on the same machine look slow. */
const shortestScaleUs = 1000

/** `phases` in the order of `phaseNames`: null was not reached or not needed, undefined is not known yet. */
export const waterfall = (phases: ReadonlyArray<number | null | undefined>) => {
  const known = phases.filter((value) => typeof value === "number")
  const total = known.reduce((sum, value) => sum + value, 0)
  const marks = ticks(Math.max(total, shortestScaleUs), 5)
  const scale = marks.at(-1)!
  const longest = Math.max(...known, 0)
  const running = phases.findIndex((value) => value === undefined)
  const steps: Array<Step> = []
  let start = 0
  phaseNames.forEach((name, index) => {
    const value = phases[index]
    if (typeof value === "number") {
      steps.push({ name, start: start / scale, width: value / scale, value, isLongest: value === longest })
      start += value
    } else if (index === running) {
      steps.push({ name, start: start / scale, width: 0, value: undefined, isLongest: false })
    }
  })
  const texts = scaleTexts(marks, latencyUnit(scale), latency)
  return { steps, total, marks: marks.map((value, index) => ({ value, share: value / scale, text: texts[index]! })) }
}
