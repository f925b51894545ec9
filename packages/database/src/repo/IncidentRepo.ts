/** Incidents. The worker opens them and ends those that end by themselves; people acknowledge and resolve. */
import { Conflict, NotFound } from "@v-insight/domain/api/Failures"
import type {
  Incident,
  IncidentEvidence,
  IncidentId,
  IncidentReport,
  IncidentStatus
} from "@v-insight/domain/model/Incident"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import * as incidentTurn from "./incidentTurn.ts"
import { incidentColumnsOf, type IncidentRow, toIncident } from "./incidentView.ts"
import { rfc3339 } from "./instant.ts"
import { tellLive } from "./live.ts"
import type { Page, Paging } from "./Page.ts"

export interface IncidentFilter {
  readonly status?: IncidentStatus | undefined
  readonly monitorId?: MonitorId | undefined
  /** Epoch ms: open at some time from `from` on and before `to`. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export class IncidentRepo extends Context.Service<
  IncidentRepo,
  {
    /** The newest first. */
    readonly list: (filter: IncidentFilter, paging: Paging) => Effect.Effect<Page<Incident>, never, TenantContext>
    /** With its evidence. */
    readonly get: (id: IncidentId) => Effect.Effect<IncidentReport, NotFound, TenantContext>
    /** Changes nothing when it is acknowledged already. */
    readonly acknowledge: (id: IncidentId) => Effect.Effect<Incident, NotFound | Conflict, TenantContext>
    /** Those who were told of its opening are told. The worker opens another only after the monitor recovered. */
    readonly resolve: (id: IncidentId) => Effect.Effect<Incident, NotFound | Conflict, TenantContext>
  }
>()("@v-insight/database/repo/IncidentRepo") {
  static readonly layer = Layer.effect(
    IncidentRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      const live = tellLive(sql)
      const endIncident = incidentTurn.make(sql)
      const columns = sql.literal(incidentColumnsOf)
      const withMonitor = sql`FROM incidents i JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id`

      const getIn = Effect.fnUntraced(function* (tenantId: string, id: IncidentId) {
        const [row] = yield* sql<IncidentRow>`
          SELECT ${columns}
          ${withMonitor}
          WHERE i.tenant_id = ${tenantId} AND i.id = ${id}`
        return row === undefined ? yield* new NotFound({ message: "There is no such incident." }) : toIncident(row)
      })

      return IncidentRepo.of({
        list: Effect.fn("IncidentRepo.list")((filter, { page, perPage }) =>
          scoped(
            Effect.fnUntraced(function* (tenantId) {
              const conditions = sql.and([
                sql`i.tenant_id = ${tenantId}`,
                ...(filter.monitorId === undefined ? [] : [sql`i.monitor_id = ${filter.monitorId}`]),
                ...(filter.status === undefined ? [] : [sql.literal(statusIs[filter.status])]),
                ...(filter.from === undefined
                  ? []
                  : [sql`(i.resolved_at IS NULL OR i.resolved_at > ${rfc3339(filter.from)}::timestamptz)`]),
                ...(filter.to === undefined ? [] : [sql`i.started_at < ${rfc3339(filter.to)}::timestamptz`])
              ])
              const rows = yield* sql<IncidentRow>`
                SELECT ${columns}
                ${withMonitor}
                WHERE ${conditions}
                ORDER BY i.started_at DESC, i.id DESC
                LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
              const [counted] = yield* sql<{ total: number }>`
                SELECT count(*)::integer AS total FROM incidents i WHERE ${conditions}`
              return { items: rows.map(toIncident), total: counted!.total }
            })
          )
        ),
        get: Effect.fn("IncidentRepo.get")((id) =>
          scoped(
            Effect.fnUntraced(function* (tenantId) {
              const incident = yield* getIn(tenantId, id)
              const [row] = yield* sql<{ evidence: IncidentEvidence | null }>`
                SELECT evidence FROM incidents WHERE tenant_id = ${tenantId} AND id = ${id}`
              return { ...incident, evidence: row?.evidence ?? null }
            })
          )
        ),
        acknowledge: Effect.fn("IncidentRepo.acknowledge")(function* (id) {
          const { userId } = yield* TenantContext
          return yield* scoped(
            Effect.fnUntraced(function* (tenantId) {
              const changed = yield* sql`
                UPDATE incidents
                SET acknowledged_at = clock_timestamp(), acknowledged_by = ${userId}, updated_at = clock_timestamp()
                WHERE tenant_id = ${tenantId} AND id = ${id} AND acknowledged_at IS NULL AND resolved_at IS NULL
                RETURNING id`
              const incident = yield* getIn(tenantId, id)
              if (incident.status === "resolved") return yield* isResolved
              if (changed.length > 0) yield* live(tenantId)
              return incident
            })
          )
        }),
        resolve: Effect.fn("IncidentRepo.resolve")(function* (id) {
          const { userId } = yield* TenantContext
          return yield* scoped(
            Effect.fnUntraced(function* (tenantId) {
              const ended = yield* endIncident({ tenantId, userId, incident: { id } })
              const incident = yield* getIn(tenantId, id)
              if (ended === undefined) return yield* isResolved
              yield* live(tenantId)
              return incident
            })
          )
        })
      })
    })
  )
}

const isResolved = new Conflict({ message: "The incident is resolved already." })

const statusIs: Readonly<Record<IncidentStatus, string>> = {
  open: "(i.resolved_at IS NULL AND i.acknowledged_at IS NULL)",
  acknowledged: "(i.resolved_at IS NULL AND i.acknowledged_at IS NOT NULL)",
  resolved: "i.resolved_at IS NOT NULL"
}
