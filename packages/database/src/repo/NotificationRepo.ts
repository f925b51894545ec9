/** The delivery ledger: who was told of an incident, when, and whether it arrived. */
import { NotFound } from "@v-insight/domain/api/Failures"
import type { IncidentId } from "@v-insight/domain/model/Incident"
import type { Notification } from "@v-insight/domain/model/Notification"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"

/** An incident has two turns and each channel is told once of each: twice what rules can name is plenty. */
const maxListed = 500

export class NotificationRepo extends Context.Service<
  NotificationRepo,
  {
    readonly listByIncident: (id: IncidentId) => Effect.Effect<ReadonlyArray<Notification>, NotFound, TenantContext>
  }
>()("@v-insight/database/repo/NotificationRepo") {
  static readonly layer = Layer.effect(
    NotificationRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      return NotificationRepo.of({
        listByIncident: Effect.fn("NotificationRepo.listByIncident")((id) =>
          scoped(
            Effect.fnUntraced(function* (tenantId) {
              const known = yield* sql`SELECT 1 FROM incidents WHERE tenant_id = ${tenantId} AND id = ${id}`
              if (known.length === 0) return yield* new NotFound({ message: "There is no such incident." })
              return yield* sql<Notification>`
                SELECT
                  n.id,
                  n.incident_id AS "incidentId",
                  n.channel_id AS "channelId",
                  c.name AS "channelName",
                  n.type,
                  n.status,
                  n.attempts,
                  n.last_error AS "lastError",
                  rfc3339(n.created_at) AS "createdAt",
                  rfc3339(n.sent_at) AS "sentAt"
                FROM notifications n
                JOIN alert_channels c ON c.tenant_id = n.tenant_id AND c.id = n.channel_id
                WHERE n.tenant_id = ${tenantId} AND n.incident_id = ${id}
                ORDER BY n.created_at, n.id
                LIMIT ${maxListed}`
            })
          )
        )
      })
    })
  )
}
