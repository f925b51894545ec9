/**
 * The clock on the wall in a time zone, and back. A wall time is epoch milliseconds as if the wall were in UTC. When
 * clocks are set forth, the times that are left out come when the clock is set; of times that come twice, the first
 * counts. So later wall times never come sooner, whatever the zone does.
 */
import { DateTime } from "effect"

export const dayMs = 86_400_000
/** A zone's clock is looked at once a day; no zone has set its clock twice within one and back again. */
const step = dayMs
/** Beyond the range: what begins shortly before it reaches into it. */
const margin = 3 * dayMs

/** From `at` on, the wall is ahead of UTC by `offset`, milliseconds. */
interface Stretch {
  readonly at: number
  readonly offset: number
}

export interface WallClock {
  /** What the wall shows at an instant of the range. */
  readonly show: (instant: number) => number
  /** When the wall shows it, or has shown more, for the first time. */
  readonly instantOf: (wall: number) => number
}

export const offsetAt = (timeZone: string, instant: number): number =>
  DateTime.zonedOffset(DateTime.makeZonedUnsafe(instant, { timeZone: DateTime.zoneMakeNamedUnsafe(timeZone) }))

/** Right for instants between `from` and `to`, epoch milliseconds. */
export const wallClock = (timeZone: string, from: number, to: number): WallClock => {
  const stretches = stretchesOf(timeZone, from - margin, to + margin)
  return {
    show: (instant) => {
      const stretch = stretches.findLast(({ at }) => at <= instant) ?? stretches[0]!
      return instant + stretch.offset
    },
    instantOf: (wall) => {
      for (const [index, { at, offset }] of stretches.entries()) {
        if (index > 0 && wall < at + offset) return at
        const next = stretches[index + 1]
        if (next === undefined || wall < next.at + offset) return wall - offset
      }
      return wall
    }
  }
}

const stretchesOf = (timeZone: string, from: number, to: number): ReadonlyArray<Stretch> => {
  const stretches: Array<Stretch> = [{ at: from, offset: offsetAt(timeZone, from) }]
  for (let at = from; at < to; at += step) {
    const { offset } = stretches.at(-1)!
    const next = offsetAt(timeZone, at + step)
    if (next !== offset) stretches.push({ at: changeBetween(timeZone, at, at + step, offset), offset: next })
  }
  return stretches
}

/** The first millisecond after `before`, whose offset is known, with another one. */
const changeBetween = (timeZone: string, before: number, after: number, offset: number): number => {
  let [low, high] = [before, after]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(timeZone, middle) === offset) low = middle
    else high = middle
  }
  return high
}

/** Such as "Mon 2026-11-23 09:00", of a wall time. */
export const wallText = (wall: number): string => {
  const text = DateTime.formatIso(DateTime.makeUnsafe(wall))
  return `${weekdays[weekdayOf(wall)]} ${text.slice(0, 10)} ${text.slice(11, 16)}`
}

/** 0 is Monday. */
export const weekdayOf = (wall: number): number => (((Math.floor(wall / dayMs) + 3) % 7) + 7) % 7

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
