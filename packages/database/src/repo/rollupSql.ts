/**
 * The SQL of rollups: how checks become windows, and windows larger ones. Each statement may be repeated: it makes rows
 * or corrects them, and leaves alone those that are right. Histograms are those of domain/rules/histogram.ts.
 * Measured (bench/history.ts, 100 monitors every minute): 9 us of PostgreSQL's CPU per check for all levels the first time,
 * 6 us the second time when nothing was late; 21 and 14 us with four million checks on a busy machine.
 */
import type { Level } from "@v-insight/domain/rules/rollupPlan"

/** Widths as PostgreSQL writes them, and what each level is made of. */
export const widths: Readonly<Record<Level, string>> = { "5m": "5 minutes", "1h": "1 hour", "1d": "1 day" }
export const tableOf = (level: Level): string => `monitor_rollups_${level}`
const below: Readonly<Record<Exclude<Level, "5m">, Level>> = { "1h": "5m", "1d": "1h" }

const phases = ["dns_us", "connect_us", "tls_us", "first_byte_us", "transfer_us", "total_us"]
const counts = ["up", "degraded", "down", "unknown", "maintenance", "timed"]
const each = (columns: ReadonlyArray<string>, text: (column: string) => string): string =>
  columns.map(text).join(",\n    ")

/** A check is good and timed: it counts for durations. A failure's duration is a time-out's, or nothing. */
const isTimed = "status IN ('up', 'degraded') AND total_us IS NOT NULL"
/** ln(1.1), as JavaScript has it. */
const entry = `set_byte('\\x0001'::bytea, 0, least(255, ceil(ln(greatest(total_us, 1)::float8) / 0.09531017980432493))::integer)`

/** The counts of checks in windows of five minutes, from `$1` to `$2`; `condition` on c narrows it down. */
export const windowsOfChecks = (condition: string): string => `
  SELECT
    c.tenant_id,
    c.monitor_id,
    c.region,
    date_bin('5 minutes', c.checked_at, 'epoch') AS starts_at,
    ${each(phases, (phase) => `round(sum(${phase}) FILTER (WHERE ${isTimed})::numeric / nullif(count(*) FILTER (WHERE ${isTimed}), 0))::integer AS ${phase}`)},
    ${each(counts.slice(0, -1), (status) => `count(*) FILTER (WHERE status = '${status}') AS ${status}`)},
    count(*) FILTER (WHERE ${isTimed}) AS timed,
    coalesce(string_agg(${entry}, ''::bytea ORDER BY total_us) FILTER (WHERE ${isTimed}), '') AS histogram
  FROM monitor_checks c
  WHERE ${condition}
  GROUP BY 1, 2, 3, 4`

const upsert = (level: Level): string => `
ON CONFLICT (tenant_id, monitor_id, starts_at, region) DO UPDATE
SET ${each(phases, (phase) => `${phase} = excluded.${phase}`)},
    -- as it was when the window was new: the interval may have changed since
    expected = greatest(t.expected, excluded.up + excluded.degraded + excluded.down + excluded.unknown + excluded.maintenance${level === "5m" ? "" : ", excluded.expected"}),
    ${each(counts, (count) => `${count} = excluded.${count}`)},
    histogram = excluded.histogram
WHERE (t.histogram, ${counts.map((count) => `t.${count}`).join(", ")}, t.total_us${level === "5m" ? "" : ", t.expected"})
  IS DISTINCT FROM (excluded.histogram, ${counts.map((count) => `excluded.${count}`).join(", ")}, excluded.total_us${level === "5m" ? "" : ", excluded.expected"})`

const columns = `tenant_id, monitor_id, region, starts_at, ${phases.join(", ")}, expected, ${counts.join(", ")}, histogram`

/**
 * Windows of five minutes from `$1` to `$2`, also those in which a monitor should have been checked and was not. How many
 * slots there were: whole intervals since the epoch, so that those of windows side by side add up. For a monitor that
 * is paused or removed now, as many as were used.
 */
