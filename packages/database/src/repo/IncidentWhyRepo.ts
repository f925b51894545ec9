/** What is kept of an incident, gathered for one chain: decisions, messages, acts of people, parents and its group. */
import type { NotFound } from "@v-insight/domain/api/Failures"
import type { Decision, IncidentId, IncidentWhy, TimelineEntry } from "@v-insight/domain/model/Incident"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { chainOf, type ToldNotification, type WhyFacts, whyOf } from "@v-insight/domain/rules/why"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { IncidentRepo } from "./IncidentRepo.ts"
import { notificationColumnsOf } from "./notificationView.ts"
import type { Page, Paging } from "./Page.ts"

/** Of each kind; what is beyond them is the middle of a very long story. */
const maxEntries = 500
/** Failures that opened nothing, such as those during planned work, belong to the incident that followed soon. */
const hoursBefore = 24

export class IncidentWhyRepo extends Context.Service<
  IncidentWhyRepo,
  {
    readonly get: (id: IncidentId) => Effect.Effect<IncidentWhy, NotFound, TenantContext>
    /** Oldest first. */
    readonly list: (id: IncidentId, paging: Paging) => Effect.Effect<Page<TimelineEntry>, NotFound, TenantContext>
  }
>()("@v-insight/database/repo/IncidentWhyRepo") {
  static readonly layer = Layer.effect(
    IncidentWhyRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      const incidents = yield* IncidentRepo
      const columns = sql.literal(notificationColumnsOf)

      const factsOf = Effect.fnUntraced(function* (id: IncidentId) {
        const { evidence: _, group, mergedIds: __, ...incident } = yield* incidents.get(id)
        return yield* scoped(
          Effect.fnUntraced(function* (tenantId) {
            const decisions = yield* sql<Decision>`
              SELECT d.id, d.monitor_id AS "monitorId", d.incident_id AS "incidentId", d.rule_id AS "ruleId", d.kind,
                rfc3339(d.decided_at) AS "decidedAt", d.reasons
              FROM decisions d
              WHERE d.tenant_id = ${tenantId} AND d.monitor_id = ${incident.monitorId}
                AND d.decided_at >= ${incident.startedAt}::timestamptz - make_interval(hours => ${hoursBefore})
                AND (d.incident_id = ${id}
                  -- those that opened nothing, after the incident before this one
                  OR (d.incident_id IS NULL
                    AND d.rule_id IS NOT DISTINCT FROM ${incident.ruleId}::uuid
                    AND d.decided_at <= coalesce(${incident.resolvedAt}::timestamptz, 'infinity')
                    AND d.decided_at > coalesce(
                      (SELECT max(o.resolved_at) FROM incidents o
                       WHERE o.tenant_id = ${tenantId} AND o.monitor_id = ${incident.monitorId} AND o.id <> ${id}
                         AND o.rule_id IS NOT DISTINCT FROM ${incident.ruleId}::uuid
                         AND o.resolved_at <= ${incident.startedAt}::timestamptz), '-infinity')))
              ORDER BY d.decided_at, d.id
              LIMIT ${maxEntries}`
            const acts = yield* sql<WhyFacts["acts"][number]>`
              SELECT rfc3339(created_at) AS at, kind, user_id AS "userId", message
              FROM incident_events
              WHERE tenant_id = ${tenantId} AND incident_id = ${id}
              -- the newest of them: why it opened is told by decisions
              ORDER BY created_at DESC, id DESC
              LIMIT ${maxEntries}`
            const notifications = yield* sql<ToldNotification>`
              SELECT ${columns}
              WHERE n.tenant_id = ${tenantId} AND n.incident_id = ${id}
              ORDER BY n.created_at, n.id
              LIMIT ${maxEntries}`
            const parents = yield* sql<WhyFacts["parents"][number]>`
              SELECT m.name, rfc3339(min(i.started_at)) AS at
              FROM monitor_parents p
              JOIN monitors m ON m.tenant_id = p.tenant_id AND m.id = p.parent_id AND m.deleted_at IS NULL
              JOIN incidents i ON i.tenant_id = p.tenant_id AND i.monitor_id = p.parent_id AND i.trigger = 'down'
                AND i.started_at <= coalesce(${incident.resolvedAt}::timestamptz, 'infinity')
                AND coalesce(i.resolved_at, 'infinity') >= ${incident.startedAt}::timestamptz
              WHERE p.tenant_id = ${tenantId} AND p.monitor_id = ${incident.monitorId}
              GROUP BY m.id, m.name
              ORDER BY min(i.started_at), m.name`
            return { incident, decisions, acts: acts.toReversed(), notifications, parents, group } satisfies WhyFacts
          })
        )
      })

      return IncidentWhyRepo.of({
        get: Effect.fn("IncidentWhyRepo.get")((id) => Effect.map(factsOf(id), whyOf)),
        list: Effect.fn("IncidentWhyRepo.list")((id, { page, perPage }) =>
          Effect.map(factsOf(id), (facts) => {
            const chain = chainOf(facts)
            return { items: chain.slice((page - 1) * perPage, page * perPage), total: chain.length }
          })
        )
      })
    })
  )
}
