/** The hours of many weeks on top of each other, as a clock on the wall of a time zone shows them. */
import type { Step } from "@v-insight/database/repo/HistoryRepo"
import type { HeatmapCell } from "@v-insight/domain/model/History"
import { merge } from "@v-insight/domain/rules/histogram"
import { add, noCounts, uptimeOf } from "@v-insight/domain/rules/uptime"
import { DateTime } from "effect"
import { hourMs, quantileUs, shown } from "./historyShapes.ts"

const hoursOfDay = 24
const daysOfWeek = 7

/** Hours of zones that are half an hour off belong to the hour in which they begin there. */
export const heatmapCells = (
  hours: ReadonlyArray<Step>,
  from: number,
  zone: DateTime.TimeZone
): ReadonlyArray<HeatmapCell> => {
  const byCell = Map.groupBy(hours, ({ index }) => {
    const { hour, weekDay } = DateTime.toParts(DateTime.makeZonedUnsafe(from + index * hourMs, { timeZone: zone }))
    // Sunday is 0 there and 7 here.
    return ((weekDay + 6) % daysOfWeek) * hoursOfDay + hour
  })
  return Array.from({ length: daysOfWeek * hoursOfDay }, (_, cell) => {
    const found = byCell.get(cell) ?? []
    const counts = found.reduce((sum, one) => add(sum, one.counts), noCounts)
    const histogram = merge(found.map(({ histogram }) => histogram))
    return {
      weekday: Math.floor(cell / hoursOfDay) + 1,
      hour: cell % hoursOfDay,
      ...shown(counts),
      ...uptimeOf(counts),
      p50Us: quantileUs(histogram, 0.5),
      p95Us: quantileUs(histogram, 0.95)
    }
  })
}
