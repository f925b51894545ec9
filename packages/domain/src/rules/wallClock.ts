/**
 * The clock on the wall in a time zone, and back. A wall time is epoch milliseconds as if the wall were in UTC. When
 * clocks are set forth some wall times are left out, when they are set back some come twice; so there are two ways back,
 * and both keep the order: later wall times never come sooner, whatever the zone does.
 */
import { DateTime, Option } from "effect"
import type { Weekday } from "../model/ActiveHours.ts"

export const dayMs = 86_400_000
/** A zone's clock is looked at once a day; no zone has set its clock twice within one and back again. */
const step = dayMs
/** Beyond what is asked for: what begins shortly before it reaches into it. */
const margin = 3 * dayMs

/** From `at` on, the wall is ahead of UTC by `offset`, milliseconds. */
interface Stretch {
  readonly at: number
  readonly offset: number
}

export interface WallClock {
  /** What the wall shows at an instant. */
  readonly show: (instant: number) => number
  /** When the wall shows it, or has shown more, for the first time: of what is left out, when the clock is set. */
  readonly instantOf: (wall: number) => number
  /** When the wall shows it for the last time; what is left out comes as long after the clock is set as it would have. */
  readonly lastInstantOf: (wall: number) => number
}

/** How far the wall is ahead of UTC, milliseconds. A zone whose name this machine does not know (any more) is UTC. */
export const offsetAt = (timeZone: string, instant: number): number =>
  Option.match(DateTime.zoneMakeNamed(timeZone), {
    onNone: () => 0,
    onSome: (zone) => DateTime.zonedOffset(DateTime.makeZonedUnsafe(instant, { timeZone: zone }))
  })

/**
 * Right for instants from `from` on, epoch milliseconds. To look at a zone takes some 10 us, which it does once for every
 * day between `from` and the last instant that it is asked about.
 */
export const wallClock = (timeZone: string, from: number): WallClock => {
  let known = from - margin
  const stretches: Array<Stretch> = [{ at: known, offset: offsetAt(timeZone, known) }]
  const lookAhead = (to: number): void => {
    for (; known < to + margin; known += step) {
      const { offset } = stretches.at(-1)!
      const next = offsetAt(timeZone, known + step)
      if (next !== offset) stretches.push({ at: changeBetween(timeZone, known, known + step, offset), offset: next })
    }
  }
  return {
    show: (instant) => {
      lookAhead(instant)
      const stretch = stretches.findLast(({ at }) => at <= instant) ?? stretches[0]!
      return instant + stretch.offset
    },
    instantOf: (wall) => {
      lookAhead(wall)
      for (const [index, { at, offset }] of stretches.entries()) {
        if (index > 0 && wall < at + offset) return at
        const next = stretches[index + 1]
        if (next === undefined || wall < next.at + offset) return wall - offset
      }
      return wall
    },
    lastInstantOf: (wall) => {
      lookAhead(wall)
      const stretch = stretches.findLast(({ at, offset }) => at + offset <= wall) ?? stretches[0]!
      return wall - stretch.offset
    }
  }
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
  const day = weekdayOf(wall)
  return `${day[0]!.toUpperCase()}${day.slice(1)} ${text.slice(0, 10)} ${text.slice(11, 16)}`
}

export const weekdayOf = (wall: number): Weekday => weekdays[(((Math.floor(wall / dayMs) + 3) % 7) + 7) % 7]!

/** The epoch began on a Thursday. */
const weekdays: ReadonlyArray<Weekday> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
