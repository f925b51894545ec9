/** When maintenance windows hold between two instants, and which of those times lie over each other. */
import { rfc3339 } from "@v-insight/database/repo/instant"
import type { MaintenanceCalendar, MaintenanceWindow } from "@v-insight/domain/model/MaintenanceWindow"
import { occurrences } from "@v-insight/domain/rules/maintenance"

/** Eight a day for 62 days: more than a calendar can show. */
const maxOccurrences = 500

export const calendarOf = (
  windows: ReadonlyArray<MaintenanceWindow>,
  from: number,
  to: number
): MaintenanceCalendar => {
  const all = windows
    .flatMap((window) => occurrences(window, from, to, maxOccurrences + 1).map((times) => ({ ...times, window })))
    .sort((a, b) => a.from - b.from || a.to - b.to || (a.window.id < b.window.id ? -1 : 1))
  const overlapping = overlapsOf(all)
  return {
    from: rfc3339(from),
    to: rfc3339(to),
    occurrences: all.slice(0, maxOccurrences).map((one, index) => ({
      windowId: one.window.id,
      name: one.window.name,
      startsAt: rfc3339(one.from),
      endsAt: rfc3339(one.to),
      timeZone: one.window.timeZone,
      isRecurring: one.window.recurrence !== null,
      scope: one.window.scope,
      overlaps: overlapping.has(index)
    })),
    isCut: all.length > maxOccurrences
  }
}

/** Indexes of those that lie over another one; they are in the order of their beginning. */
export const overlapsOf = (
  times: ReadonlyArray<{ readonly from: number; readonly to: number }>
): ReadonlySet<number> => {
  const found = new Set<number>()
  // The one that ends last of all that have begun: who begins before that lies over it.
  let longest = -1
  times.forEach((one, index) => {
    if (longest >= 0 && one.from < times[longest]!.to) found.add(index).add(longest)
    if (longest < 0 || one.to > times[longest]!.to) longest = index
  })
  return found
}
