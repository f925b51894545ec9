/** What became of the checks of many monitors: rows of a list, and the tenant as a whole. From rollups. */
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { decode, type Histogram } from "@v-insight/domain/rules/histogram"
import type { Counts } from "@v-insight/domain/rules/uptime"
import { Context, Effect, Layer } from "effect"
import { TenantSql } from "../TenantSql.ts"
import { toCounts } from "./HistoryRepo.ts"
import { histogram, meanOfAll, newestOf, stepOf, sums, windowsOf } from "./historySql.ts"
import { listPasts, type PastOf, type PastRange } from "./monitorPasts.ts"

export interface Day {
  /** Counted from the first day of the range. */
  readonly day: number
  readonly counts: Counts
}

export interface Ranking {
  readonly id: MonitorId
  readonly name: string
  readonly counts: Counts
  readonly histogram: Histogram
}

export interface IncidentCounts {
  readonly open: number
  readonly lastDay: number
  readonly lastMonth: number
}

/** Days of ten years, and some. */
const maxRows = 10_000
/** Of each ranking. */
const ranked = 5

type Of<A> = Effect.Effect<A, never, TenantContext>

export class OverviewRepo extends Context.Service<
  OverviewRepo,
  {
    /** Days and the newest hours of each. */
    readonly listPasts: (ids: ReadonlyArray<MonitorId>, range: PastRange) => Of<ReadonlyArray<PastOf>>
    /** All monitors together, by day; those without checks are left out. */
    readonly listDaysOfTenant: (from: number, to: number) => Of<ReadonlyArray<Day>>
    readonly countAll: (from: number, to: number) => Of<Counts>
    /** Those that were down, the worst first. `from`: a full hour, epoch ms. */
    readonly listLeastAvailable: (from: number, to: number) => Of<ReadonlyArray<Ranking>>
    /** The longest mean duration first. */
    readonly listSlowest: (from: number, to: number) => Of<ReadonlyArray<Ranking>>
    readonly countIncidents: (dayAgo: number, monthAgo: number) => Of<IncidentCounts>
  }
>()("@v-insight/database/repo/OverviewRepo") {
  static readonly layer = Layer.effect(
    OverviewRepo,
    Effect.gen(function* () {
      const { read } = yield* TenantSql
      const rank = (query: string) => (from: number, to: number) =>
        Effect.map(
          read<readonly [MonitorId, string, ...ReadonlyArray<unknown>]>(query, from, to, newestOf(to)),
          (rows) =>
            rows.map((row) => ({
              id: row[0],
              name: row[1],
              counts: toCounts(row, 2),
              histogram: decode(row[8] as Uint8Array)
            }))
        )
      return OverviewRepo.of({
        listPasts: Effect.fn("OverviewRepo.listPasts")(listPasts(read)),
        listDaysOfTenant: Effect.fn("OverviewRepo.listDaysOfTenant")((from, to) =>
          Effect.map(read<readonly [number, ...ReadonlyArray<unknown>]>(daysOfTenant, from, to, newestOf(to)), (rows) =>
            rows.map((row) => ({ day: row[0], counts: toCounts(row, 1) }))
          )
        ),
        countAll: Effect.fn("OverviewRepo.countAll")((from, to) =>
          Effect.map(read<ReadonlyArray<unknown>>(all, from, to, newestOf(to)), ([row]) => toCounts(row!, 0))
        ),
        listLeastAvailable: Effect.fn("OverviewRepo.listLeastAvailable")(rank(leastAvailable)),
        listSlowest: Effect.fn("OverviewRepo.listSlowest")(rank(slowest)),
        countIncidents: Effect.fn("OverviewRepo.countIncidents")((dayAgo, monthAgo) =>
          Effect.map(read<readonly [number, number, number]>(incidents, dayAgo, monthAgo), ([row]) => ({
            open: row![0],
            lastDay: row![1],
            lastMonth: row![2]
          }))
        )
      })
    })
  )
}

const range = { from: "$2::bigint", to: "$3::bigint", newest: "$4::bigint" }
/** What was removed is not asked about. */
const present =
  "AND monitor_key IN (SELECT m.key FROM monitors m WHERE m.tenant_id = tenant.id AND m.deleted_at IS NULL)"
const day = stepOf("86400000", "$2::bigint")
const daysOfTenant = `
  SELECT ${day}, ${sums}
  FROM ${windowsOf({ ...range, level: "1d", monitors: present })}
  GROUP BY 1
  LIMIT ${maxRows}`

const all = `SELECT ${sums} FROM ${windowsOf({ ...range, level: "1h", monitors: present })} LIMIT 1`

/** Which ones first, then only their histograms. */
const ranking = (having: string, order: string): string => `
  SELECT m.id, m.name, best.counts[1], best.counts[2], best.counts[3], best.counts[4], best.counts[5], best.counts[6],
    best.histogram
  FROM (
    SELECT w.monitor_key, ARRAY[${sums}] AS counts, ${order} AS rank, ${histogram} AS histogram
    FROM ${windowsOf({ ...range, level: "1h", monitors: present, phases: ["total"] })}
    GROUP BY 1
    HAVING ${having}
    ORDER BY rank DESC
    LIMIT ${ranked}
  ) AS best
  JOIN monitors m ON m.tenant_key = tenant.key AND m.key = best.monitor_key
  ORDER BY best.rank DESC, m.name
  LIMIT ${ranked}`

const leastAvailable = ranking("sum(w.down) > 0", "(sum(w.down) / nullif(sum(w.up + w.degraded + w.down), 0)::float8)")
const slowest = ranking("sum(w.timed) > 0", meanOfAll("total"))

/** Along idx_incidents_open and idx_incidents_started_at. */
const incidents = `
  SELECT
    (SELECT count(*)::integer FROM incidents i WHERE i.tenant_id = tenant.id AND i.resolved_at IS NULL),
    (SELECT count(*)::integer FROM incidents i WHERE i.tenant_id = tenant.id AND i.started_at >= from_millis($2::bigint)),
    (SELECT count(*)::integer FROM incidents i WHERE i.tenant_id = tenant.id AND i.started_at >= from_millis($3::bigint))
  LIMIT 1`
