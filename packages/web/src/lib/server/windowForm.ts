/** The form of a maintenance window, both ways. */
import type { MaintenanceWindow } from "@v-insight/domain/model/MaintenanceWindow"
import { instantText, wallTime } from "#lib/calendar/zoned.ts"
import { text, texts, trimmed } from "./forms.ts"

export interface WindowValues {
  readonly name: string
  /** On the window's own clock. */
  readonly startsAt: string
  readonly endsAt: string
  readonly timeZone: string
  /** `once`, `day`, `week`, `month` */
  readonly every: string
  readonly days: ReadonlyArray<string>
  readonly dayOfMonth: string
  /** The last day on which it may begin; "": without an end. */
  readonly until: string
  readonly isEverything: boolean
  readonly monitorIds: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
}

const hourMs = 3_600_000
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const

/** From the next full hour on, or from two in the morning of a day that was chosen; for two hours. */
export const emptyWindow = (now: number, timeZone: string, day: string | null): WindowValues => {
  const next = wallTime(Math.ceil((now + 1) / hourMs) * hourMs, timeZone)
  const startsAt = day !== null && /^20\d\d-\d\d-\d\d$/.test(day) ? `${day}T02:00` : next
  const begin = Date.parse(`${startsAt}Z`)
  const at = new Date(Number.isFinite(begin) ? begin : now)
  return {
    name: "",
    startsAt,
    endsAt: new Date(at.getTime() + 2 * hourMs).toISOString().slice(0, 16),
    timeZone,
    every: "once",
    days: [weekdays[at.getUTCDay()]!],
    dayOfMonth: String(at.getUTCDate()),
    until: "",
    isEverything: true,
    monitorIds: [],
    tags: []
  }
}

export const filledWindow = (window: MaintenanceWindow): WindowValues => {
  const { endsAt, name, recurrence, scope, startsAt, timeZone } = window
  const usual = emptyWindow(Date.parse(startsAt) - 1, timeZone, null)
  return {
    name,
    startsAt: wallTime(Date.parse(startsAt), timeZone),
    endsAt: wallTime(Date.parse(endsAt), timeZone),
    timeZone,
    every: recurrence?.every ?? "once",
    days: recurrence?.every === "week" ? recurrence.days : usual.days,
    dayOfMonth: recurrence?.every === "month" ? String(recurrence.dayOfMonth) : usual.dayOfMonth,
    until: recurrence?.until == null ? "" : wallTime(Date.parse(recurrence.until), timeZone).slice(0, 10),
    isEverything: scope.monitorIds.length + scope.tags.length === 0,
    monitorIds: scope.monitorIds,
    tags: scope.tags
  }
}

export const windowValues = (form: FormData): WindowValues => ({
  name: trimmed(form, "name"),
  startsAt: trimmed(form, "startsAt"),
  endsAt: trimmed(form, "endsAt"),
  timeZone: trimmed(form, "timeZone"),
  every: text(form, "every"),
  days: texts(form, "day"),
  dayOfMonth: trimmed(form, "dayOfMonth"),
  until: trimmed(form, "until"),
  isEverything: text(form, "scope") !== "some",
  monitorIds: texts(form, "monitorId"),
  tags: texts(form, "tag")
})

/** As the API wants to hear it. */
export const windowOf = (values: WindowValues) => ({
  name: values.name,
  startsAt: instantText(values.startsAt, values.timeZone),
  endsAt: instantText(values.endsAt, values.timeZone),
  timeZone: values.timeZone,
  recurrence: recurrenceOf(values),
  scope: values.isEverything ? {} : { monitorIds: values.monitorIds, tags: values.tags }
})

const recurrenceOf = ({ dayOfMonth, days, every, timeZone, until }: WindowValues) => {
  // The whole of the last day.
  const last = until === "" ? null : instantText(`${until}T23:59`, timeZone)
  if (every === "day") return { every, until: last }
  if (every === "week") return { every, days, until: last }
  return every === "month" ? { every, dayOfMonth: Number(dayOfMonth), until: last } : null
}
