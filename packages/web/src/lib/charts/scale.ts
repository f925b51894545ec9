/** Numbers to places: round scales, quantiles, labels that do not lie on each other. */

/** Round values from 0 to at least `maximum`, at most `count` steps. */
export const ticks = (maximum: number, count: number): ReadonlyArray<number> => {
  const step = roundUp(Math.max(maximum, 1e-9) / count)
  const steps = Math.max(1, Math.ceil(maximum / step - 1e-9))
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

/** The next of 1, 2, 2.5, 4, 5 times a power of ten. */
const roundUp = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [1, 2, 2.5, 4, 5, 10].find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10
  return factor * power
}

/** Above this multiple of what is typical a value is odd. */
const oddFactor = 4

/** Where a scale ends, so that a few odd values do not flatten all the others. `typical` is what most of them are. */
export const scaleEnd = (highest: number, typical: ReadonlyArray<number>): number => {
  const sorted = typical.toSorted((a, b) => a - b)
  return Math.min(highest, (sorted[Math.floor(sorted.length * 0.9)] ?? highest) * oddFactor)
}

/** The value below which the given share lies (nearest rank); `sorted` ascending and not empty. */
export const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!

/**
 * Moves places apart until they are at least `gap` from each other, as little as possible, in their order. Of two at one
 * place the later one, which is the larger percentile, stands above.
 */
export const spread = (
  places: ReadonlyArray<number>,
  gap: number,
  low: number,
  high: number
): ReadonlyArray<number> => {
  const byPlace = places
    .map((place, index) => ({ place, index }))
    .sort((a, b) => a.place - b.place || b.index - a.index)
  let floor = low
  for (const item of byPlace) {
    item.place = Math.max(item.place, floor)
    floor = item.place + gap
  }
  let ceiling = high
  for (const item of byPlace.toReversed()) {
    item.place = Math.min(item.place, ceiling)
    ceiling = item.place - gap
  }
  return byPlace.sort((a, b) => a.index - b.index).map(({ place }) => place)
}

const minute = 60_000
const day = 24 * 60 * minute
const steps = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minute),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 60 * minute),
  ...[1, 2, 4, 7, 14].map((days) => days * day)
]

/**
 * Round instants within a span, at most about `count`; `offset` is the time zone's, milliseconds east of UTC. Of many
 * months every first, or every second or third one.
 */
export const instants = (from: number, to: number, count: number, offset = 0): ReadonlyArray<number> => {
  const step = steps.find((candidate) => (to - from) / candidate <= count)
  if (step === undefined) return months(from, to, Math.max(1, Math.ceil((to - from) / (count * 30 * day))), offset)
  const first = Math.ceil((from + offset) / step) * step - offset
  const places: Array<number> = []
  for (let at = first; at <= to && places.length < count + 1; at += step) places.push(at)
  return places
}

const months = (from: number, to: number, every: number, offset: number): ReadonlyArray<number> => {
  const start = new Date(from + offset)
  const first = (index: number) => Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + index, 1) - offset
  const places: Array<number> = []
  for (let index = 1; first(index) <= to; index += every) places.push(first(index))
  return places
}

/** Short enough for SVG paths. */
export const round = (value: number): number => Math.round(value * 10) / 10

/** Labels of a scale: the unit stands at the end, once. `write` makes the whole label, `unit` is what it divides by. */
export const scaleTexts = (
  values: ReadonlyArray<number>,
  unit: number,
  write: (value: number) => string
): ReadonlyArray<string> =>
  values.map((value, index) =>
    index === values.length - 1 ? write(value) : String(Number((value / unit).toPrecision(3)))
  )
