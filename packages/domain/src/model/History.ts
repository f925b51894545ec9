/** What became of a monitor's checks over time. Shares are 0 to 1, durations whole microseconds, wrong by 5 % at most. */
import { Schema } from "effect"
import { Timings } from "./CheckOutcome.ts"
import { MonitorId } from "./Monitor.ts"
import { Timestamp } from "./Timestamp.ts"

const Share = Schema.NullOr(Schema.Finite)
const Microseconds = Schema.NullOr(Schema.Int)

/** Checks by status. `unknown` are the slots that tell nothing, also those in which no check was done. */
const allCounts = {
  up: Schema.Int,
  degraded: Schema.Int,
  down: Schema.Int,
  unknown: Schema.Int,
  maintenance: Schema.Int
}
/** Of good checks. */
const percentiles = { p50Us: Microseconds, p95Us: Microseconds, p99Us: Microseconds }
/** Uptime: degraded counts as up, unknown as neither. Coverage: how much of the time was observed. */
const shares = { uptime: Share, coverage: Share }

export const SeriesPoint = Schema.Struct({
  at: Timestamp,
  ...allCounts,
  ...percentiles,
  /** Mean per phase; phases that checks did not have count as 0, null when no check had it. */
  mean: Timings
}).annotate({ identifier: "SeriesPoint" })
export type SeriesPoint = typeof SeriesPoint.Type

/** Every step of the range in order, also those without checks. */
export const Series = Schema.Struct({
  /** The beginning of the first step and the end of the last one: the range asked for, in whole steps. */
  from: Timestamp,
  to: Timestamp,
  stepSeconds: Schema.Int,
  points: Schema.Array(SeriesPoint)
}).annotate({ identifier: "Series" })
export type Series = typeof Series.Type

export const UptimeSpan = Schema.Struct({
  span: Schema.Literals(["24h", "7d", "30d", "90d", "365d"]),
  from: Timestamp,
  to: Timestamp,
  ...allCounts,
  ...shares,
  ...percentiles,
  /** Incidents that began in it. */
  incidents: Schema.Int,
  /** Mean time to recovery, of those that are over. */
  mttrSeconds: Schema.NullOr(Schema.Int),
  /** Mean time between failures: the time without an incident, by the incidents; null without any. */
  mtbfSeconds: Schema.NullOr(Schema.Int)
}).annotate({ identifier: "UptimeSpan" })
export type UptimeSpan = typeof UptimeSpan.Type

/** One day in UTC. */
export const Day = Schema.Struct({ date: Schema.String, ...allCounts, ...shares }).annotate({ identifier: "Day" })
export type Day = typeof Day.Type

export const HeatmapCell = Schema.Struct({
  /** 1 is Monday, 7 Sunday (ISO 8601). */
  weekday: Schema.Int,
  /** 0 to 23, in the time zone asked for. */
  hour: Schema.Int,
  ...allCounts,
  ...shares,
  p50Us: Microseconds,
  p95Us: Microseconds
}).annotate({ identifier: "HeatmapCell" })
export type HeatmapCell = typeof HeatmapCell.Type

/** 168 cells, Monday 0:00 first. */
export const Heatmap = Schema.Struct({
  timeZone: Schema.String,
  from: Timestamp,
  to: Timestamp,
  cells: Schema.Array(HeatmapCell)
}).annotate({ identifier: "Heatmap" })
export type Heatmap = typeof Heatmap.Type

const Bar = Schema.Struct(allCounts)

/** A monitor's history in a row of a list. */
export const MonitorHistory = Schema.Struct({
  /** The median of each of the newest 24 hours, the present one last; null without good checks. */
  sparkline: Schema.Array(Microseconds),
  /** How many checks failed in each of these hours. */
  failures: Schema.Array(Schema.Int),
  /** Of each of the newest days in UTC, today last: as many as were asked for. */
  bars: Schema.Array(Bar),
  /** Of the newest 30 days. */
  uptime30d: Share,
  coverage30d: Share,
  /** Of the hours of the sparkline. */
  p95_24h: Microseconds
}).annotate({ identifier: "MonitorHistory" })
export type MonitorHistory = typeof MonitorHistory.Type

const Ranked = Schema.Struct({ id: MonitorId, name: Schema.String, ...shares, p95Us: Microseconds })

/** How the whole tenant is. */
export const Dashboard = Schema.Struct({
  /** Of all monitors together, by check. Days are UTC days, today among them. */
  uptime24h: Schema.Struct(shares),
  uptime30d: Schema.Struct(shares),
  /** 30, today last. */
  days: Schema.Array(Day),
  /** Not resolved yet. */
  openIncidents: Schema.Int,
  /** Begun in the last 24 hours and 30 days. */
  incidents24h: Schema.Int,
  incidents30d: Schema.Int,
  /** The five with the lowest uptime in the last 24 hours, of those that were down at all. */
  leastAvailable: Schema.Array(Ranked),
  /** The five that took longest on average in the last 24 hours. */
  slowest: Schema.Array(Ranked)
}).annotate({ identifier: "Dashboard" })
export type Dashboard = typeof Dashboard.Type
