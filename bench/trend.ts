/**
 * Whether a figure grows with time, and how sure that is. What is sampled every few seconds swings with collections and
 * bursts, and one sample resembles the next: so many samples say less than as many independent ones, and the interval is
 * widened accordingly.
 */

export interface Sample {
  readonly atMs: number
  readonly value: number
}

/** Per hour, of the straight line nearest to the samples; the truth is within `margin` of it, 19 times out of 20. */
export interface Trend {
  readonly mean: number
  readonly perHour: number
  readonly margin: number
}

/** Of the normal distribution, two-sided 95 %: with a hundred samples Student's differs by 1 %. */
const z = 1.96
const hourMs = 3_600_000

export const trendOf = (samples: ReadonlyArray<Sample>): Trend => {
  const count = samples.length
  const meanAt = samples.reduce((sum, { atMs }) => sum + atMs, 0) / count
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / count
  let spread = 0
  let shared = 0
  for (const { atMs, value } of samples) {
    spread += (atMs - meanAt) ** 2
    shared += (atMs - meanAt) * (value - mean)
  }
  const slope = shared / spread
  const rest = samples.map(({ atMs, value }) => value - mean - slope * (atMs - meanAt))
  const square = rest.reduce((sum, it) => sum + it ** 2, 0)
  const error = Math.sqrt(square / (count - 2) / spread)
  return { mean, perHour: slope * hourMs, margin: z * error * inflation(rest, square) * hourMs }
}

/**
 * By how much neighbours that resemble each other make the error larger: sqrt((1 + r) / (1 - r)) for a first-order
 * process with correlation r (Bartlett 1935).
 */
const inflation = (rest: ReadonlyArray<number>, square: number): number => {
  if (square === 0) return 1
  let together = 0
  for (let index = 1; index < rest.length; index++) together += rest[index]! * rest[index - 1]!
  const resemblance = Math.min(0.95, Math.max(0, together / square))
  return Math.sqrt((1 + resemblance) / (1 - resemblance))
}

/** So much an hour it grows at least; nothing when the noise explains it. */
export const provenGrowth = ({ margin, perHour }: Trend): number => Math.max(0, perHour - margin)
