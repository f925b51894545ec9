/** Hours of the week: as form fields write them, and in words. */
import type { ActiveHours, Weekday } from "@v-insight/domain/model/ActiveHours"
import { both } from "#lib/words/lists.ts"

export const weekdays: ReadonlyArray<readonly [Weekday, string]> = [
  ["mon", "Mon"],
  ["tue", "Tue"],
  ["wed", "Wed"],
  ["thu", "Thu"],
  ["fri", "Fri"],
  ["sat", "Sat"],
  ["sun", "Sun"]
]

/** As fields hold them: clock times as `08:30`. */
export interface HoursValues {
  readonly isLimited: boolean
  readonly days: ReadonlyArray<string>
  readonly from: string
  readonly to: string
  readonly timeZone: string
}

const minutesPerHour = 60

/** `08:30` of minutes since midnight; midnight at the end of a day is the next day's. */
export const clockOf = (minuteOfDay: number): string => {
  const minute = minuteOfDay % 1440
  const two = (amount: number) => String(amount).padStart(2, "0")
  return `${two(Math.floor(minute / minutesPerHour))}:${two(minute % minutesPerHour)}`
}

/** Minutes since midnight of `08:30` (or `08:30:00`); what is no clock time stays text, which the API refuses. */
export const minuteOf = (clock: string): number | string => {
  const parts = /^(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(clock.trim())
  return parts === null ? clock : Number(parts[1]) * minutesPerHour + Number(parts[2])
}

/** Hours that somebody may start from. */
export const usualHours = (from: string, to: string, timeZone: string): HoursValues => ({
  isLimited: false,
  days: ["mon", "tue", "wed", "thu", "fri"],
  from,
  to,
  timeZone
})

export const hoursValues = (hours: ActiveHours | null, otherwise: HoursValues): HoursValues =>
  hours === null
    ? otherwise
    : {
        isLimited: true,
        days: hours.days,
        from: clockOf(hours.from),
        to: clockOf(hours.to),
        timeZone: hours.timeZone
      }

/** The fields of one name: `hours.on`, `hours.day`, `hours.from`, `hours.to`, `hours.timeZone`. */
export const hoursIn = (form: FormData, name: string): HoursValues => {
  const text = (field: string) => {
    const value = form.get(`${name}.${field}`)
    return typeof value === "string" ? value.trim() : ""
  }
  return {
    isLimited: text("on") === "some",
    days: form.getAll(`${name}.day`).filter((day) => typeof day === "string"),
    from: text("from"),
    to: text("to"),
    timeZone: text("timeZone")
  }
}

/** As the API wants to hear it; null: always. */
export const hoursOf = ({ isLimited, days, from, to, timeZone }: HoursValues) =>
  isLimited ? { timeZone, days, from: minuteOf(from), to: minuteOf(to) } : null

/** `on weekdays from 08:00 to 18:00 (Europe/Berlin)`. */
export const hoursText = ({ days, from, to, timeZone }: Omit<HoursValues, "isLimited">): string => {
  const isWholeDay = from === to
  const clock = isWholeDay ? "" : ` from ${from} to ${to}${to < from ? " the next day" : ""}`
  return `${daysText(days)}${clock} (${timeZone})`
}

/** `every day`, `on weekdays`, `on Mon, Wed and Sun`. */
export const daysText = (days: ReadonlyArray<string>): string => {
  const chosen = weekdays.filter(([day]) => days.includes(day))
  const key = chosen.map(([day]) => day).join()
  if (key === "") return "on no day"
  if (chosen.length === weekdays.length) return "every day"
  if (key === "mon,tue,wed,thu,fri") return "on weekdays"
  if (key === "sat,sun") return "on weekends"
  return `on ${both(chosen.map(([, name]) => name))}`
}
