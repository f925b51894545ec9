/**
 * When planned work is on. A recurring window begins and ends at the same time of day on the clock of its zone, however
 * long that is when clocks change:
 * - A beginning that comes twice in autumn is the first of the two, an end the second: the window is on whenever the clock
 *   shows a time in it.
 * - A beginning that clocks jump over in spring is at the jump, for some schedulers run their jobs then; and because others
 *   run them as long after the jump as they were to run before it, the window ends no sooner than its whole length after
 *   that. An end that is jumped over is as long after the jump.
 * The first occurrence is what the window says, also when it is not on one of the days (as DTSTART in RFC 5545, 3.8.5.3).
 * None begins after `until`. All instants are epoch milliseconds; occurrences are half open.
 */
import { DateTime, Option } from "effect"
import type { MaintenanceWindow } from "../model/MaintenanceWindow.ts"
import { instantOf, latestInstant } from "../model/Timestamp.ts"
import { isInScope, type Scope } from "./scope.ts"
import { dayMs, offsetAt, wallClock, type WallClock, weekdayOf } from "./wallClock.ts"

/** The part of a maintenance window that this is about. */
export interface PlannedWindow {
  readonly id: string
  readonly name: string
  /** RFC 3339, as `endsAt` and the recurrence's `until`. */
  readonly startsAt: string
  readonly endsAt: string
  readonly timeZone: string
  readonly recurrence: MaintenanceWindow["recurrence"]
  readonly scope: Scope
}

export interface Occurrence {
  readonly from: number
  readonly to: number
}

/**
 * The first window that is on for a monitor. What was worked out of a window is kept as long as the object lives, and is
 * good until its next beginning or end: pass the same objects again. Without windows it costs nothing, with one 0.06 us.
 */
export const windowAt = <Window extends PlannedWindow>(
  windows: ReadonlyArray<Window>,
  monitor: { readonly id: string; readonly tags: ReadonlyArray<string> },
  at: number
): Window | undefined => {
  for (const window of windows) {
    if (isOn(window, at) && isInScope(window.scope, monitor)) return window
  }
  return undefined
}

/** Whether it is on at an instant, for those it is about. */
export const isOn = (window: PlannedWindow, at: number): boolean => onUntil(window, at) !== undefined

/** Until when it is on at an instant, epoch milliseconds; undefined: it is not. */
export const onUntil = (window: PlannedWindow, at: number): number | undefined => {
  const timetable = timetableOf(window)
  if (at < timetable.from || at >= timetable.to) look(timetable, at)
  return timetable.isOn ? timetable.to : undefined
}

/** Those that touch a span of time, in order; at most `max`. Looks ahead three years at most. */
export const occurrences = (
  window: PlannedWindow,
  from: number,
  to: number,
  max: number
): ReadonlyArray<Occurrence> => {
  const timetable = timetableOf(window)
  const found: Array<Occurrence> = []
  for (const occurrence of enumerate(timetable, from, Math.min(to, from + longestLookMs))) {
    if (found.length >= max) break
    if (occurrence.to > from && occurrence.from < to) found.push(occurrence)
  }
  return found
}

const longestLookMs = 1_100 * dayMs
/** A recurring window that is longer is on all the time. */
const mostDays = 40

interface Timetable {
  readonly first: Occurrence
  readonly timeZone: string
  readonly recurrence: MaintenanceWindow["recurrence"]
  readonly until: number
  /** On the clock: days since the epoch, and milliseconds since midnight. */
  readonly firstDay: number
  readonly startOfDay: number
  /** From the beginning to the end, on the clock and really. */
  readonly clockMs: number
  readonly lengthMs: number
  /** What is known: between `from` and `to` it is on, or off. */
  from: number
  to: number
  isOn: boolean
}

const timetables = new WeakMap<PlannedWindow, Timetable>()

const timetableOf = (window: PlannedWindow): Timetable => {
  const known = timetables.get(window)
  if (known !== undefined) return known
  const { timeZone } = window
  const first = { from: epochOf(window.startsAt), to: epochOf(window.endsAt) }
  const localStart = first.from + offsetAt(timeZone, first.from)
  const { recurrence } = window
  const timetable = {
    first,
    timeZone,
    recurrence,
    until: recurrence === null || recurrence.until === null ? Infinity : epochOf(recurrence.until),
    firstDay: Math.floor(localStart / dayMs),
    startOfDay: localStart - Math.floor(localStart / dayMs) * dayMs,
    clockMs: first.to + offsetAt(timeZone, first.to) - localStart,
    lengthMs: first.to - first.from,
    from: 0,
    to: 0,
    isOn: false
  }
  timetables.set(window, timetable)
  return timetable
}

/** Fills in what is known around an instant. */
const look = (timetable: Timetable, at: number): void => {
  let [from, to] = [-Infinity, Infinity]
  timetable.isOn = false
  // Two days ahead and behind: what is nearest is among them, or it is looked at again then.
  const horizon = at + 2 * dayMs
  for (const occurrence of enumerate(timetable, at - 2 * dayMs, horizon)) {
    if (occurrence.from <= at && at < occurrence.to) {
      timetable.isOn = true
      timetable.from = occurrence.from
      timetable.to = occurrence.to
      return
    }
    if (occurrence.to <= at) from = Math.max(from, occurrence.to)
    else to = Math.min(to, occurrence.from)
  }
  timetable.from = Math.max(from, at - 2 * dayMs)
  timetable.to = Math.min(to, horizon)
}

/** All that may touch a span, and some around it, by when they begin. */
const enumerate = function* (timetable: Timetable, from: number, to: number): Generator<Occurrence> {
  const { first, firstDay, lengthMs, recurrence, timeZone, until } = timetable
  yield first
  if (recurrence === null) return
  const reach = Math.min(mostDays, Math.ceil(lengthMs / dayMs)) + 2
  // Days on the wall and in UTC are at most one apart.
  const begin = Math.max(firstDay + 1, Math.floor(from / dayMs) - 1 - reach)
  const lastDay = Math.floor(to / dayMs) + 2
  const clock = wallClock(timeZone, begin * dayMs)
  for (let day = begin; day <= lastDay; day++) {
    if (!isDay(recurrence, day)) continue
    const occurrence = occurrenceOn(timetable, clock, day)
    if (occurrence.from > until) return
    yield occurrence
  }
}

const occurrenceOn = ({ clockMs, lengthMs, startOfDay }: Timetable, clock: WallClock, day: number): Occurrence => {
  const start = day * dayMs + startOfDay
  const from = clock.instantOf(start)
  const isLeftOut = clock.show(from) !== start
  const end = clock.lastInstantOf(start + clockMs)
  return { from, to: Math.max(end, isLeftOut ? clock.lastInstantOf(start) + lengthMs : from + 1) }
}

/** `day`: since the epoch. */
const isDay = (recurrence: NonNullable<MaintenanceWindow["recurrence"]>, day: number): boolean => {
  switch (recurrence.every) {
    case "day":
      return true
    case "week":
      return recurrence.days.includes(weekdayOf(day * dayMs))
    case "month":
      return DateTime.toPartsUtc(DateTime.makeUnsafe(day * dayMs)).day === recurrence.dayOfMonth
  }
}

/** What cannot be read comes as late as can be. */
const epochOf = (timestamp: string): number => Option.getOrElse(instantOf(timestamp), () => latestInstant)
