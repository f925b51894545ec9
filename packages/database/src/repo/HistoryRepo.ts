/** What became of one monitor's checks over time, from rollups. */
import { NotFound } from "@v-insight/domain/api/Failures"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { decode, type Histogram, of } from "@v-insight/domain/rules/histogram"
import { type Level, levels } from "@v-insight/domain/rules/rollupPlan"
import type { SeriesSteps } from "@v-insight/domain/rules/seriesSteps"
import { type Counts, noCounts, type Outage } from "@v-insight/domain/rules/uptime"
import { Clock, Context, Effect, Layer } from "effect"
import { TenantSql } from "../TenantSql.ts"
import {
  belongsTo,
  histogram,
  type Means,
  means,
  newestOf,
  rankOf,
  type Range,
  type Sums,
  stepOf,
  sums,
  windowsOf,
  windowsOfSpans
} from "./historySql.ts"

export interface Step {
  /** Which step of the range, counted from 0; those without checks are left out. */
  readonly index: number
  readonly counts: Counts
  readonly means: Means
  readonly histogram: Histogram
}

export interface Span {
  readonly level: Level
  /** Epoch ms, on the border of the level's windows. */
  readonly from: number
}

/** Of one monitor, or of 100 days of hours. */
const maxRows = 5000
/** An installation with more in a year has other troubles; the newest count. */
const maxOutages = 10_000

type Of<A> = Effect.Effect<A, NotFound, TenantContext>

export class HistoryRepo extends Context.Service<
  HistoryRepo,
  {
    /** When the monitor was made, epoch ms. */
    readonly getCreatedAt: (id: MonitorId) => Of<number>
    /** Since when single checks are kept, epoch ms: what their oldest day is. */
    readonly checksFrom: Effect.Effect<number, never, TenantContext>
    readonly listSteps: (id: MonitorId, steps: SeriesSteps) => Effect.Effect<ReadonlyArray<Step>, never, TenantContext>
    /** The whole of each span up to `to`. */
    readonly listTotals: (
      id: MonitorId,
      spans: ReadonlyArray<Span>,
      to: number
    ) => Effect.Effect<ReadonlyArray<Pick<Step, "counts" | "histogram">>, never, TenantContext>
    /** Incidents that lasted into or began after `from`, the newest first. */
    readonly listOutages: (id: MonitorId, from: number) => Effect.Effect<ReadonlyArray<Outage>, never, TenantContext>
  }
>()("@v-insight/database/repo/HistoryRepo") {
  static readonly layer = Layer.effect(
    HistoryRepo,
    Effect.gen(function* () {
      const { read } = yield* TenantSql
      return HistoryRepo.of({
        getCreatedAt: Effect.fn("HistoryRepo.getCreatedAt")(function* (id) {
          const [row] = yield* read<readonly [number]>(createdAt, id)
          return row === undefined ? yield* new NotFound({ message: "There is no such monitor." }) : row[0]
        }),
        checksFrom: Effect.map(
          read<readonly [number | null]>(oldestDay),
          ([row]) => row?.[0] ?? Number.POSITIVE_INFINITY
        ),
        listSteps: Effect.fn("HistoryRepo.listSteps")(function* (id, { from, level, stepMs, to }) {
          const rows = yield* read<readonly [index: number, ...Sums, ...Means, histogram: Uint8Array]>(
            steps[level],
            id,
            from,
            to,
            // The last step may end in days to come. Checks alone are read as far back as asked.
            level === "checks" ? from : newestOf(Math.min(to, yield* Clock.currentTimeMillis)),
            stepMs
          )
          return rows.map((row) => ({
            index: row[0],
            counts: toCounts(row, 1),
            means: [row[7], row[8], row[9], row[10], row[11], row[12]],
            histogram: decode(row[13])
          }))
        }),
        listTotals: Effect.fn("HistoryRepo.listTotals")((id, spans, to) =>
          Effect.map(
            read<readonly [span: number, ...Sums, Uint8Array]>(
              totals,
              id,
              spans.map(({ level }) => rankOf(level)),
              spans.map(({ from }) => from),
              to,
              newestOf(to),
              ...levels.map(({ name }) =>
                Math.min(to, ...spans.filter(({ level }) => level === name).map(({ from }) => from))
              )
            ),
            (rows) => {
              const bySpan = new Map(rows.map((row) => [row[0], row]))
              return spans.map((_, index) => {
                const row = bySpan.get(index + 1)
                return row === undefined
                  ? { counts: noCounts, histogram: of([]) }
                  : { counts: toCounts(row, 1), histogram: decode(row[7]) }
              })
            }
          )
        ),
        listOutages: Effect.fn("HistoryRepo.listOutages")((id, from) =>
          Effect.map(read<readonly [number, number | null]>(outages, id, from), (rows) =>
            rows.map(([startedAt, resolvedAt]) => ({ startedAt, resolvedAt }))
          )
        )
      })
    })
  )
}

