/** What was decided on a monitor, and why: also what opened nothing, such as a failure during planned work. */
import { NotFound } from "@v-insight/domain/api/Failures"
import type { Decision } from "@v-insight/domain/model/Incident"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import type { Page, Paging } from "./Page.ts"

export class DecisionRepo extends Context.Service<
  DecisionRepo,
  {
    /** The newest first. */
    readonly list: (monitorId: MonitorId, paging: Paging) => Effect.Effect<Page<Decision>, NotFound, TenantContext>
  }
>()("@v-insight/database/repo/DecisionRepo") {
  static readonly layer = Layer.effect(
    DecisionRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      return DecisionRepo.of({
        list: Effect.fn("DecisionRepo.list")((monitorId, { page, perPage }) =>
          scoped(
            Effect.fnUntraced(function* (tenantId) {
              const known = yield* sql`
                SELECT 1 FROM monitors WHERE tenant_id = ${tenantId} AND id = ${monitorId} AND deleted_at IS NULL`
              if (known.length === 0) return yield* new NotFound({ message: "There is no such monitor." })
              const items = yield* sql<Decision>`
                SELECT id, monitor_id AS "monitorId", incident_id AS "incidentId", rule_id AS "ruleId", kind,
                  rfc3339(decided_at) AS "decidedAt", reasons
                FROM decisions
                WHERE tenant_id = ${tenantId} AND monitor_id = ${monitorId}
                ORDER BY decided_at DESC, id DESC
                LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
              const [counted] = yield* sql<{ total: number }>`
                SELECT count(*)::integer AS total
                FROM decisions
                WHERE tenant_id = ${tenantId} AND monitor_id = ${monitorId}`
              return { items, total: counted!.total }
            })
          )
        )
      })
    })
  )
}
