/**
 * What changed in a tenant since an instant: the newest state of each thing, not every step. Instants are the database's
 * clock, in microseconds, taken when the row was written; it may become visible a little later, when its transaction ends.
 */
import type { Incident } from "@v-insight/domain/model/Incident"
import type { LiveEvent } from "@v-insight/domain/model/LiveEvent"
import type { Monitor, MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { incidentColumnsOf, type IncidentRow, toIncident } from "./incidentView.ts"
import { columnsOf, isShown, monitorColumns, type MonitorRow, toMonitor } from "./monitorView.ts"

export type Changed = LiveEvent & {
  /** What changed: `check`, `monitor` or `incident`, and its id. */
  readonly key: string
  /** When, epoch microseconds. */
  readonly version: number
}

export class LiveRepo extends Context.Service<
  LiveRepo,
  {
    /** The database's clock, epoch microseconds. */
    readonly now: Effect.Effect<number>
    /** At most `limit` of each kind, the oldest first. `next` is where to read on, when there is more. */
    readonly listChangedSince: (
      version: number,
      limit: number
    ) => Effect.Effect<
      { readonly items: ReadonlyArray<Changed>; readonly next: number | undefined },
      never,
      TenantContext
    >
  }
>()("@v-insight/database/repo/LiveRepo") {
  static readonly layer = Layer.effect(
    LiveRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { bounded, scoped } = yield* TenantSql
      const columns = sql.literal(columnsOf)
      const incidentColumns = sql.literal(incidentColumnsOf)
      const micros = (column: "greatest(s.recorded_at, v.recorded_at)" | "updated_at" | "i.updated_at") =>
        sql.literal(`(extract(epoch FROM ${column}) * 1000000)::float8 AS version`)

      return LiveRepo.of({
        now: bounded(
          sql<{ now: number }>`SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::float8 AS now`
        ).pipe(Effect.map(([row]) => row!.now)),
        listChangedSince: Effect.fn("LiveRepo.listChangedSince")(function* (version, limit) {
          const now = yield* Clock.currentTimeMillis
          const since = sql`'epoch'::timestamptz + ${String(Math.floor(version))}::bigint * interval '1 microsecond'`
          return yield* scoped(
            Effect.fnUntraced(function* (tenantId) {
              // monitor_state has no index on what changes (it would cost every check): a scan of the tenant's rows.
              const checks = (yield* sql`
                SELECT ${columns}, ${micros("greatest(s.recorded_at, v.recorded_at)")}
                FROM monitor_state s
                JOIN monitors m ON m.tenant_id = s.tenant_id AND m.id = s.monitor_id AND m.deleted_at IS NULL
                LEFT JOIN monitor_verdicts v ON v.tenant_id = s.tenant_id AND v.monitor_id = s.monitor_id
                WHERE s.tenant_id = ${tenantId} AND s.checked_at IS NOT NULL AND ${sql.literal(isShown)}
                  AND (s.recorded_at > ${since} OR s.monitor_id IN (
                    SELECT monitor_id FROM monitor_verdicts WHERE tenant_id = ${tenantId} AND recorded_at > ${since}))
                ORDER BY version
                LIMIT ${limit}`.values) as ReadonlyArray<CheckRow>
              const monitors = yield* sql<{ id: MonitorId; removed: boolean; version: number }>`
                SELECT id, deleted_at IS NOT NULL AS removed, ${micros("updated_at")}
                FROM monitors
                WHERE tenant_id = ${tenantId} AND updated_at > ${since}
                ORDER BY updated_at
                LIMIT ${limit}`
              const incidents = yield* sql<IncidentRow & { readonly version: number }>`
                SELECT ${incidentColumns}, ${micros("i.updated_at")}
                FROM incidents i
                JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id
                WHERE i.tenant_id = ${tenantId} AND i.updated_at > ${since}
                ORDER BY i.updated_at
                LIMIT ${limit}`
              const items = [
                ...monitors.map(ofMonitor),
                ...checks.map((row) => ofCheck(toMonitor(row, now), row[monitorColumns])),
                ...incidents.map((row) => ofIncident(toIncident(row), row.version))
              ].sort((a, b) => a.version - b.version)
              const cut = [
                ...(checks.length === limit ? [checks.at(-1)![monitorColumns]] : []),
                ...[monitors, incidents].flatMap((rows) => (rows.length === limit ? [rows.at(-1)!.version] : []))
              ]
              return { items, next: cut.length === 0 ? undefined : Math.min(...cut) }
            })
          )
        })
      })
    })
  )
}

type CheckRow = readonly [...MonitorRow, version: number]

const ofMonitor = (row: { readonly id: MonitorId; readonly removed: boolean; readonly version: number }): Changed => ({
  event: "monitor",
  data: { monitorId: row.id, removed: row.removed },
  key: `monitor ${row.id}`,
  version: row.version
})

const ofCheck = (monitor: Monitor, version: number): Changed => ({
  event: "check",
  data: {
    monitorId: monitor.id,
    status: monitor.status,
    statusSince: monitor.statusSince,
    checkedAt: monitor.lastCheckedAt!,
    nextCheckAt: monitor.nextCheckAt,
    check: monitor.lastCheck!
  },
  key: `check ${monitor.id}`,
  version
})

const ofIncident = (incident: Incident, version: number): Changed => ({
  event: "incident",
  data: { incident },
  key: `incident ${incident.id}`,
  version
})
