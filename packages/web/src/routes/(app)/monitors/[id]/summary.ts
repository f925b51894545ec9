/** What the detail page says: its first line, and the figures of the stretches that were fetched. */
import type { Incident } from "@v-insight/domain/model/Incident"
import type { Monitor, MonitorStatus } from "@v-insight/domain/model/Monitor"
import { coverage } from "#lib/charts/coverage.ts"
import { counts, outages } from "#lib/charts/history.ts"
import type { Point } from "#lib/charts/points.ts"
import { quantile } from "#lib/charts/scale.ts"
import { latency, percent } from "#lib/words/check.ts"
import { span } from "#lib/words/time.ts"

/** The word after the name; the time since follows. */
export const isNow: Readonly<Record<MonitorStatus, readonly [verb: string, word: string]>> = {
  up: ["is", "up"],
  degraded: ["is", "degraded"],
  down: ["is", "down"],
  unknown: ["has", "no data"],
  pending: ["waits for", "its first check"],
  paused: ["is", "paused"],
  maintenance: ["is in", "maintenance"]
}

/**
 * Since when it is so; null where the words need no time. A stretch without data ends a state, but no incident: what is
 * down again is down since its open incident began.
 */
export const soSince = (
  { status, statusSince }: Pick<Monitor, "status" | "statusSince">,
  open: Pick<Incident, "startedAt"> | undefined
): string | null => {
  if (statusSince === null || status === "pending" || status === "paused") return null
  const isEarlier = open !== undefined && Date.parse(open.startedAt) < Date.parse(statusSince)
  return status === "down" && isEarlier ? open.startedAt : statusSince
}

export interface Period {
  readonly name: string
  readonly uptime: string
  readonly seen: string
  readonly checks: number
  readonly outages: number
  readonly p50: string
  readonly p95: string
  readonly p99: string
}

const hour = 3_600_000
const lengths = [
  ["1 hour", hour],
  ["6 hours", 6 * hour],
  ["24 hours", 24 * hour],
  ["7 days", 168 * hour]
] as const

/** Periods that the points cover wholly, and the whole of them. */
export const periods = (points: ReadonlyArray<Point>, intervalMs: number): ReadonlyArray<Period> => {
  const from = points[0]?.at
  const to = points.at(-1)?.at
  if (from === undefined || to === undefined) return []
  const whole = to - from
  return [
    ...lengths
      .filter(([, length]) => length < whole)
      .map(([name, length]) =>
        period(
          `Last ${name}`,
          points.filter(({ at }) => at > to - length),
          intervalMs
        )
      ),
    period(points.length === 1 ? "1 check" : `All ${points.length} checks shown, ${span(whole)}`, points, intervalMs)
  ]
}

const period = (name: string, points: ReadonlyArray<Point>, intervalMs: number): Period => {
  const { seen, good } = counts(points)
  const watched = coverage(points, intervalMs)
  const totals = points
    .flatMap(({ total, status }) => (total === null || status === "down" ? [] : [total]))
    .sort((a, b) => a - b)
  const at = (share: number) => (totals.length === 0 ? "–" : latency(quantile(totals, share)))
  return {
    name,
    uptime: share(good, seen),
    seen: share(watched.seen, watched.whole, 1),
    checks: points.length,
    outages: outages(points).length,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99)
  }
}

/** `99.17 %`, or a dash where there is nothing to divide. */
const share = (part: number, whole: number, digits?: number): string =>
  whole === 0 ? "–" : `${percent(part, whole, digits)}\u00a0%`

/** The finding of the bars, as a sentence. */
export const historyFinding = (points: ReadonlyArray<Point>): string => {
  const { seen, good } = counts(points)
  if (seen === 0) return "Nothing was seen yet."
  const poor = points.filter(({ status }) => status === "degraded").length
  if (good === 0 && seen === 1) return "The only check failed."
  if (good === seen && poor > 0) return `No check failed; ${poor} of ${seen} ${poor === 1 ? "was" : "were"} degraded.`
  if (good === seen) return seen === 1 ? "The only check was good." : `All ${seen} checks were good.`
  const found = outages(points)
  const end = points.at(-1)!.at
  const longest = Math.max(...found.map(({ from, to }) => (to ?? end) - from))
  const failed = seen - good
  const most = `${share(good, seen)} of ${seen} checks were good`
  if (found.length === 1)
    return `${most}; ${failed === 1 ? "one failed" : `${failed} failed in one outage of ${span(longest)}`}.`
  return `${most}; ${failed} failed in ${found.length} outages, the longest ${span(longest)}.`
}
