/** What became of one monitor's checks over time, from rollups. */
import { NotFound } from "@v-insight/domain/api/Failures"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { decode, type Histogram } from "@v-insight/domain/rules/histogram"
import { type Level, levels } from "@v-insight/domain/rules/rollupPlan"
import type { SeriesSteps } from "@v-insight/domain/rules/seriesSteps"
import type { Counts, Outage } from "@v-insight/domain/rules/uptime"
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
import { phases } from "./rollupSql.ts"

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

export interface Past {
  /** When the monitor was made, epoch ms. */
  readonly createdAt: number
  /** The whole of each span, in the order asked for. */
  readonly totals: ReadonlyArray<Pick<Step, "counts" | "histogram">>
  /** Incidents that lasted into or began after the earliest span, the newest first. */
  readonly outages: ReadonlyArray<Outage>
}

type Of<A> = Effect.Effect<A, NotFound, TenantContext>

export class HistoryRepo extends Context.Service<
  HistoryRepo,
  {
    /** Since when single checks are kept, epoch ms: what their oldest day is. */
    readonly checksFrom: Effect.Effect<number, never, TenantContext>
    readonly listSteps: (id: MonitorId, steps: SeriesSteps) => Of<ReadonlyArray<Step>>
    /** Spans that all end at `to`. */
    readonly getPast: (id: MonitorId, spans: ReadonlyArray<Span>, to: number) => Of<Past>
  }
>()("@v-insight/database/repo/HistoryRepo") {
  static readonly layer = Layer.effect(
    HistoryRepo,
    Effect.gen(function* () {
      const { read } = yield* TenantSql
      return HistoryRepo.of({
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
          // Windows tell that there is a monitor; only when there are none, it is asked for.
          if (rows.length === 0 && (yield* read(exists, id)).length === 0) return yield* noMonitor
          return rows.map((row) => ({
            index: row[0],
            counts: toCounts(row, 1),
            means: [row[7], row[8], row[9], row[10], row[11], row[12]],
            histogram: decode(row[13])
          }))
        }),
        getPast: Effect.fn("HistoryRepo.getPast")(function* (id, spans, to) {
          const rows = yield* read<readonly [number, Instants, Instants, span: number, ...Sums, Uint8Array]>(
            past,
            id,
            spans.map(({ level }) => rankOf(level)),
            spans.map(({ from }) => from),
            to,
            newestOf(to),
            ...levels.map(({ name }) =>
              Math.min(to, ...spans.filter(({ level }) => level === name).map(({ from }) => from))
            ),
            Math.min(to, ...spans.map(({ from }) => from))
          )
          const [first] = rows
          if (first === undefined) return yield* noMonitor
          const [createdAt, begun, over] = first
          return {
            createdAt,
            totals: rows.map((row) => ({ counts: toCounts(row, 4), histogram: decode(row[10]) })),
            outages: (begun ?? []).map((startedAt, index) => ({ startedAt: startedAt!, resolvedAt: over![index]! }))
          }
        })
      })
    })
  )
}

/** Six columns of a row, from `at` on. */
export const toCounts = (row: ReadonlyArray<unknown>, at: number): Counts => {
  const [expected, up, degraded, down, unknown, maintenance] = row.slice(at, at + 6) as unknown as Sums
  return { expected, up, degraded, down, unknown, maintenance }
}

const noMonitor = new NotFound({ message: "There is no such monitor." })

/** Epoch ms; null where a row does not tell them. */
type Instants = ReadonlyArray<number | null> | null

const exists = `
  SELECT 1
  FROM monitors m
  WHERE m.tenant_id = tenant.id AND m.id = $2::uuid AND m.deleted_at IS NULL
  LIMIT 1`

const oldestDay = `
  SELECT to_millis(min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamp AT TIME ZONE 'UTC')::float8
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'monitor_checks'::regclass
  LIMIT 1`

/** What was removed has no history. */
const thatMonitor =
  "AND monitor_key = (SELECT m.key FROM monitors m WHERE m.tenant_id = tenant.id AND m.id = $2::uuid AND m.deleted_at IS NULL)"

/** Along the primary key of each level; of checks only today's partition is opened. */
const stepsFrom = (level: Range["level"]): string => {
  const step = stepOf("$6", "$3::bigint")
  return `
  SELECT ${step} AS step, ${sums}, ${means}, ${histogram}
  FROM ${windowsOf({ level, from: "$3::bigint", to: "$4::bigint", newest: "$5::bigint", monitors: thatMonitor, phases })}
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

/**
 * A year of days, 30 days of hours and a day of windows: each is read once, for the spans that it is in. Incidents, along
 * idx_incidents_monitor_id, come with the first span.
 */
const past = `
  SELECT to_millis(m.created_at)::float8, outages.begun, outages.ended, totals.*
  FROM monitors m
  CROSS JOIN (
    SELECT s.number::integer AS number, ${sums}, ${histogram}
    FROM unnest($3::bigint[], $4::bigint[]) WITH ORDINALITY AS s(rank, from_ms, number)
    LEFT JOIN ${windowsOfSpans({
      to: "$5::bigint",
      newest: "$6::bigint",
      earliest: { "5m": "$7::bigint", "1h": "$8::bigint", "1d": "$9::bigint" },
      monitors: thatMonitor
    })} ON ${belongsTo}
    GROUP BY 1
  ) AS totals
  LEFT JOIN LATERAL (
    SELECT array_agg(o.begun) AS begun, array_agg(o.ended) AS ended
    FROM (
      SELECT to_millis(i.started_at)::float8 AS begun, to_millis(i.resolved_at)::float8 AS ended
      FROM incidents i
      WHERE i.tenant_id = tenant.id
        AND i.monitor_id = $2::uuid
        AND (i.started_at >= from_millis($10::bigint) OR i.resolved_at IS NULL OR i.resolved_at > from_millis($10::bigint))
      ORDER BY i.started_at DESC
      LIMIT ${maxOutages}
    ) AS o
  ) AS outages ON totals.number = 1
  WHERE m.tenant_id = tenant.id AND m.id = $2::uuid AND m.deleted_at IS NULL
  ORDER BY totals.number
  LIMIT ${maxRows}`
