/** The form of an on-call schedule, both ways. */
import type { OnCallSchedule } from "@v-insight/domain/model/OnCallSchedule"
import { clockOf, minuteOf, weekdays } from "#lib/alerts/hours.ts"
import { instantText, wallTime } from "#lib/calendar/zoned.ts"
import { mostLayers, type LayerValues, type ScheduleValues } from "#lib/oncall/layers.ts"
import { text, texts, trimmed } from "./forms.ts"

/** A week's turns of one person from Monday of this week on: what most begin with. */
export const emptySchedule = (person: string, now: number, timeZone: string): ScheduleValues => {
  const today = new Date(`${wallTime(now, timeZone).slice(0, 10)}T12:00:00Z`)
  today.setUTCDate(today.getUTCDate() - ((today.getUTCDay() + 6) % 7))
  const layer: LayerValues = {
    name: "Everybody",
    people: [person],
    startsAt: `${today.toISOString().slice(0, 10)}T09:00`,
    count: "1",
    unit: "week",
    days: [],
    from: "",
    to: ""
  }
  return { name: "", timeZone, layers: [layer] }
}

export const filledSchedule = ({ layers, name, timeZone }: OnCallSchedule): ScheduleValues => ({
  name,
  timeZone,
  layers: layers.map(({ hours, name, startsAt, turn, userIds }) => ({
    name,
    people: userIds,
    startsAt: wallTime(Date.parse(startsAt), timeZone),
    count: String(turn.count),
    unit: turn.unit,
    days: hours?.days ?? [],
    from: hours === null ? "" : clockOf(hours.from),
    to: hours === null ? "" : clockOf(hours.to)
  }))
})

export const scheduleValues = (form: FormData): ScheduleValues => {
  const count = Math.min(mostLayers, Math.max(0, Math.trunc(Number(text(form, "layers"))) || 0))
  return {
    name: trimmed(form, "name"),
    timeZone: trimmed(form, "timeZone"),
    layers: Array.from({ length: count }, (_, index) => ({
      name: trimmed(form, `layer.${index}`),
      people: texts(form, `person.${index}`),
      startsAt: trimmed(form, `startsAt.${index}`),
      count: trimmed(form, `count.${index}`),
      unit: trimmed(form, `unit.${index}`),
      days: texts(form, `day.${index}`),
      from: trimmed(form, `from.${index}`),
      to: trimmed(form, `to.${index}`)
    }))
  }
}

/** As the API wants to hear it. */
export const scheduleOf = ({ layers, name, timeZone }: ScheduleValues) => ({
  name,
  timeZone,
  layers: layers.map(({ count, name, people, startsAt, unit, ...hours }) => ({
    name,
    userIds: people,
    startsAt: instantText(startsAt, timeZone),
    turn: { unit, count: Number(count) },
    hours: hoursOf(hours, timeZone)
  }))
})

/** Days alone: the whole of them. Times alone: every day. */
const hoursOf = ({ days, from, to }: Pick<LayerValues, "days" | "from" | "to">, timeZone: string) =>
  days.length === 0 && from === "" && to === ""
    ? null
    : {
        timeZone,
        days: days.length === 0 ? weekdays.map(([day]) => day) : days,
        from: from === "" ? 0 : minuteOf(from),
        to: to === "" ? (from === "" ? 1440 : 0) : minuteOf(to)
      }
