/**
 * What rows of a list tell of the past: days, and the newest hours. Two statements at once, each a row per monitor: days
 * that are over are plain columns of an index and by far the most; what is not yet a day is put together from everything
 * finer.
 */
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { add, type Counts, noCounts } from "@v-insight/domain/rules/uptime"
import { Effect } from "effect"
import type { TenantSql } from "../TenantSql.ts"
import { countNames, newestOf, rolledUntil, windowsOf } from "./historySql.ts"

export interface PastOf {
  readonly id: MonitorId
  /** Of every day of the range in order, also those without checks. */
  readonly days: ReadonlyArray<Counts>
  readonly hours: ReadonlyArray<Hour>
}

export interface Hour {
  /** Counted from the first hour of the range. */
  readonly hour: number
  /** How many checks failed. */
  readonly down: number
  /** How long the good ones took, as tables keep it (domain/rules/histogram.ts). */
  readonly histogram: Uint8Array
}

export interface PastRange {
  /** Of days: a midnight in UTC, epoch ms. */
  readonly days: number
  /** Of hours: a full hour, epoch ms, not before that of days. */
  readonly hours: number
  readonly to: number
}

/** A page has 200 monitors. */
const maxRows = 1000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/**
 * What a statement tells of a monitor's windows, in any order: 32-bit numbers one after the other. As arrays, a column
 * each, they took PostgreSQL three times as long to put together as to find.
 */
type Windows = Uint8Array
const numbersOf = (columns: ReadonlyArray<string>): string =>
  `coalesce(string_agg(${columns.map((column) => `int4send(${column})`).join(" || ")}, ''::bytea), '')`
/** Of a window: when it was, and the counts. */
const columnsOf = (window: string, at: string): ReadonlyArray<string> =>
  [at, ...countNames].map((name) => `${window}.${name}`)
const bytesOf = (columns: number): number => 4 * columns
const closedBytes = bytesOf(7)
/** The last column is how many bytes of the histograms are the window's. */
const openBytes = bytesOf(8)
const sizeAt = bytesOf(7)

/** `until`: where days that are over end, epoch ms, as the statement found it. */
type ClosedRow = readonly [id: MonitorId, until: number, days: Windows]
type OpenRow = readonly [id: MonitorId, until: number, hours: Windows, histograms: Uint8Array]

/** `ids` are a page at most; those that are nobody's or somebody else's are left out. */
export const listPasts =
  (read: TenantSql["Service"]["read"]) =>
  (ids: ReadonlyArray<MonitorId>, from: PastRange): Effect.Effect<ReadonlyArray<PastOf>, never, TenantContext> => {
    const readClosed = (until: number) => read<ClosedRow>(closed, from.days, until, ids)
    const both = [
      readClosed(from.to),
      read<OpenRow>(open, from.days, from.to, newestOf(from.to), ids, from.hours)
    ] as const
    return Effect.gen(function* () {
      const [days, hours] = yield* Effect.all(both, { concurrency: 2 })
      const until = hours[0]?.[1]
      // A day was completed between the two: it would be missing, or count twice.
      const isTorn = until !== undefined && days.some((row) => row[1] !== until)
      return putTogether(isTorn ? yield* readClosed(until) : days, hours, from)
    })
  }

const putTogether = (closed: ReadonlyArray<ClosedRow>, open: ReadonlyArray<OpenRow>, from: PastRange) => {
  const length = Math.ceil((from.to - from.days) / dayMs)
  const [firstDay, firstHour] = [from.days / dayMs, from.hours / hourMs]
  const daysOf = new Map<MonitorId, Array<Counts>>()
  for (const [id, , windows] of closed) {
    const days = Array.from({ length }, () => noCounts)
    const view = viewOf(windows)
    for (let at = 0; at < windows.length; at += closedBytes)
      count(days, view.getInt32(at) - firstDay, countsAt(view, at))
    daysOf.set(id, days)
  }
  return open.map(([id, until, windows, histograms]): PastOf => {
    const days = daysOf.get(id) ?? Array.from({ length }, () => noCounts)
    const hours: Array<Hour> = []
    const view = viewOf(windows)
    let end = 0
    for (let at = 0; at < windows.length; at += openBytes) {
      const hour = view.getInt32(at)
      const counts = countsAt(view, at)
      const histogram = histograms.subarray(end, (end += view.getInt32(at + sizeAt)))
      // Of days that are over, hours are there for themselves only.
      if (hour * hourMs >= Math.max(until, from.days)) count(days, Math.floor(hour / 24) - firstDay, counts)
      if (hour >= firstHour) hours.push({ hour: hour - firstHour, down: counts.down, histogram })
    }
    return { id, days, hours }
  })
}

