/** Incidents. The worker opens them and ends those that end by themselves; people take care of them. */
import type { IncidentPatch, IncidentSort } from "@v-insight/domain/api/Incidents"
import { Conflict, Forbidden, NotFound, ValidationFailed } from "@v-insight/domain/api/Failures"
import type { AlertTrigger } from "@v-insight/domain/model/AlertRule"
import type {
  Incident,
  IncidentEvidence,
  IncidentGroup,
  IncidentGroupId,
  IncidentId,
  IncidentReport,
  IncidentStatus,
  TimelineEntry
} from "@v-insight/domain/model/Incident"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { Severity } from "@v-insight/domain/model/Severity"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { memberName, writeAct } from "./incidentActs.ts"
import * as incidentMerge from "./incidentMerge.ts"
import * as incidentTurn from "./incidentTurn.ts"
import { incidentColumnsOf, type IncidentRow, toIncident } from "./incidentView.ts"
import { rfc3339 } from "./instant.ts"
import { tellLive } from "./live.ts"
import type { Page, Paging } from "./Page.ts"

export interface IncidentFilter {
  readonly status?: IncidentStatus | undefined
  readonly monitorId?: MonitorId | undefined
  readonly trigger?: AlertTrigger | undefined
  readonly severity?: Severity | undefined
  readonly groupId?: IncidentGroupId | undefined
  /** Epoch ms: open at some time from `from` on and before `to`. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** The newest first unless told. */
  readonly sort?: IncidentSort | undefined
}

export class IncidentRepo extends Context.Service<
  IncidentRepo,
  {
    readonly list: (filter: IncidentFilter, paging: Paging) => Effect.Effect<Page<Incident>, never, TenantContext>
    /** With its evidence. */
    readonly get: (id: IncidentId) => Effect.Effect<IncidentReport, NotFound, TenantContext>
    /** Changes nothing when it is acknowledged already. */
    readonly acknowledge: (id: IncidentId) => Effect.Effect<Incident, NotFound | Conflict, TenantContext>
    /** Those who were told of its opening are told. The worker opens another only after the monitor recovered. */
    readonly resolve: (id: IncidentId) => Effect.Effect<Incident, NotFound | Conflict, TenantContext>
    /** Each change is a line of the timeline. The owner must be a member of the tenant. */
    readonly change: (
      id: IncidentId,
      patch: IncidentPatch
    ) => Effect.Effect<Incident, NotFound | Forbidden | ValidationFailed, TenantContext>
    readonly addNote: (
      id: IncidentId,
      text: string
    ) => Effect.Effect<TimelineEntry, NotFound | Forbidden, TenantContext>
    /** Into the incident, or the one that it is merged into itself. */
    readonly merge: (
      id: IncidentId,
      intoId: IncidentId
    ) => Effect.Effect<Incident, NotFound | Forbidden | Conflict | ValidationFailed, TenantContext>
    readonly unmerge: (id: IncidentId) => Effect.Effect<Incident, NotFound | Forbidden | Conflict, TenantContext>
  }
