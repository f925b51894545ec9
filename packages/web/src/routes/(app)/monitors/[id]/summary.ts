/** What the detail page says: its first line, the figures of its spans, and what its days were like. */
import type { Day, UptimeSpan } from "@v-insight/domain/model/History"
import type { Incident } from "@v-insight/domain/model/Incident"
import type { Monitor, MonitorStatus } from "@v-insight/domain/model/Monitor"
import { latency, percent } from "#lib/words/check.ts"
import { date, dayMonth, span } from "#lib/words/time.ts"

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

type Judged = Pick<Day, "up" | "degraded" | "down">
type Counts = Judged & Pick<Day, "unknown" | "maintenance">

/** `99.17 %`, or a dash where there is nothing to divide. */
export const uptimeText = ({ degraded, down, up }: Judged): string =>
  up + degraded + down === 0 ? "–" : `${percent(up + degraded, up + degraded + down)}\u00a0%`

/** `99.8 %` of the slots tell something. */
export const seenText = ({ degraded, down, maintenance, unknown, up }: Counts): string => {
  const observed = up + degraded + down + maintenance
  return observed + unknown === 0 ? "–" : `${percent(observed, observed + unknown, 1)}\u00a0%`
}

export interface SpanRow {
  readonly name: string
  /** When the monitor is younger than the span: since when it is watched. */
  readonly since: string | undefined
  readonly uptime: string
  readonly seen: string
  readonly incidents: number
  readonly p50: string
  readonly p95: string
  readonly p99: string
  readonly repair: string
  readonly between: string
  /** The last three in words, where there is no room for columns. */
  readonly line: string
}

const names: Readonly<Record<UptimeSpan["span"], string>> = {
  "24h": "24 hours",
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
  "365d": "365 days"
}

/** Spans that are longer than the whole life of the monitor say the same: one of them is enough. */
export const spanRows = (
  spans: ReadonlyArray<UptimeSpan>,
  createdAt: string,
  timeZone: string
): ReadonlyArray<SpanRow> => {
  const isYounger = ({ from }: UptimeSpan) => Date.parse(createdAt) > Date.parse(from)
  const whole = spans.findIndex(isYounger)
  return (whole < 0 ? spans : spans.slice(0, whole + 1)).map((one) => ({
    name: names[one.span],
    line: reliability(one),
    since: isYounger(one) ? date(createdAt, timeZone) : undefined,
    uptime: uptimeText(one),
    seen: seenText(one),
    incidents: one.incidents,
    p50: latency(one.p50Us),
    p95: latency(one.p95Us),
    p99: latency(one.p99Us),
    repair: one.mttrSeconds === null ? (one.incidents > 0 ? "open" : "–") : span(one.mttrSeconds * 1000),
    between: one.mtbfSeconds === null ? "–" : span(one.mtbfSeconds * 1000)
  }))
}

const reliability = ({ incidents, mtbfSeconds, mttrSeconds }: UptimeSpan): string => {
  if (incidents === 0) return "no incident"
  const repair = mttrSeconds === null ? "open" : `${span(mttrSeconds * 1000)} to repair`
  const between = mtbfSeconds === null ? "" : `, ${span(mtbfSeconds * 1000)} between`
  return `${incidents === 1 ? "1 incident" : `${incidents} incidents`}, ${repair}${between}`
}

/** Days in UTC, as charts name them. */
export const shownDays = (days: ReadonlyArray<Day>) =>
  days.map((day) => ({
    ...day,
    name: dayMonth(`${day.date}T00:00:00Z`, "UTC"),
    uptime: uptimeText(day),
    coverage: seenText(day)
  }))

/** `99.94 % over 90 days, 99.8 % of it observed.` and the day to look at. */
export const daysFinding = (
  days: ReadonlyArray<ReturnType<typeof shownDays>[number]>,
  whole: Counts | undefined
): { readonly finding: string; readonly scope: string } => {
  const first = days.findIndex(({ up, degraded, down }) => up + degraded + down > 0)
  if (first < 0) return { finding: `Nothing was seen in ${days.length} days.`, scope: "" }
  const judged = days.filter(({ up, degraded, down }) => up + degraded + down > 0)
  const total = whole ?? sumOf(days)
  const seen = days.length - first
  const over = first === 0 ? `${days.length} days` : seen === 1 ? "its first day" : `its ${seen} days so far`
  const finding = `${uptimeText(total)} over ${over}, ${seenText(total)} of it observed.`
  const worst = judged.reduce((least, day) => (shareOf(day) < shareOf(least) ? day : least))
  return {
    finding,
    scope:
      shareOf(worst) === 1 ? "No check failed. Days in UTC." : `Worst day: ${worst.name}, ${worst.uptime}. Days in UTC.`
  }
}

const shareOf = ({ degraded, down, up }: Judged): number => (up + degraded) / (up + degraded + down)

const sumOf = (days: ReadonlyArray<Counts>): Counts =>
  days.reduce((sum, day) => ({
    up: sum.up + day.up,
    degraded: sum.degraded + day.degraded,
    down: sum.down + day.down,
    unknown: sum.unknown + day.unknown,
    maintenance: sum.maintenance + day.maintenance
  }))
