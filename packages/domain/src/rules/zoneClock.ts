/**
 * The clock of a time zone: from instants to what it shows and back. Local times are numbers too: the milliseconds that a
 * clock in UTC would have counted when it shows the same.
 */
import { DateTime, Option } from "effect"

export const dayMs = 86_400_000

export interface ZoneClock {
  readonly localOf: (at: number) => number
  /**
   * When something begins that begins at a local time. Of two such instants the first; of none (clocks jump over it) the
   * jump, and `instant` is as long after the jump as the time was after it.
   */
  readonly beginningOf: (local: number) => {
    readonly from: number
    readonly instant: number
    readonly isJumpedOver: boolean
  }
  /** When something ends that ends at a local time. Of two such instants the second; of none, as `instant` above. */
  readonly endOf: (local: number) => number
}

const clocks = new Map<string, ZoneClock>()
/** There are about 600 names. */
const mostClocks = 1_000

/** Of an IANA name; of a name that this machine does not know, UTC. */
export const clockOf = (name: string): ZoneClock => {
  const known = clocks.get(name)
  if (known !== undefined) return known
  const clock = makeClock(Option.getOrElse(DateTime.zoneMakeNamed(name), () => DateTime.zoneMakeOffset(0)))
  if (clocks.size < mostClocks) clocks.set(name, clock)
  return clock
}

const makeClock = (timeZone: DateTime.TimeZone): ZoneClock => {
  const offsetAt = (at: number): number => DateTime.zonedOffset(DateTime.makeZonedUnsafe(at, { timeZone }))
  const localOf = (at: number): number => at + offsetAt(at)
  /** The instants at which the clock shows it, the earlier first; none in a gap. Zones change by less than a day. */
  const instantsOf = (local: number): ReadonlyArray<number> => {
    const offsets = [...new Set([offsetAt(local - dayMs), offsetAt(local + dayMs)])]
    return offsets
      .map((offset) => local - offset)
      .filter((at) => localOf(at) === local)
      .sort((a, b) => a - b)
  }
  /** In a gap: as the clock of before would have it. */
  const afterJump = (local: number): number => local - offsetAt(local - dayMs)
  return {
    localOf,
    beginningOf: (local) => {
      const instant = instantsOf(local)[0]
      if (instant !== undefined) return { from: instant, instant, isJumpedOver: false }
      const after = afterJump(local)
      return { from: jumpBetween(offsetAt, local - dayMs, after), instant: after, isJumpedOver: true }
    },
    endOf: (local) => instantsOf(local).at(-1) ?? afterJump(local)
  }
}

/** The first instant with the offset of `to`. */
const jumpBetween = (offsetAt: (at: number) => number, from: number, to: number): number => {
  const target = offsetAt(to)
  let [before, after] = [from, to]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(middle) === target) after = middle
    else before = middle
  }
  return after
}