/** Six columns of a row, from `at` on. */
export const toCounts = (row: ReadonlyArray<unknown>, at: number): Counts => {
  const [expected, up, degraded, down, unknown, maintenance] = row.slice(at, at + 6) as unknown as Sums
  return { expected, up, degraded, down, unknown, maintenance }
}

const createdAt = `
  SELECT to_millis(m.created_at)::float8
  FROM monitors m
  WHERE m.tenant_id = tenant.id AND m.id = $2 AND m.deleted_at IS NULL
  LIMIT 1`

const oldestDay = `
  SELECT to_millis(min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamp AT TIME ZONE 'UTC')::float8
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'monitor_checks'::regclass
  LIMIT 1`

const thatMonitor = "AND monitor_key = (SELECT m.key FROM monitors m WHERE m.tenant_id = tenant.id AND m.id = $2::uuid)"

/**
 * Along the primary key of each level; of checks only today's partition is opened. A month in hours: 720 rows, 2 ms in
 * PostgreSQL. The first five times on a connection planning costs 5 ms more, because of the partitions.
 */
const stepsFrom = (level: Range["level"]): string => {
  const step = stepOf("$6", "$3::bigint")
  return `
  SELECT ${step} AS step, ${sums}, ${means}, ${histogram}
  FROM ${windowsOf({ level, from: "$3::bigint", to: "$4::bigint", newest: "$5::bigint", monitors: thatMonitor })}
  GROUP BY 1
  ORDER BY 1
  LIMIT ${maxRows}`
}
const steps: Readonly<Record<Range["level"], string>> = {
  checks: stepsFrom("checks"),
  "5m": stepsFrom("5m"),
  "1h": stepsFrom("1h"),
  "1d": stepsFrom("1d")
}

/** A year of days, 30 days of hours and a day of windows, 1,400 rows, each for the spans that it is in: 4 ms. */
const totals = `
  SELECT s.number::integer, ${sums}, ${histogram}
  FROM unnest($3::bigint[], $4::bigint[]) WITH ORDINALITY AS s(rank, from_ms, number)
  JOIN ${windowsOfSpans({
    to: "$5::bigint",
    newest: "$6::bigint",
    earliest: { "5m": "$7::bigint", "1h": "$8::bigint", "1d": "$9::bigint" },
    monitors: thatMonitor
  })} ON ${belongsTo}
  GROUP BY 1
  LIMIT ${maxRows}`

/** Along idx_incidents_monitor_id. */
const outages = `
  SELECT to_millis(i.started_at)::float8, to_millis(i.resolved_at)::float8
  FROM incidents i
  WHERE i.tenant_id = tenant.id
    AND i.monitor_id = $2
    AND (i.started_at >= from_millis($3::bigint) OR i.resolved_at IS NULL OR i.resolved_at > from_millis($3::bigint))
  ORDER BY i.started_at DESC
  LIMIT ${maxOutages}`