const rollChecks = `
WITH seen AS (
  -- cross-tenant: windows of every tenant
  ${windowsOfChecks("c.checked_at >= $1 AND c.checked_at < $2")}
), slots AS (
  SELECT
    m.tenant_id,
    m.id AS monitor_id,
    s.region,
    w.starts_at,
    CASE WHEN m.paused OR m.deleted_at IS NOT NULL THEN 0
         ELSE greatest(0, floor(extract(epoch FROM w.starts_at + interval '5 minutes')::float8 / m.interval_seconds)
           - floor(extract(epoch FROM greatest(w.starts_at, m.created_at))::float8 / m.interval_seconds)) END AS expected
  FROM monitors m
  JOIN monitor_state s ON s.tenant_id = m.tenant_id AND s.monitor_id = m.id
  CROSS JOIN generate_series($1::timestamptz, $2::timestamptz - interval '5 minutes', interval '5 minutes') AS w(starts_at)
)
INSERT INTO monitor_rollups_5m AS t (${columns})
SELECT
  l.tenant_id,
  l.monitor_id,
  l.region,
  l.starts_at,
  ${each(phases, (phase) => phase)},
  greatest(l.expected, up + degraded + down + unknown + maintenance),
  ${each(counts, (count) => `coalesce(${count}, 0)`)},
  coalesce(histogram, '')
FROM slots l
LEFT JOIN seen c ON c.tenant_id = l.tenant_id AND c.monitor_id = l.monitor_id AND c.region = l.region AND c.starts_at = l.starts_at
WHERE l.expected > 0 OR c.monitor_id IS NOT NULL
${upsert("5m")}`

/** The mean of means, each with the weight of its checks. */
export const meanOf = (phase: string): string =>
  `round(sum(${phase}::numeric * timed) / nullif(sum(timed), 0))::integer AS ${phase}`

const rollWindows = (level: Exclude<Level, "5m">): string => `
WITH parts AS (
  -- cross-tenant: windows of every tenant
  SELECT ${columns.replace("starts_at", `date_bin('${widths[level]}', starts_at, 'epoch') AS starts_at`)}
  FROM ${tableOf(below[level])}
  WHERE starts_at >= $1 AND starts_at < $2
), sums AS (
  SELECT
    tenant_id,
    monitor_id,
    region,
    starts_at,
    ${each(phases, meanOf)},
    sum(expected) AS expected,
    ${each(counts, (count) => `sum(${count}) AS ${count}`)}
  FROM parts
  GROUP BY 1, 2, 3, 4
), entries AS (
  SELECT tenant_id, monitor_id, region, starts_at,
    get_byte(histogram, 2 * n) AS bucket,
    sum(get_byte(histogram, 2 * n + 1))::integer AS times
  FROM parts
  CROSS JOIN LATERAL generate_series(0, length(histogram) / 2 - 1) AS n
  GROUP BY 1, 2, 3, 4, 5
), merged AS (
  SELECT tenant_id, monitor_id, region, starts_at,
    decode(string_agg(
      repeat(lpad(to_hex(bucket), 2, '0') || 'ff', times / 255)
        || CASE WHEN times % 255 > 0 THEN lpad(to_hex(bucket * 256 + times % 255), 4, '0') ELSE '' END,
      '' ORDER BY bucket), 'hex') AS histogram
  FROM entries
  GROUP BY 1, 2, 3, 4
)
INSERT INTO ${tableOf(level)} AS t (${columns})
SELECT s.tenant_id, s.monitor_id, s.region, s.starts_at, ${phases.join(", ")}, expected, ${counts.join(", ")}, coalesce(histogram, '')
FROM sums s
LEFT JOIN merged m ON m.tenant_id = s.tenant_id AND m.monitor_id = s.monitor_id AND m.region = s.region AND m.starts_at = s.starts_at
${upsert(level)}`

/** From `$1` to `$2`, both on the border of windows. */
export const rollSql: Readonly<Record<Level, string>> = {
  "5m": rollChecks,
  "1h": rollWindows("1h"),
  "1d": rollWindows("1d")
}
