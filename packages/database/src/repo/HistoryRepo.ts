/** What became of one monitor's checks over time, from rollups. */
import { NotFound } from "@v-insight/domain/api/Failures"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { decode, type Histogram } from "@v-insight/domain/rules/histogram"
import type { Level } from "@v-insight/domain/rules/rollupPlan"
import type { SeriesSteps } from "@v-insight/domain/rules/seriesSteps"
import type { Counts, Outage } from "@v-insight/domain/rules/uptime"
import { Clock, Context, Effect, Layer } from "effect"
import { TenantSql } from "../TenantSql.ts"
import { histogram, type Means, means, newestOf, type Sums, stepOf, sums, windowsOf } from "./historySql.ts"
import { rfc3339 } from "./instant.ts"

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
        listSteps: Effect.fn("HistoryRepo.listSteps")(function* (id, { from, level, stepMs, to }) {
          const rows = yield* read<readonly [index: number, ...Sums, ...Means, histogram: Uint8Array]>(
            steps[level],
            id,
            rfc3339(from),
            rfc3339(to),
            // The last step may end in days to come.
            newestOf(Math.min(to, yield* Clock.currentTimeMillis)),
            stepMs / 1000
          )
          return rows.map((row) => ({
            index: row[0],
            counts: toCounts(row, 1),
            means: [row[7], row[8], row[9], row[10], row[11], row[12]],
            histogram: decode(row[13])
          }))
        }),
        listTotals: Effect.fn("HistoryRepo.listTotals")((id, spans, to) =>
          Effect.forEach(spans, ({ from, level }) =>
            Effect.map(
              read<readonly [...Sums, Uint8Array]>(totals[level], id, rfc3339(from), rfc3339(to), newestOf(to)),
              ([row]) => ({ counts: toCounts(row!, 0), histogram: decode(row![6]) })
            )
          )
        ),
        listOutages: Effect.fn("HistoryRepo.listOutages")((id, from) =>
          Effect.map(read<readonly [number, number | null]>(outages, id, rfc3339(from)), (rows) =>
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

const ofMonitor = (level: Level): string =>
  windowsOf({
    level,
    from: "$3::timestamptz",
    to: "$4::timestamptz",
    newest: "$5::timestamptz",
    monitors: "AND monitor_id = $2"
  })

const perLevel = (text: (level: Level) => string): Readonly<Record<Level, string>> => ({
  "5m": text("5m"),
  "1h": text("1h"),
  "1d": text("1d")
})

const step = stepOf("make_interval(secs => $6::float8)", "$3::timestamptz")

/**
 * Along the primary key of each level; of checks only today's partition is opened. A month in hours: 720 rows, 2 ms in
 * PostgreSQL. The first five times on a connection planning costs 5 ms more, because of the partitions.
 */
const steps = perLevel(
  (level) => `
  SELECT ${step.number} AS step, ${sums}, ${means}, ${histogram}
  FROM ${ofMonitor(level)}
  GROUP BY ${step.start}
  ORDER BY ${step.start}
  LIMIT ${maxRows}`
)

/** 24 hours out of 288 windows 1.1 ms, 30 days out of 720 hours 0.9 ms, a year out of its days 0.4 ms. */
const totals = perLevel((level) => `SELECT ${sums}, ${histogram} FROM ${ofMonitor(level)} LIMIT 1`)

/** Along idx_incidents_monitor_id. */
const outages = `
  SELECT to_millis(i.started_at)::float8, to_millis(i.resolved_at)::float8
  FROM incidents i
  WHERE i.tenant_id = tenant.id
    AND i.monitor_id = $2
    AND (i.started_at >= $3::timestamptz OR i.resolved_at IS NULL OR i.resolved_at > $3::timestamptz)
  ORDER BY i.started_at DESC
  LIMIT ${maxOutages}`
