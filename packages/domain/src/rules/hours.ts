/**
 * Hours of the week on the clock of a time zone: when an alert rule may tell, when a channel is quiet, when a layer has
 * somebody on call. Hours that reach over midnight belong to the day on which they begin; when clocks change they begin and
 * end by the clock on the wall.
 */
import type { ActiveHours } from "../model/ActiveHours.ts"
import { dayMs, type WallClock, wallClock, weekdayOf } from "./wallClock.ts"

const minuteMs = 60_000
/** Two weeks and a day: hours of one day a week may be left out once, when clocks are set forth over all of them. */
const daysAhead = 15
/** Hours that last longer are of every day and never end. */
const endlessDays = 8

/** From `begin` on and before `end`, epoch milliseconds. */
interface Span {
  readonly begin: number
  readonly end: number
}

/** Within hours until `until` (undefined: they never end), or outside of them until they begin. Epoch milliseconds. */
export type HoursNow =
  | { readonly isWithin: true; readonly until: number | undefined }
  | { readonly isWithin: false; readonly until: number }

/** Where zones change their clocks takes a millisecond to find; what was found holds until it turns. */
const found = new Map<string, { readonly since: number; readonly here: HoursNow }>()
const maxFound = 1000

export const hoursAt = (hours: ActiveHours, now: number): HoursNow => {
  const key = `${hours.timeZone} ${hours.days.join()} ${hours.from} ${hours.to}`
  const known = found.get(key)
  if (known !== undefined && known.since <= now && now < (known.here.until ?? known.since + dayMs)) return known.here
  if (found.size >= maxFound) found.clear()
  const here = lookUp(hours, now)
  found.set(key, { since: now, here })
  return here
}

const lookUp = (hours: ActiveHours, now: number): HoursNow => {
  const spans = spansOf(hours, wallClock(hours.timeZone, now - 2 * dayMs), now, now + daysAhead * dayMs)
  const current = spans.find(({ begin, end }) => begin <= now && now < end)
  if (current === undefined) return { isWithin: false, until: spans.find(({ begin }) => begin > now)!.begin }
  return { isWithin: true, until: current.end > now + endlessDays * dayMs ? undefined : current.end }
}

/** All that touch the time between two instants, and some around it, in order; those that touch each other as one. */
export const spansOf = (
  { days, from: opensAt, to: closesAt }: Pick<ActiveHours, "days" | "from" | "to">,
  clock: WallClock,
  from: number,
  to: number
): ReadonlyArray<Span> => {
  // The same time of day twice is a whole day, also when one of them is written 24:00.
  const lastsMinutes = ((closesAt - opensAt + 2 * 1440 - 1) % 1440) + 1
  const spans: Array<Span> = []
  const lastDay = Math.floor(clock.show(to) / dayMs) * dayMs
  // Yesterday's may reach into today, and the day before's touch them.
  for (let day = Math.floor(clock.show(from) / dayMs) * dayMs - 2 * dayMs; day <= lastDay; day += dayMs) {
    if (!days.includes(weekdayOf(day))) continue
    const opens = day + opensAt * minuteMs
    const begin = clock.instantOf(opens)
    const end = clock.instantOf(opens + lastsMinutes * minuteMs)
    const last = spans.at(-1)
    if (last !== undefined && begin <= last.end) spans[spans.length - 1] = { begin: last.begin, end }
    else if (begin < end) spans.push({ begin, end })
  }
  return spans
}
