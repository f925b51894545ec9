/**
 * Windows of history out of every level, as fine as asked for: what is not yet a day comes from hours, what is not yet an
 * hour from windows of five minutes, and the newest minutes from the checks themselves. No check counts twice: each level
 * ends where its progress says, and the next one begins there.
 */
import { type Level, levels } from "@v-insight/domain/rules/rollupPlan"
import { rfc3339 } from "./instant.ts"
import { tableOf, windowsOfChecks } from "./rollupSql.ts"

/** Should rollups stand still, screens still take no more than an hour from checks. */
const mostOfChecksMs = 3_600_000

/** What to pass as `newest`, from `to`, epoch ms. */
export const newestOf = (to: number): string => rfc3339(to - mostOfChecksMs)

const phases = ["dns_us", "connect_us", "tls_us", "first_byte_us", "transfer_us", "total_us"]
const counts = ["expected", "up", "degraded", "down", "unknown", "maintenance"]

const rolledUntil = (level: Level): string => `(SELECT rolled_until FROM rollup_progress WHERE level = '${level}')`

export interface Range {
  /** What one row stands for at least. */
  readonly level: Level
  /** SQL of an instant on the border of the level's windows. */
  readonly from: string
  readonly to: string
  /**
   * A parameter: checks that began before are left to rollups. Not an expression of `to`, because PostgreSQL leaves out
   * partitions while it plans only for plain values: with sixty of them planning took 5 ms instead of 1.
   */
  readonly newest: string
  /** SQL that narrows down `monitor_id`, of rollups and of checks; nothing for the whole tenant. */
  readonly monitors: string
}

/** Rows of `w`, of the tenant `tenant.id`. */
export const windowsOf = ({ from, level, monitors, newest: since, to }: Range): string => {
  const used = levels.slice(
    levels.findIndex(({ name }) => name === "5m"),
    levels.findIndex(({ name }) => name === level) + 1
  )
  const parts = used.toReversed().map(({ name }, index, all) => {
    const coarser = all[index - 1]
    const start = coarser === undefined ? from : `greatest(${from}, ${rolledUntil(coarser.name)})`
    return `
      SELECT r.monitor_id, r.starts_at, ${[...phases, ...counts].map((column) => `r.${column}`).join(", ")}, r.timed, r.histogram
      FROM ${tableOf(name)} r
      WHERE r.tenant_id = tenant.id ${monitors.replaceAll("monitor_id", "r.monitor_id")}
        AND r.starts_at >= ${start}
        AND r.starts_at < least(${to}, ${rolledUntil(name)})`
  })
  const newest = windowsOfChecks(`c.tenant_id = tenant.id ${monitors.replaceAll("monitor_id", "c.monitor_id")}
        AND c.checked_at >= ${since}
        AND c.checked_at >= greatest(${from}, ${rolledUntil("5m")})
        AND c.checked_at < ${to}`)
  return `(${parts.join("\n      UNION ALL")}
      UNION ALL
      SELECT monitor_id, starts_at, ${phases.join(", ")}, (up + degraded + down + unknown + maintenance)::integer,
        ${counts
          .slice(1)
          .map((count) => `${count}::integer`)
          .join(", ")}, timed::integer, histogram
      FROM (${newest}) AS newest) AS w`
}

/**
 * Which step of `width` since `from` a row belongs to: `start` to group by, and its number. Numbers are made of the few
 * groups, not of every row: extract() computes with numeric, which took half of the time of bars for 100 monitors.
 */
export const stepOf = (width: string, from: string): { readonly start: string; readonly number: string } => {
  const start = `date_bin(${width}, w.starts_at, ${from})`
  return { start, number: `round(extract(epoch FROM ${start} - ${from}) / extract(epoch FROM ${width}))::integer` }
}

/** The columns of a row of `sums`, in order. */
export type Sums = readonly [
  expected: number,
  up: number,
  degraded: number,
  down: number,
  unknown: number,
  maintenance: number
]
export const sums = counts.map((count) => `coalesce(sum(w.${count}), 0)::float8`).join(", ")

/** Microseconds, each window with the weight of its checks. */
export type Means = readonly [
  dns: number | null,
  connect: number | null,
  tls: number | null,
  firstByte: number | null,
  transfer: number | null,
  total: number | null
]
export const meanOfAll = (phase: string): string => `sum(w.${phase}::float8 * w.timed) / nullif(sum(w.timed), 0)`
export const means = phases.map(meanOfAll).join(", ")

/** Texts of histograms one after the other are that of all. */
export const histogram = "coalesce(string_agg(w.histogram, ''::bytea), '')"