const viewOf = ({ buffer, byteLength, byteOffset }: Windows): DataView => new DataView(buffer, byteOffset, byteLength)

/** In the order of `countNames`, behind when it was. */
const countsAt = (view: DataView, at: number): Counts => ({
  expected: view.getInt32(at + 4),
  up: view.getInt32(at + 8),
  degraded: view.getInt32(at + 12),
  down: view.getInt32(at + 16),
  unknown: view.getInt32(at + 20),
  maintenance: view.getInt32(at + 24)
})

const count = (days: Array<Counts>, day: number, counts: Counts): void => {
  const before = days[day]!
  days[day] = before === noCounts ? counts : add(before, counts)
}

const monitorsOf = (ids: string): string => `
  SELECT m.key, m.id
  FROM monitors m
  WHERE m.tenant_id = tenant.id AND m.id = ANY (${ids}::uuid[])`
/** Not coalesce: under row-level security PostgreSQL looks for no index by what has one, and read 80,000 rows more. */
const until = `greatest(0::bigint, ${rolledUntil("1d")})`
/**
 * Hot. Days of 90 x 100: along idx_monitor_rollups_1d_counts alone, monitor by monitor, so nothing is sorted. No partitions
 * and no estimates that differ: PostgreSQL keeps the plan. 9,000 rows, one per day, cost more to send than to find.
 */
const closed = `
  SELECT m.id, ${until}::float8, found.*
  FROM (${monitorsOf("$4")} OFFSET 0) AS m
  CROSS JOIN LATERAL (
    SELECT ${numbersOf(columnsOf("r", "period"))} AS days
    FROM monitor_rollups_1d r
    WHERE r.tenant_key = tenant.key
      AND r.monitor_key = m.key
      AND r.period >= ($2::bigint / ${dayMs})::integer
      AND r.period < (least($3::bigint, ${until}) / ${dayMs})::integer
  ) AS found
  LIMIT ${maxRows}`

/**
 * Hot. Hours since 1970. Where rollups stand still, days that are not made yet are longer ago than the hours asked for:
 * these are added up here, under their first hour.
 */
const open = `
  WITH mine AS MATERIALIZED (${monitorsOf("$5")})
  SELECT m.id, ${until}::float8, coalesce(found.hours, ''), coalesce(found.histograms, '')
  FROM mine m
  LEFT JOIN (
    SELECT h.monitor_key, ${numbersOf([...columnsOf("h", "hour"), "length(h.histogram)"])} AS hours,
      string_agg(h.histogram, ''::bytea) AS histograms
    FROM (
      SELECT w.monitor_key,
        (CASE WHEN w.starts_ms >= $6::bigint THEN w.starts_ms / ${hourMs} ELSE w.starts_ms / ${dayMs} * 24 END)::integer AS hour,
        ${countNames.map((name) => `sum(w.${name})::integer AS ${name}`).join(", ")},
        coalesce(string_agg(CASE WHEN w.starts_ms >= $6::bigint THEN w.histogram END, ''::bytea), '') AS histogram
      FROM ${windowsOf({
        level: "1h",
        from: `least($6::bigint, greatest($2::bigint, ${until}))`,
        to: "$3::bigint",
        newest: "$4::bigint",
        monitors: "AND monitor_key = ANY (ARRAY(SELECT mine.key FROM mine))"
      })}
      GROUP BY 1, 2
    ) AS h
    GROUP BY 1
  ) AS found ON found.monitor_key = m.key
  LIMIT ${maxRows}`
