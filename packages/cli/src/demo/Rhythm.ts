/** How fast something answers, and how that changes over days and nights: made-up history and the demo's servers agree. */
import { between, type Chance } from "./chance.ts"

export interface Rhythm {
  /** At the quietest time of an ordinary day, milliseconds. */
  readonly baseMs: number
  /** How much slower at the busiest hour: 0.5 is half as long again. */
  readonly busy: number
  /** How many times as slow while jobs run at night, from 1:00 to 3:30. */
  readonly night?: number
  /** How far single answers stray, as a factor's exponent; 0.25 unless given. */
  readonly spread?: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const nightJobs = { from: hourMs, to: 3.5 * hourMs }
/** One answer of so many takes several times as long: a cold cache, a pause of the runtime. */
const straggler = { share: 0.004, least: 2.5, most: 7 }

/** From 0 before dawn to 1 in the early afternoon; weekends are quieter. */
export const trafficAt = (at: number): number => {
  const hour = (at % dayMs) / hourMs
  const weekday = new Set([2, 3]).has(Math.floor(at / dayMs) % 7) ? 0.6 : 1
  const day = 0.5 - 0.5 * Math.cos((2 * Math.PI * (hour - 3)) / 24)
  const evening = 0.25 * Math.exp(-(((hour - 19.5) / 1.5) ** 2))
  return weekday * Math.min(1, day + evening)
}

/** Microseconds until the answer, `factor` times as long as usual. */
export const answerUs = (
  { baseMs, busy, night = 1, spread = 0.25 }: Rhythm,
  at: number,
  factor: number,
  chance: Chance
): number => {
  const ofDay = at % dayMs
  const isNight = ofDay >= nightJobs.from && ofDay < nightJobs.to
  // The sum of three is close enough to a bell.
  const noise = (chance() + chance() + chance() - 1.5) * 2
  const late = chance() < straggler.share ? between(chance, straggler.least, straggler.most) : 1
  return Math.max(
    20,
    Math.round(
      baseMs * 1000 * factor * (1 + busy * trafficAt(at)) * (isNight ? night : 1) * Math.exp(spread * noise) * late
    )
  )
}
