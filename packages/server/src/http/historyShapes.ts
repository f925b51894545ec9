/** From what the tables add up to, to what the contract shows: every step, day and hour is there, also the empty ones. */
import type { Day, MonitorHistory, SeriesPoint } from "@v-insight/domain/model/History"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { Hour, PastOf } from "@v-insight/database/repo/monitorPasts"
import type { Day as CountedDay } from "@v-insight/database/repo/OverviewRepo"
import { rfc3339 } from "@v-insight/database/repo/instant"
import type { Step } from "@v-insight/database/repo/HistoryRepo"
import { addTo, type Histogram, of, quantile } from "@v-insight/domain/rules/histogram"
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
  pasts: ReadonlyArray<PastOf>,
  bars: number
): ReadonlyMap<MonitorId, MonitorHistory> => {
  const byId = new Map(pasts.map((past) => [past.id, past]))
  const [ofHour, ofAll] = [of([]), of([])]
  return new Map(
    ids.map((id) => {
      const { days, hours } = byId.get(id) ?? { days: Array.from({ length: bars }, () => noCounts), hours: [] }
      return [id, historyOf(days, hours, bars, ofHour, ofAll.fill(0))]
    })
  )
}

/** Both histograms are lent, `ofAll` empty: new ones for each of 2,400 hours are 4 MB for the garbage collector. */
const historyOf = (
  days: ReadonlyArray<Counts>,
  hours: ReadonlyArray<Hour>,
  bars: number,
  ofHour: Histogram,
  ofAll: Histogram
): MonitorHistory => {
  const sparkline = Array.from<number | null>({ length: historyHours }).fill(null)
  const failures = Array.from({ length: historyHours }, () => 0)
  for (const { down, histogram, hour } of hours) {
    failures[hour] = down
    sparkline[hour] = quantileUs(addTo(ofHour.fill(0), histogram), 0.5)
    addTo(ofAll, histogram)
  }
  const { coverage, uptime } = uptimeOf(sumOf(days.slice(-historyDays)))
  return {
    sparkline,
    failures,
    bars: days.slice(-bars).map(shown),
    uptime30d: uptime,
    coverage30d: coverage,
    p95_24h: quantileUs(ofAll, 0.95)
  }
}
