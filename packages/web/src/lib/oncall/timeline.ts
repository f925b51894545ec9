/** A schedule over days as strips: who has each layer's turn, who stands in, and who it comes to. */
import type { OnCallSpan, OnCallTimeline } from "@v-insight/domain/model/OnCallTimeline"
import { dayAfter, midnight, wallDay } from "#lib/calendar/zoned.ts"
import { shortName, stretch, weekday } from "./words.ts"

export interface Bar {
  /** Percent of the strip. */
  readonly left: number
  readonly width: number
  /** null: nobody. */
  readonly name: string | null
  /** Tells people apart: 0, 1 or 2, the same wherever somebody comes. */
  readonly shade: number
  /** `mara@halyard.example, Sat 22 Nov, 18:00 to 20:00` */
  readonly title: string
}

export interface Strip {
  readonly name: string
  /** Who it comes to in the end. */
  readonly isFinal: boolean
  readonly bars: ReadonlyArray<Bar>
}

export interface Tick {
  readonly left: number
  /** `Mon` */
  readonly day: string
  /** `24 Nov` */
  readonly date: string
  /** There is room for both also on a phone. */
  readonly isWide: boolean
}

export const spans = { week: 7, month: 28 } as const
export type SpanKey = keyof typeof spans
export const spanOf = (text: string | null): SpanKey => (text === "month" ? "month" : "week")

/** Days shown: from the one asked for, else from today, on the schedule's clock. */
export const rangeOf = (day: string | null, span: SpanKey, now: number, timeZone: string) => {
  const isDay = day !== null && /^20\d\d-\d\d-\d\d$/.test(day) && Number.isFinite(Date.parse(`${day}T00:00:00Z`))
  const first = isDay ? day : wallDay(now, timeZone)
  const last = dayAfter(first, spans[span])
  const at = (day: string) => new Date(midnight(day, timeZone)).toISOString()
  return { first, from: at(first), to: at(last), previous: dayAfter(first, -spans[span]), next: last }
}

type Range = Pick<OnCallTimeline, "from" | "to">

export const strips = (timeline: OnCallTimeline, timeZone: string): ReadonlyArray<Strip> => {
  const spans = [...timeline.layers.flatMap(({ spans }) => spans), ...timeline.spans]
  const people = [...new Set(spans.map(({ email }) => email))].filter((email) => email !== null)
  const shadeOf = (email: string | null) => (email === null ? 0 : people.indexOf(email) % shades)
  const own = (name: string, spans: ReadonlyArray<OnCallSpan>, isFinal = false): Strip => ({
    name,
    isFinal,
    bars: barsOf(spans, timeline, timeZone, shadeOf)
  })
  const standingIn = timeline.spans.filter(({ source }) => source === "override")
  return [
    ...timeline.layers.map(({ name, spans }) => own(name, spans)),
    ...(standingIn.length > 0 ? [own("Standing in", standingIn)] : []),
    own("On call", timeline.spans, true)
  ]
}

const shades = 3

const barsOf = (
  spans: ReadonlyArray<OnCallSpan>,
  range: Range,
  timeZone: string,
  shadeOf: (email: string | null) => number
): ReadonlyArray<Bar> =>
  merged(spans).map(({ email, from, to }) => ({
    left: share(from, range),
    width: share(to, range) - share(from, range),
    name: email === null ? null : shortName(email),
    shade: shadeOf(email),
    title: `${email ?? "Nobody"}, ${stretch(from, to, timeZone)}`
  }))

/** One person's turns that follow on each other are one bar. */
const merged = (spans: ReadonlyArray<OnCallSpan>): ReadonlyArray<Pick<OnCallSpan, "from" | "to" | "email">> => {
  const bars: Array<{ from: string; to: string; email: string | null }> = []
  for (const { email, from, to } of spans) {
    const before = bars.at(-1)
    if (before !== undefined && before.email === email && before.to === from) before.to = to
    else bars.push({ from, to, email })
  }
  return bars
}

const share = (at: string, { from, to }: Range): number => {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  return Math.round(((Math.min(end, Math.max(start, Date.parse(at))) - start) / (end - start)) * 10_000) / 100
}

/** Each day of a week, each Monday of a month. */
export const ticks = (range: Range, timeZone: string, span: SpanKey): ReadonlyArray<Tick> => {
  const first = wallDay(Date.parse(range.from), timeZone)
  return Array.from({ length: spans[span] }, (_, index) => dayAfter(first, index))
    .filter((day) => span === "week" || new Date(`${day}T12:00:00Z`).getUTCDay() === 1)
    .map((day) => {
      const at = new Date(midnight(day, timeZone)).toISOString()
      const [name = "", ...date] = weekday(at, timeZone).split(" ")
      return { left: share(at, range), day: name, date: date.join(" "), isWide: span === "month" }
    })
}
