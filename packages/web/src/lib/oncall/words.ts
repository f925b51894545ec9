/** Who is on call, in words. Times are those of the schedule's own clock. */
import type { OnCallAnswer, OnCallTimeline } from "@v-insight/domain/model/OnCallTimeline"
import { both } from "#lib/words/lists.ts"
import { wallDay } from "#lib/calendar/zoned.ts"
import { clockShort, spanInWords } from "#lib/words/time.ts"

const made = new Map<string, Intl.DateTimeFormat>()
const dayFormat = (timeZone: string): Intl.DateTimeFormat => {
  const known = made.get(timeZone)
  if (known !== undefined) return known
  const fresh = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone })
  made.set(timeZone, fresh)
  return fresh
}

/** `Sat 22 Nov` */
export const weekday = (at: string | number, timeZone: string): string =>
  dayFormat(timeZone).format(new Date(at)).replace(",", "")

/** `Sat 22 Nov, 18:00` */
export const dayAndTime = (at: string | number, timeZone: string): string =>
  `${weekday(at, timeZone)}, ${clockShort(at, timeZone)}`

/** `Sat 22 Nov, 18:00 to 20:00`; `Sat 22 Nov, 18:00 to Mon 24 Nov, 09:00` */
export const stretch = (from: string, to: string, timeZone: string): string => {
  const isSameDay = wallDay(Date.parse(from), timeZone) === wallDay(Date.parse(to), timeZone)
  return `${dayAndTime(from, timeZone)} to ${isSameDay ? clockShort(to, timeZone) : dayAndTime(to, timeZone)}`
}

/** More than these are counted, not listed. */
const listedGaps = 3

/** `Nobody is on call Sat 22 Nov, 18:00 to 20:00.`; undefined when somebody always is. */
export const gapReport = ({ gaps, from, to }: Pick<OnCallTimeline, "gaps" | "from" | "to">, timeZone: string) => {
  if (gaps.length === 0) return undefined
  if (gaps.length === 1 && gaps[0]!.from <= from && gaps[0]!.to >= to)
    return `Nobody is on call until ${dayAndTime(to, timeZone)}.`
  const told = gaps.slice(0, listedGaps).map((gap) => stretch(gap.from, gap.to, timeZone))
  const more = gaps.length - told.length
  return `Nobody is on call ${both([...told, ...(more > 0 ? [`${more} more ${more === 1 ? "time" : "times"}`] : [])])}.`
}

/** What the timeline shows: `Somebody is on call all the time.`; `Nobody is on call for 1 day 14 hours.` */
export const timelineFinding = ({ gaps, from, to }: Pick<OnCallTimeline, "gaps" | "from" | "to">): string => {
  const without = gaps.reduce((sum, gap) => sum + Date.parse(gap.to) - Date.parse(gap.from), 0)
  if (without === 0) return "Somebody is on call all the time."
  return without >= Date.parse(to) - Date.parse(from)
    ? "Nobody is on call at all."
    : `Nobody is on call for ${spanInWords(without)}.`
}

/** As little as says who: `mara`; the whole address is at hand elsewhere. */
export const shortName = (email: string | null): string => (email === null ? "nobody" : email.replace(/@.*$/, ""))

/** `mara@halyard.example is on call until Mon 24 Nov, 09:00.` */
export const nowSentence = ({ email, until }: Pick<OnCallAnswer, "email" | "until">, timeZone: string): string =>
  `${email ?? "Nobody"} is on call${until === null ? "" : ` until ${dayAndTime(until, timeZone)}`}.`

/** The answer to "who is paged at ...?": `On Sat 22 Nov, 18:30 mara@halyard.example is paged. ...` */
export const pagedSentence = ({ at, email, reasons }: OnCallAnswer, timeZone: string): string =>
  [`On ${dayAndTime(at, timeZone)} ${email ?? "nobody"} is paged.`, ...reasons.map(({ message }) => message)].join(" ")

/** The first line of the list: `mara is on call.`; who, in each schedule, when there are several. */
export const schedulesHeadline = (
  schedules: ReadonlyArray<{ readonly name: string; readonly email: string | null }>
): string => {
  if (schedules.length === 0) return "Nobody is on call."
  if (schedules.length === 1) return `${schedules[0]!.email ?? "Nobody"} is on call in ${schedules[0]!.name}.`
  const without = schedules.filter(({ email }) => email === null)
  return without.length === 0
    ? `Somebody is on call in all ${schedules.length} schedules.`
    : `Nobody is on call in ${both(without.map(({ name }) => name))}.`
}
