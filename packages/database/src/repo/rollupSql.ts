/**
 * The SQL of rollups: how checks become windows, and windows larger ones. Each statement may be repeated: it makes rows
 * or corrects them, and leaves alone those that are right. Histograms are those of domain/rules/histogram.ts, durations
 * short ones (domain/rules/shortDuration.ts), instants the number of the window since 1970.
 */
import type { Level } from "@v-insight/domain/rules/rollupPlan"
import { lettersOf } from "./checkLetters.ts"

/** What each level is made of. */
const below: Readonly<Record<Exclude<Level, "5m">, { readonly level: Level; readonly times: number }>> = {
  "1h": { level: "5m", times: 12 },
  "1d": { level: "1h", times: 24 }
}
export const windowMs: Readonly<Record<Level, number>> = { "5m": 300_000, "1h": 3_600_000, "1d": 86_400_000 }
export const tableOf = (level: Level): string => `monitor_rollups_${level}`

export const phases = ["dns", "connect", "tls", "first_byte", "transfer", "total"]
const statuses = ["up", "degraded", "down", "unknown", "maintenance"] as const
const counts = [...statuses, "timed"]
const each = (columns: ReadonlyArray<string>, text: (column: string) => string): string =>
  columns.map(text).join(",\n    ")

/** When a check `c` began, epoch ms. */
export const checkedMs = "(c.quarter * 900000::bigint + c.after_ms)"
/** Of an instant, epoch ms: what the index of checks and their partitions are made by. */
export const quarterOf = (ms: string): string => `(${ms} / 900000)::integer`

/** A check is good and timed: it counts for durations. A failure's duration is a time-out's, or nothing. */
const isTimed = "c.status IN ('u', 'g') AND c.total <> 0"
/** ln(1.1), as JavaScript has it. */
const entry = `set_byte('\\x00'::bytea, 0, least(199, ceil(ln(greatest(duration_us(c.total), 1)::float8) / 0.09531017980432493))::integer)`
const entries = `string_agg(${entry}, ''::bytea ORDER BY c.total) FILTER (WHERE ${isTimed})`
/** Fewer are not worth the while of merging. */
const fewEntries = 10

/** Windows of five minutes out of checks, durations in microseconds; `condition` on c narrows it down. */
export const windowsOfChecks = (condition: string): string => `
  SELECT
    c.tenant_key,
    c.monitor_key,
    c.region_key,
    c.quarter * 3 + c.after_ms / 300000 AS period,
    ${each(phases, (phase) => `sum(duration_us(c.${phase})) FILTER (WHERE ${isTimed})::float8 / count(*) FILTER (WHERE ${isTimed}) AS ${phase}_us`)},
    ${statuses.map((status) => `count(*) FILTER (WHERE c.status IN (${lettersOf[status]})) AS ${status}`).join(",\n    ")},
    count(*) FILTER (WHERE ${isTimed}) AS timed,
    coalesce(CASE WHEN count(*) <= ${fewEntries} THEN ${entries} ELSE merged_histogram(${entries}) END, '') AS histogram
  FROM monitor_checks c
  WHERE ${condition}
  GROUP BY 1, 2, 3, 4`

const upsert = (level: Level): string => `
ON CONFLICT (tenant_key, monitor_key, period, region_key) DO UPDATE
SET ${each(phases, (phase) => `${phase} = excluded.${phase}`)},
    -- as it was when the window was new: the interval may have changed since
    expected = greatest(t.expected, excluded.up + excluded.degraded + excluded.down + excluded.unknown + excluded.maintenance${level === "5m" ? "" : ", excluded.expected"}),
    ${each(counts, (count) => `${count} = excluded.${count}`)},
    histogram = excluded.histogram
WHERE (t.histogram, ${counts.map((count) => `t.${count}`).join(", ")}, t.total${level === "5m" ? "" : ", t.expected"})
  IS DISTINCT FROM (excluded.histogram, ${counts.map((count) => `excluded.${count}`).join(", ")}, excluded.total${level === "5m" ? "" : ", excluded.expected"})`

const columns = `tenant_key, monitor_key, period, region_key, ${phases.join(", ")}, expected, ${counts.join(", ")}, histogram`

/**
 * Windows of five minutes from `$1` to `$2`, epoch ms, also those in which a monitor should have been checked and was not.
 * How many slots there were: those that lie in the window, so that windows side by side add up and intervals that do not
 * divide five minutes lose nothing. For a monitor that is paused or removed now, as many as were used.
 */
