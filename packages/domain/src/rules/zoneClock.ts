/**
 * The clock of a time zone: from instants to what it shows and back. Local times are numbers too: the milliseconds that a
 * clock in UTC would have counted when it shows the same. Unlike rules/wallClock, it tells both of the times that come twice,
 * and those that never come: planned work is on at either.
 */
import { DateTime, Option } from "effect"
import { dayMs, offsetAt } from "./wallClock.ts"

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
  const clock = makeClock(Option.isSome(DateTime.zoneMakeNamed(name)) ? name : "UTC")
  if (clocks.size < mostClocks) clocks.set(name, clock)
  return clock
}

const makeClock = (timeZone: string): ZoneClock => {
  const ahead = (at: number): number => offsetAt(timeZone, at)
  const localOf = (at: number): number => at + ahead(at)
  /** The instants at which the clock shows it, the earlier first; none in a gap. Zones change by less than a day. */
  const instantsOf = (local: number): ReadonlyArray<number> => {
    const offsets = [...new Set([ahead(local - dayMs), ahead(local + dayMs)])]
    return offsets
      .map((offset) => local - offset)
      .filter((at) => localOf(at) === local)
      .sort((a, b) => a - b)
  }
  /** In a gap: as the clock of before would have it. */
  const afterJump = (local: number): number => local - ahead(local - dayMs)
  return {
    localOf,
    beginningOf: (local) => {
      const instant = instantsOf(local)[0]
      if (instant !== undefined) return { from: instant, instant, isJumpedOver: false }
      const after = afterJump(local)
      return { from: jumpBetween(ahead, local - dayMs, after), instant: after, isJumpedOver: true }
    },
    endOf: (local) => instantsOf(local).at(-1) ?? afterJump(local)
  }
}

/** The first instant with the offset of `to`. */
const jumpBetween = (ahead: (at: number) => number, from: number, to: number): number => {
  const target = ahead(to)
  let [before, after] = [from, to]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (ahead(middle) === target) after = middle
    else before = middle
  }
  return after
}
