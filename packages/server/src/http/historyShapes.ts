/** From what the tables add up to, to what the contract shows: every step, day and hour is there, also the empty ones. */
import type { Day, MonitorHistory, SeriesPoint } from "@v-insight/domain/model/History"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { Day as CountedDay, DaysOf, HourOf } from "@v-insight/database/repo/OverviewRepo"
import { rfc3339 } from "@v-insight/database/repo/instant"
import type { Step } from "@v-insight/database/repo/HistoryRepo"
import { type Histogram, merge, of, quantile } from "@v-insight/domain/rules/histogram"
import { countOf, type SeriesSteps } from "@v-insight/domain/rules/seriesSteps"
import { add, type Counts, noCounts, unknownOf, uptimeOf } from "@v-insight/domain/rules/uptime"

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

export const floorTo = (at: number, unitMs: number): number => Math.floor(at / unitMs) * unitMs

const whole = (value: number | null): number | null => (value === null ? null : Math.round(value))

/** Microseconds. */
export const quantileUs = (histogram: Histogram, q: number): number | null => whole(quantile(histogram, q))

export const percentilesOf = (histogram: Histogram) => ({
  p50Us: quantileUs(histogram, 0.5),
  p95Us: quantileUs(histogram, 0.95),
  p99Us: quantileUs(histogram, 0.99)
})

/** Unknown are also the slots in which nobody looked. */
export const shown = (counts: Counts) => ({
  up: counts.up,
  degraded: counts.degraded,
  down: counts.down,
  unknown: unknownOf(counts),
  maintenance: counts.maintenance
})

const noMeans: Step["means"] = [null, null, null, null, null, null]
const noHistogram = of([])

export const pointsOf = (steps: SeriesSteps, found: ReadonlyArray<Step>): ReadonlyArray<SeriesPoint> => {
  const byIndex = new Map(found.map((step) => [step.index, step]))
  return Array.from({ length: countOf(steps) }, (_, index) => {
    const { counts = noCounts, histogram = noHistogram, means = noMeans } = byIndex.get(index) ?? {}
    const [dns, connect, tls, firstByte, transfer, total] = means
    return {
      at: rfc3339(steps.from + index * steps.stepMs),
      ...shown(counts),
      ...percentilesOf(histogram),
      mean: {
        dnsUs: whole(dns),
        connectUs: whole(connect),
        tlsUs: whole(tls),
        firstByteUs: whole(firstByte),
        transferUs: whole(transfer),
        totalUs: whole(total)
      }
    }
  })
}

/** `length` days from `from` on. */
export const daysOf = (from: number, length: number, found: ReadonlyArray<CountedDay>): ReadonlyArray<Day> => {
  const byDay = new Map(found.map(({ counts, day }) => [day, counts]))
  return Array.from({ length }, (_, day) => {
    const counts = byDay.get(day) ?? noCounts
    return { date: rfc3339(from + day * dayMs).slice(0, 10), ...shown(counts), ...uptimeOf(counts) }
  })
}

export const sumOf = (counts: Iterable<Counts>): Counts => {
  let sum = noCounts
  for (const one of counts) sum = add(sum, one)
  return sum
}

/** How much a row of the list tells of the past. */
export const historyDays = 30
export const historyHours = 24

/** Of each of these monitors, with `bars` days. */
export const historiesOf = (
  ids: ReadonlyArray<MonitorId>,
  days: ReadonlyArray<DaysOf>,
  hours: ReadonlyArray<HourOf>,
  bars: number
): ReadonlyMap<MonitorId, MonitorHistory> => {
  const daysById = new Map(days.map(({ days, id }) => [id, days]))
  const hoursById = Map.groupBy(hours, ({ id }) => id)
  return new Map(
    ids.map((id) => {
      const ofDay = daysById.get(id) ?? Array.from({ length: bars }, () => noCounts)
      const ofHour = new Map(hoursById.get(id)?.map(({ histogram, hour }) => [hour, histogram]))
      const failed = new Map(hoursById.get(id)?.map(({ down, hour }) => [hour, down]))
      const { coverage, uptime } = uptimeOf(sumOf(ofDay.slice(-historyDays)))
      return [
        id,
        {
          sparkline: Array.from({ length: historyHours }, (_, hour) =>
            quantileUs(ofHour.get(hour) ?? noHistogram, 0.5)
          ),
          failures: Array.from({ length: historyHours }, (_, hour) => failed.get(hour) ?? 0),
          bars: ofDay.slice(-bars).map(shown),
          uptime30d: uptime,
          coverage30d: coverage,
          p95_24h: quantileUs(merge(ofHour.values()), 0.95)
        }
      ]
    })
  )
}