>()("@v-insight/database/repo/IncidentRepo") {
  static readonly layer = Layer.effect(
    IncidentRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      const live = tellLive(sql)
      const endIncident = incidentTurn.make(sql)
      const merging = incidentMerge.make(sql)
      const write = writeAct(sql)
      const nameOf = memberName(sql)
      const columns = sql.literal(incidentColumnsOf)
      const withMonitor = sql`FROM incidents i JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id`

      const getIn = Effect.fnUntraced(function* (tenantId: string, id: IncidentId, lock = sql.literal("")) {
        const [row] = yield* sql<IncidentRow>`
          SELECT ${columns}
          ${withMonitor}
          WHERE i.tenant_id = ${tenantId} AND i.id = ${id}
          ${lock}`
        return row === undefined ? yield* new NotFound({ message: "There is no such incident." }) : toIncident(row)
      })

      /** Of an incident that is locked, or will be. */
      const checkRoom = Effect.fnUntraced(function* (tenantId: string, id: IncidentId) {
        const [counted] = yield* sql<{ acts: number }>`
          SELECT count(*)::integer AS acts
          FROM incident_events
          WHERE tenant_id = ${tenantId} AND incident_id = ${id} AND kind IN ('severity', 'owner', 'merged', 'unmerged')`
        if (counted!.acts >= maxActs) return yield* tooManyActs
      })

      return IncidentRepo.of({
        list: Effect.fn("IncidentRepo.list")((filter, { page, perPage }) =>
          scoped(
            Effect.fnUntraced(function* (tenantId) {
              const conditions = sql.and([
                sql`i.tenant_id = ${tenantId}`,
                ...(filter.monitorId === undefined ? [] : [sql`i.monitor_id = ${filter.monitorId}`]),
                ...(filter.trigger === undefined ? [] : [sql`i.trigger = ${filter.trigger}`]),
                ...(filter.severity === undefined ? [] : [sql`i.severity = ${filter.severity}`]),
                ...(filter.groupId === undefined ? [] : [sql`i.group_id = ${filter.groupId}`]),
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
                ORDER BY ${sql.literal(orderOf[filter.sort ?? "newest"])}
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
              const [row] = yield* sql<{ evidence: IncidentEvidence | null; mergedIds: ReadonlyArray<IncidentId> }>`
                SELECT i.evidence,
                  ARRAY(SELECT o.id::text FROM incidents o
                        WHERE o.tenant_id = i.tenant_id AND o.merged_into_id = i.id
                        ORDER BY o.started_at, o.id LIMIT ${mergedListed}) AS "mergedIds"
                FROM incidents i
                WHERE i.tenant_id = ${tenantId} AND i.id = ${id}`
              const [group] = yield* sql<IncidentGroup>`
                SELECT g.id, g.key, rfc3339(g.opened_at) AS "openedAt", count(*)::integer AS incidents,
                  count(*) FILTER (WHERE i.resolved_at IS NULL)::integer AS open
                FROM incident_groups g
                JOIN incidents i ON i.tenant_id = g.tenant_id AND i.group_id = g.id
                WHERE g.tenant_id = ${tenantId} AND g.id = ${incident.groupId}::uuid
                GROUP BY g.tenant_id, g.id`
              return {
                ...incident,
                evidence: row?.evidence ?? null,
                group: group ?? null,
                mergedIds: row?.mergedIds ?? []
              }
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
              if (changed.length > 0) {
                yield* write(tenantId, id, { kind: "acknowledged", userId, message: "Acknowledged." })
                yield* live(tenantId)
              }
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
              if (ended.length === 0) return yield* isResolved
              yield* live(tenantId)
              return incident
            })
          )
        }),
        change: Effect.fn("IncidentRepo.change")(function* (id, patch) {
          const { userId } = yield* TenantContext
          return yield* scoped(
            Effect.fnUntraced(function* (tenantId) {
              const before = yield* getIn(tenantId, id, sql`FOR UPDATE OF i`)
              yield* checkRoom(tenantId, id)
              const { ownerId = before.ownerId, severity = before.severity } = patch
              if (severity !== before.severity) {
                const message = `The severity is ${severity} now, it was ${before.severity}.`
                yield* write(tenantId, id, { kind: "severity", userId, message })
              }
              if (ownerId?.toLowerCase() !== before.ownerId?.toLowerCase()) {
                const [owner] = ownerId === null ? [] : yield* nameOf(tenantId, ownerId)
                if (ownerId !== null && owner === undefined) return yield* noMember
                const message = owner === undefined ? "Nobody takes care of it." : `${owner.name} takes care of it.`
                yield* write(tenantId, id, { kind: "owner", userId, message })
              }
              yield* sql`
                UPDATE incidents
                SET severity = ${severity}, owner_id = ${ownerId}::uuid, updated_at = clock_timestamp()
                WHERE tenant_id = ${tenantId} AND id = ${id}`
              yield* live(tenantId)
              return yield* getIn(tenantId, id)
            })
          )
        }),
        addNote: Effect.fn("IncidentRepo.addNote")(function* (id, text) {
          const { userId } = yield* TenantContext
          return yield* scoped(
            Effect.fnUntraced(function* (tenantId) {
              yield* getIn(tenantId, id, sql`FOR UPDATE OF i`)
              const [counted] = yield* sql<{ notes: number }>`
                SELECT count(*)::integer AS notes
                FROM incident_events
                WHERE tenant_id = ${tenantId} AND incident_id = ${id} AND kind = 'note'`
              if (counted!.notes >= maxNotes) return yield* tooManyNotes
              const [row] = yield* write(tenantId, id, { kind: "note", userId, message: text })
              yield* live(tenantId)
              return { at: row!.at, source: "person", kind: "note", userId, message: text, reasons: [] } as const
            })
          )
        }),
        merge: Effect.fn("IncidentRepo.merge")(function* (id, intoId) {
          const { userId } = yield* TenantContext
          return yield* scoped(
            Effect.fnUntraced(function* (tenantId) {
              yield* getIn(tenantId, id)
              yield* checkRoom(tenantId, id)
              yield* merging.merge(tenantId, userId, id, intoId)
              yield* live(tenantId)
              return yield* getIn(tenantId, id)
            })
          )
        }),
        unmerge: Effect.fn("IncidentRepo.unmerge")(function* (id) {
          const { userId } = yield* TenantContext
          return yield* scoped(
            Effect.fnUntraced(function* (tenantId) {
              yield* getIn(tenantId, id)
              yield* checkRoom(tenantId, id)
              yield* merging.unmerge(tenantId, userId, id)
              yield* live(tenantId)
              return yield* getIn(tenantId, id)
            })
          )
        })
      })
    })
  )
}

/** An answer stays small, whatever is merged. */
const mergedListed = 100

/** Of one incident: more belong into a ticket. */
const maxNotes = 200
const tooManyNotes = new Forbidden({
  message: `An incident may have ${maxNotes} notes. Write on where you keep longer stories.`
})

/** Changes of severity and owner, merging and unmerging: each is a line of the timeline. It can be ended all the same. */
const maxActs = 500
const tooManyActs = new Forbidden({
  message: `The incident was changed ${maxActs} times. Resolve it, and look at what changes it again and again.`
})

const noMember = new ValidationFailed({
  issues: [{ path: "ownerId", message: "There is no such member of this workspace" }]
})

const isResolved = new Conflict({ message: "The incident is resolved already." })

/**
 * Both are total, so that numbered pages neither repeat nor skip. Urgency reads all that the filter leaves, as the count
 * does.
 */
const orderOf: Readonly<Record<IncidentSort, string>> = {
  newest: "i.started_at DESC, i.id DESC",
  urgent: `
    i.resolved_at DESC NULLS FIRST,
    i.acknowledged_at IS NOT NULL,
    CASE i.severity WHEN 'critical' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END,
    i.started_at DESC, i.id DESC`
}

const statusIs: Readonly<Record<IncidentStatus, string>> = {
  open: "(i.resolved_at IS NULL AND i.acknowledged_at IS NULL)",
  acknowledged: "(i.resolved_at IS NULL AND i.acknowledged_at IS NOT NULL)",
  resolved: "i.resolved_at IS NOT NULL"
}
