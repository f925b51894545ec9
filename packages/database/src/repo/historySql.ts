/**
 * Windows of history out of every level, as fine as asked for: what is not yet a day comes from hours, what is not yet an
 * hour from windows of five minutes, and the newest minutes from the checks themselves. No check counts twice: each level
 * ends where its progress says, and the next one begins there. Instants are epoch milliseconds.
 */
import { type Level, levels } from "@v-insight/domain/rules/rollupPlan"
import { checkedMs, phases, quarterOf, tableOf, windowMs, windowsOfChecks } from "./rollupSql.ts"

/** Should rollups stand still, screens still take no more than an hour from checks. */
const mostOfChecksMs = 3_600_000

/** What to pass as `newest`, from `to`, epoch ms. */
export const newestOf = (to: number): number => to - mostOfChecksMs

export const countNames = ["expected", "up", "degraded", "down", "unknown", "maintenance"]

export const rolledUntil = (level: Level): string =>
  `(SELECT to_millis(rolled_until) FROM rollup_progress WHERE level = '${level}')`

export interface Range {
  /** What one row stands for at least; `checks`: nothing but checks, in windows of five minutes. */
  readonly level: Level | "checks"
  /** SQL of an instant on the border of the level's windows. */
  readonly from: string
  readonly to: string
  /**
   * A parameter: checks that began before are left to rollups. Not an expression of `to`, because PostgreSQL leaves out
   * partitions while it plans only for plain values: with sixty of them planning took 5 ms instead of 1.
   */
  readonly newest: string
  /** SQL that narrows down `monitor_key`, of rollups and of checks; nothing for the whole tenant. */
  readonly monitors: string
  /** Whose durations are asked for. Each is a function at each level, which PostgreSQL takes 40 us to plan, used or not. */
  readonly phases?: ReadonlyArray<string>
}

/** The levels that `level` is made up of, itself first. */
export const levelsDownFrom = (level: Level): ReadonlyArray<Level> =>
  levels
    .slice(0, levels.findIndex(({ name }) => name === level) + 1)
    .map(({ name }) => name)
    .toReversed()

/** Rows of `w`, of the tenant `tenant.key`; `starts_ms` is when a window begins. */
export const windowsOf = ({ from, level, monitors, newest: since, phases = [], to }: Range): string => {
  const used = level === "checks" ? [] : levelsDownFrom(level)
  const parts = used.map((name, index) => {
    const coarser = used[index - 1]
    return rollups(
      name,
      monitors,
      phases,
      coarser === undefined ? from : `greatest(${from}, ${rolledUntil(coarser)})`,
      `least(${to}, ${rolledUntil(name)})`
    )
  })
  const begin = level === "checks" ? from : `greatest(${from}, ${rolledUntil("5m")})`
  return `(${[...parts, newestWindows(monitors, phases, level === "checks" ? from : since, begin, to)].join("\n      UNION ALL")}) AS w`
}

const rollups = (level: Level, monitors: string, phases: ReadonlyArray<string>, from: string, to: string): string => `
      SELECT r.monitor_key, r.period * ${windowMs[level]}::bigint AS starts_ms,
        ${phases.map((phase) => `duration_us(r.${phase})::float8 AS ${phase}_us, `).join("")}
        ${[...countNames, "timed"].map((count) => `r.${count}::integer AS ${count}`).join(", ")}, r.histogram
      FROM ${tableOf(level)} r
      WHERE r.tenant_key = tenant.key ${monitors.replaceAll("monitor_key", "r.monitor_key")}
        AND r.period >= (${from} / ${windowMs[level]})::integer
        AND r.period < (${to} / ${windowMs[level]})::integer`

const newestWindows = (
  monitors: string,
  phases: ReadonlyArray<string>,
  since: string,
  from: string,
  to: string
): string => `
      SELECT monitor_key, period * ${windowMs["5m"]}::bigint AS starts_ms, ${phases.map((phase) => `${phase}_us, `).join("")}
        (up + degraded + down + unknown + maintenance)::integer AS expected,
        ${[...countNames.slice(1), "timed"].map((count) => `${count}::integer`).join(", ")}, histogram
      FROM (${windowsOfChecks(`c.tenant_key = tenant.key ${monitors.replaceAll("monitor_key", "c.monitor_key")}
        AND c.quarter >= ${quarterOf(since)}
        AND c.quarter >= ${quarterOf(from)}
        AND c.quarter <= ${quarterOf(to)}
        AND ${checkedMs} >= ${since}
        AND ${checkedMs} >= ${from}
        AND ${checkedMs} < ${to}`)}) AS newest`

export interface Spans {
  readonly to: string
  readonly newest: string
  readonly monitors: string
  /** SQL of the earliest beginning of any span of a level. */
  readonly earliest: Readonly<Record<Level, string>>
}

/**
 * Rows of `w` for several ranges that end together, each row read once. `rank` is the row's level, 0 for checks; what is
 * finer than a range's level counts for it from `joins_ms` on (see `belongsTo`).
 */
export const windowsOfSpans = ({ earliest, monitors, newest: since, to }: Spans): string => {
  const used = levelsDownFrom("1d")
  const parts = used.map((name, index) => {
    const coarser = used[index - 1]
    const joins = coarser === undefined ? "NULL::bigint" : rolledUntil(coarser)
    const windows = rollups(
      name,
      monitors,
      [],
      `least(${earliest[name]}, ${joins})`,
      `least(${to}, ${rolledUntil(name)})`
    )
    return `SELECT *, ${rankOf(name)} AS rank, ${joins} AS joins_ms FROM (${windows}) AS "${name}"`
  })
  const newest = newestWindows(monitors, [], since, rolledUntil("5m"), to)
  return `(${[...parts, `SELECT *, 0, 0 FROM (${newest}) AS checks`].join("\n      UNION ALL ")}) AS w`
}

/** The finest is 1. */
export const rankOf = (level: Level): number => levels.findIndex(({ name }) => name === level) + 1

/** That a row counts for a span `s` with `rank` and `from_ms`. */
export const belongsTo =
  "w.starts_ms >= s.from_ms AND (w.rank = s.rank OR w.rank < s.rank AND w.starts_ms >= w.joins_ms)"

/** Which step of `widthMs` since `from` a row belongs to. */
export const stepOf = (widthMs: string, from: string): string =>
  `((w.starts_ms - ${from}) / ${widthMs}::bigint)::integer`

/** The columns of a row of `sums`, in order. */
export type Sums = readonly [
  expected: number,
  up: number,
  degraded: number,
  down: number,
  unknown: number,
  maintenance: number
]
export const sums = countNames.map((count) => `coalesce(sum(w.${count}), 0)::float8`).join(", ")

/** Microseconds, each window with the weight of its checks. */
export type Means = readonly [
  dns: number | null,
  connect: number | null,
  tls: number | null,
  firstByte: number | null,
  transfer: number | null,
  total: number | null
]
export const meanOfAll = (phase: string): string => `sum(w.${phase}_us * w.timed) / nullif(sum(w.timed), 0)::float8`
export const means = phases.map(meanOfAll).join(", ")

/** Texts of histograms one after the other are that of all. */
export const histogram = "coalesce(string_agg(w.histogram, ''::bytea), '')"
