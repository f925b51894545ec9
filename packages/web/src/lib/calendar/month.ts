/** A month as a calendar shows it: weeks from Monday on, each day with what falls on it. */
import { clockShort } from "#lib/words/time.ts"
import { dayAfter, midnight, wallDay } from "./zoned.ts"

export interface Occurrence {
  readonly id: string
  readonly name: string
  readonly startsAt: string
  readonly endsAt: string
}

/** What of an occurrence falls on one day. */
export interface Mark {
  readonly id: string
  readonly name: string
  /** `02:00 to 04:00`, `from 22:00`, `to 01:00`, `all day` */
  readonly time: string
  /** Another one is on at the same time on this day. */
  readonly isOverlapping: boolean
  readonly isOver: boolean
}

export interface CalendarDay {
  /** `2026-11-21` */
  readonly date: string
  readonly number: number
  /** `Saturday 21 November` */
  readonly label: string
  readonly isInMonth: boolean
  readonly isToday: boolean
  readonly marks: ReadonlyArray<Mark>
}

export interface Month {
  /** `November 2026` */
  readonly title: string
  /** `2026-10` */
  readonly previous: string
  readonly next: string
  readonly weeks: ReadonlyArray<ReadonlyArray<CalendarDay>>
}

const utc = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" })
const titles = utc({ month: "long", year: "numeric" })
const labels = utc({ weekday: "long", day: "numeric", month: "long" })
const noon = (day: string) => new Date(`${day}T12:00:00Z`)

/** The month asked for, if it is one; else the one that is. */
export const monthOf = (text: string | null, now: number, timeZone: string): string =>
  text !== null && /^(20\d\d)-(0[1-9]|1[0-2])$/.test(text) ? text : wallDay(now, timeZone).slice(0, 7)

/** First and last day shown: whole weeks. */
const spanOf = (month: string): readonly [first: string, count: number] => {
  const begin = `${month}-01`
  const lead = (noon(begin).getUTCDay() + 6) % 7
  const length = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate()
  return [dayAfter(begin, -lead), Math.ceil((lead + length) / 7) * 7]
}

/** What a month shows, its first and last week whole. */
export const shownOf = (month: string, timeZone: string): { readonly from: string; readonly to: string } => {
  const [first, count] = spanOf(month)
  const at = (day: string) => new Date(midnight(day, timeZone)).toISOString()
  return { from: at(first), to: at(dayAfter(first, count)) }
}

export const monthView = (
  month: string,
  occurrences: ReadonlyArray<Occurrence>,
  { now, timeZone }: { readonly now: number; readonly timeZone: string }
): Month => {
  const [first, count] = spanOf(month)
  const today = wallDay(now, timeZone)
  const days = Array.from({ length: count }, (_, index): CalendarDay => {
    const date = dayAfter(first, index)
    const falling = on(occurrences, midnight(date, timeZone), midnight(dayAfter(date), timeZone))
    return {
      date,
      number: Number(date.slice(8)),
      label: labels.format(noon(date)),
      isInMonth: date.startsWith(month),
      isToday: date === today,
      marks: falling.map(({ one, from, to, isWhole }) => ({
        id: one.id,
        name: one.name,
        time: isWhole ? "all day" : timeText(one, from, to, timeZone),
        isOverlapping: falling.some((other) => other.one !== one && other.from < to && other.to > from),
        isOver: Date.parse(one.endsAt) <= now
      }))
    }
  })
  return {
    title: titles.format(noon(`${month}-01`)),
    previous: dayAfter(`${month}-01`, -1).slice(0, 7),
    next: dayAfter(`${month}-28`, 5).slice(0, 7),
    weeks: Array.from({ length: count / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7))
  }
}

const on = (occurrences: ReadonlyArray<Occurrence>, begin: number, end: number) =>
  occurrences
    .filter(({ startsAt, endsAt }) => Date.parse(startsAt) < end && Date.parse(endsAt) > begin)
    .map((one) => {
      const from = Math.max(begin, Date.parse(one.startsAt))
      const to = Math.min(end, Date.parse(one.endsAt))
      return { one, from, to, isWhole: from === begin && to === end }
    })
    .sort((a, b) => a.from - b.from)

const timeText = (one: Occurrence, from: number, to: number, timeZone: string): string => {
  const isFirst = from === Date.parse(one.startsAt)
  const isLast = to === Date.parse(one.endsAt)
  const [start, end] = [clockShort(from, timeZone), clockShort(to, timeZone)]
  if (isFirst && isLast) return `${start} to ${end}`
  return isFirst ? `from ${start}` : `to ${end}`
}