const rollChecks = `
WITH seen AS (
  -- cross-tenant: windows of every tenant
  ${windowsOfChecks(`c.quarter >= ${quarterOf("$1::bigint")} AND c.quarter <= ${quarterOf("($2::bigint - 1)")}
    AND ${checkedMs} >= $1::bigint AND ${checkedMs} < $2::bigint`)}
), slots AS (
  SELECT
    m.tenant_key,
    m.key AS monitor_key,
    r.key AS region_key,
    w.period,
    CASE WHEN m.paused OR m.deleted_at IS NOT NULL THEN 0
         ELSE greatest(0, ((w.period + 1) * 300000::bigint - 1 - p.phase_ms) / p.interval_ms
           - (greatest(w.period * 300000::bigint, to_millis(m.created_at)) - 1 - p.phase_ms) / p.interval_ms) END AS expected
  FROM monitors m
  JOIN monitor_state s ON s.tenant_id = m.tenant_id AND s.monitor_id = m.id
    -- states of regions that it was taken from stay behind
    AND (s.region = ANY (m.regions) OR m.regions = '{}' AND s.region = (SELECT default_region()))
  JOIN regions r ON r.name = s.region
  CROSS JOIN LATERAL (
    -- slots are at phase + k * interval (domain/rules/slots.ts): any of them tells the phase
    SELECT m.interval_seconds * 1000::bigint AS interval_ms, s.last_slot_ms % (m.interval_seconds * 1000::bigint) AS phase_ms
  ) AS p
  CROSS JOIN generate_series(($1::bigint / 300000)::integer, ($2::bigint / 300000)::integer - 1) AS w(period)
)
INSERT INTO monitor_rollups_5m AS t (${columns})
SELECT
  l.tenant_key,
  l.monitor_key,
  l.period,
  l.region_key,
  ${each(phases, (phase) => `short_duration(${phase}_us::bigint)`)},
  greatest(l.expected, up + degraded + down + unknown + maintenance),
  ${each(counts, (count) => `coalesce(${count}, 0)`)},
  coalesce(histogram, '')
FROM slots l
LEFT JOIN seen c ON c.tenant_key = l.tenant_key AND c.monitor_key = l.monitor_key AND c.region_key = l.region_key AND c.period = l.period
WHERE l.expected > 0 OR c.monitor_key IS NOT NULL
-- one order of locking, and rows in the order of time
ORDER BY l.period, l.tenant_key, l.monitor_key
${upsert("5m")}`

/** The mean of means, each with the weight of its checks. */
const meanOf = (phase: string): string =>
  `sum(duration_us(${phase})::float8 * timed) / nullif(sum(timed), 0) AS ${phase}_us`

const rollWindows = (level: Exclude<Level, "5m">): string => `
WITH sums AS (
  -- cross-tenant: windows of every tenant
  SELECT
    tenant_key,
    monitor_key,
    period / ${below[level].times} AS period,
    region_key,
    ${each(phases, meanOf)},
    sum(expected) AS expected,
    ${each(counts, (count) => `sum(${count}) AS ${count}`)},
    merged_histogram(string_agg(histogram, ''::bytea)) AS histogram
  FROM ${tableOf(below[level].level)} AS part
  WHERE period >= ($1::bigint / ${windowMs[below[level].level]})::integer AND period < ($2::bigint / ${windowMs[below[level].level]})::integer
    -- windows of five minutes may outlive their monitor
    AND EXISTS (SELECT 1 FROM monitors m WHERE m.tenant_key = part.tenant_key AND m.key = part.monitor_key)
  GROUP BY 1, 2, 3, 4
)
INSERT INTO ${tableOf(level)} AS t (${columns})
SELECT tenant_key, monitor_key, period, region_key, ${phases.map((phase) => `short_duration(${phase}_us::bigint)`).join(", ")},
  expected, ${counts.join(", ")}, histogram
FROM sums
ORDER BY period, tenant_key, monitor_key
${upsert(level)}`

/** From `$1` to `$2`, both on the border of windows, epoch ms. */
export const rollSql: Readonly<Record<Level, string>> = {
  "5m": rollChecks,
  "1h": rollWindows("1h"),
  "1d": rollWindows("1d")
}
