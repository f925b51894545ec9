/** Regions that workers came from, and how a monitor stands in each of its own. */
import { NotFound } from "@v-insight/domain/api/Failures"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { Region, RegionStanding, RegionStandings } from "@v-insight/domain/model/Region"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { BelievedStatus } from "@v-insight/domain/rules/decide"
import { majorityOf, patienceMs, voteOf } from "@v-insight/domain/rules/quorum"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { rfc3339 } from "./instant.ts"
import { toError } from "./monitorView.ts"

export class RegionRepo extends Context.Service<
  RegionRepo,
  {
    /** The default one first. */
    readonly list: Effect.Effect<ReadonlyArray<Region>>
    readonly getStandings: (id: MonitorId) => Effect.Effect<RegionStandings, NotFound, TenantContext>
  }
>()("@v-insight/database/repo/RegionRepo") {
  static readonly layer = Layer.effect(
    RegionRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { bounded, scoped } = yield* TenantSql
      return RegionRepo.of({
        list: bounded(sql<Region>`
          SELECT name, is_default AS "isDefault", rfc3339(seen_at) AS "seenAt",
            seen_at > clock_timestamp() - interval '1 minute' AS "isPresent"
          FROM regions
          WHERE seen_at IS NOT NULL
          ORDER BY is_default DESC, name`).pipe(Effect.withSpan("RegionRepo.list")),
        getStandings: Effect.fn("RegionRepo.getStandings")(function* (id) {
          const rows = yield* scoped(
            (tenantId) => sql<StandingRow>`
              SELECT r.region, m.interval_seconds AS "intervalSeconds", m.timeout_seconds AS "timeoutSeconds",
                m.confirmations, m.quorum, m.paused, coalesce(s.status, 'pending') AS status,
                coalesce(s.since_ms, 0)::float8 AS "sinceMs", coalesce(s.is_incident_open, false) AS "isIncidentOpen",
                rfc3339(s.checked_at) AS "lastCheckedAt", s.total_us AS "totalUs",
                s.error_code AS "errorCode", s.error_message AS "errorMessage",
                to_millis(greatest(coalesce(s.checked_at, s.recorded_at), m.updated_at))::float8 AS "heardMs",
                to_millis(clock_timestamp())::float8 AS "nowMs"
              FROM monitors m
              CROSS JOIN unnest(CASE WHEN m.regions = '{}' THEN ARRAY[default_region()] ELSE m.regions END)
                WITH ORDINALITY AS r(region, number)
              LEFT JOIN monitor_state s ON s.tenant_id = m.tenant_id AND s.monitor_id = m.id AND s.region = r.region
              WHERE m.tenant_id = ${tenantId} AND m.id = ${id} AND m.deleted_at IS NULL
              ORDER BY r.number`
          )
          const [first] = rows
          if (first === undefined) return yield* new NotFound({ message: "There is no such monitor." })
          return { quorum: first.quorum ?? majorityOf(rows.length), regions: rows.map(toStanding) }
        })
      })
    })
  )
}

interface StandingRow {
  readonly region: string
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly confirmations: number
  readonly quorum: number | null
  readonly paused: boolean
  readonly status: BelievedStatus
  readonly sinceMs: number
  readonly isIncidentOpen: boolean
  readonly lastCheckedAt: string | null
  readonly totalUs: number | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly heardMs: number
  readonly nowMs: number
}

/** With the eyes of those who count the votes: who is silent for too long is blind. While paused nobody is. */
const toStanding = (row: StandingRow): RegionStanding => {
  const patience = patienceMs({
    intervalMs: row.intervalSeconds * 1000,
    timeoutMs: row.timeoutSeconds * 1000,
    confirmations: row.confirmations
  })
  const believed = { status: row.status, since: row.sinceMs, isIncidentOpen: row.isIncidentOpen }
  const { since, status } = voteOf(row.region, believed, row.heardMs, row.paused ? row.heardMs : row.nowMs, patience)
  return {
    region: row.region,
    status,
    statusSince: since > 0 ? rfc3339(since) : null,
    lastCheckedAt: row.lastCheckedAt,
    totalUs: row.totalUs,
    error: toError(row.errorCode, row.errorMessage)
  }
}
