/** Planned work in words. Times are those of the window's own clock. */
import type { MaintenanceOccurrence, MaintenanceWindow } from "@v-insight/domain/model/MaintenanceWindow"
import { daysText } from "#lib/alerts/hours.ts"
import { both, counted } from "#lib/words/lists.ts"
import { wallDay } from "#lib/calendar/zoned.ts"
import { dayAndTime, stretch, weekday } from "#lib/oncall/words.ts"
import { clockShort, date } from "#lib/words/time.ts"

type Window = Pick<MaintenanceWindow, "startsAt" | "endsAt" | "timeZone" | "recurrence">

/** `Sat 22 Nov, 02:00 to 04:00`; `every day, 02:00 to 04:00`; `on Sun, 23:00 to 01:00 the next day, until 1 Mar 2027` */
export const whenText = ({ endsAt, recurrence, startsAt, timeZone }: Window): string => {
  if (recurrence === null) return stretch(startsAt, endsAt, timeZone)
  const isSameDay = wallDay(Date.parse(startsAt), timeZone) === wallDay(Date.parse(endsAt), timeZone)
  const lasts = Date.parse(endsAt) - Date.parse(startsAt)
  const days = Math.round(lasts / 86_400_000)
  const end = isSameDay ? "" : days > 1 ? ` ${days} days later` : " the next day"
  const clock = `${clockShort(startsAt, timeZone)} to ${clockShort(endsAt, timeZone)}${end}`
  const until = recurrence.until === null ? "" : `, until ${date(recurrence.until, timeZone)}`
  return `${everyText(recurrence)}, ${clock}${until}`
}

const everyText = (recurrence: NonNullable<MaintenanceWindow["recurrence"]>): string => {
  switch (recurrence.every) {
    case "day":
      return "every day"
    case "week":
      return `every week ${daysText(recurrence.days)}`
    case "month":
      return `every month on the ${ordinal(recurrence.dayOfMonth)}`
  }
}

const ordinal = (day: number): string => {
  const last = day % 10
  const isTeen = day > 10 && day < 14
  return `${day}${isTeen ? "th" : last === 1 ? "st" : last === 2 ? "nd" : last === 3 ? "rd" : "th"}`
}

/** `every monitor`, `Checkout API`, `monitors tagged eu or web, and Checkout API` */
export const scopeText = (
  { monitorIds, tags }: MaintenanceWindow["scope"],
  monitors: ReadonlyArray<{ readonly id: string; readonly name: string }>
): string => {
  const named = monitorIds.map((id) => monitors.find((monitor) => monitor.id === id)?.name ?? "a deleted monitor")
  const tagged = tags.length === 0 ? [] : [`monitors tagged ${tags.join(" or ")}`]
  return named.length + tagged.length === 0 ? "every monitor" : both([...tagged, ...named])
}

/** The work that is on or planned for one monitor, the first of it. */
export const workOn = (
  { id, tags }: { readonly id: string; readonly tags: ReadonlyArray<string> },
  occurrences: ReadonlyArray<MaintenanceOccurrence>,
  now: number
): MaintenanceOccurrence | undefined =>
  occurrences.find(
    ({ endsAt, scope }) =>
      Date.parse(endsAt) > now &&
      (scope.monitorIds.length + scope.tags.length === 0 ||
        scope.monitorIds.some((named) => named === id) ||
        scope.tags.some((tag) => tags.includes(tag)))
  )

export type Phase = "now" | "coming" | "over"

/** Where a window is, and when it holds next or held last. */
export interface Standing {
  readonly phase: Phase
  /** The one that is on, else the next one. */
  readonly occurrence: MaintenanceOccurrence | undefined
}

/** `occurrences`: those from now on. A window that recurs without an end may come only after what was looked at. */
export const standingOf = (
  { endsAt, id, recurrence, startsAt }: Pick<MaintenanceWindow, "id" | "endsAt" | "startsAt" | "recurrence">,
  occurrences: ReadonlyArray<MaintenanceOccurrence>,
  now: number
): Standing => {
  const next = occurrences.find(({ endsAt, windowId }) => windowId === id && Date.parse(endsAt) > now)
  if (next !== undefined) return { phase: Date.parse(next.startsAt) <= now ? "now" : "coming", occurrence: next }
  const last = recurrence === null ? endsAt : recurrence.until
  const isComing = last === null || Date.parse(last) > now || Date.parse(startsAt) > now
  return { phase: isComing ? "coming" : "over", occurrence: undefined }
}

/** The first line: is something on now, and if not, what comes next. */
export const maintenanceHeadline = (
  occurrences: ReadonlyArray<MaintenanceOccurrence>,
  now: number,
  timeZone: string
): string => {
  const on = occurrences.filter(({ endsAt, startsAt }) => Date.parse(startsAt) <= now && Date.parse(endsAt) > now)
  if (on.length === 1) return `${on[0]!.name} is on until ${soon(on[0]!.endsAt, now, timeZone)}.`
  if (on.length > 1) return `${counted(on.length, "window")} are on now.`
  const next = occurrences.find(({ startsAt }) => Date.parse(startsAt) > now)
  return next === undefined
    ? "Nothing is planned."
    : `Nothing is on now; ${next.name} begins ${dayAndTime(next.startsAt, timeZone)}.`
}

/** Today the time alone. */
const soon = (at: string, now: number, timeZone: string): string =>
  wallDay(Date.parse(at), timeZone) === wallDay(now, timeZone)
    ? clockShort(at, timeZone)
    : `${weekday(at, timeZone)}, ${clockShort(at, timeZone)}`
