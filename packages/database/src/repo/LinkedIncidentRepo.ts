/** The incident that a signed link in a message leads to: who has the link may look at it and acknowledge it. */
import type { LinkedIncident } from "@v-insight/domain/api/Acknowledge"
import { NotFound } from "@v-insight/domain/api/Failures"
import { titleOf } from "@v-insight/domain/channel-types/message"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Acknowledging } from "../AcknowledgeToken.ts"
import { TenantSql } from "../TenantSql.ts"
import { writeAct } from "./incidentActs.ts"
import { tellLive } from "./live.ts"

export class LinkedIncidentRepo extends Context.Service<
  LinkedIncidentRepo,
  {
    readonly get: (link: Acknowledging) => Effect.Effect<LinkedIncident, NotFound>
    /** Changes nothing when it is acknowledged or over already. */
    readonly acknowledge: (link: Acknowledging) => Effect.Effect<LinkedIncident, NotFound>
  }
>()("@v-insight/database/repo/LinkedIncidentRepo") {
  static readonly layer = Layer.effect(
    LinkedIncidentRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scopedTo } = yield* TenantSql
      const live = tellLive(sql)
      const write = writeAct(sql)

      /** A channel that was removed takes its links with it. */
      const find = Effect.fnUntraced(function* (tenantId: string, { channelId, incidentId }: Acknowledging) {
        const [row] = yield* sql<Omit<LinkedIncident, "title"> & { readonly channelName: string }>`
          SELECT
            c.name AS "channelName",
            m.name AS "monitorName",
            i.trigger,
            CASE
              WHEN i.resolved_at IS NOT NULL THEN 'resolved'
              WHEN i.acknowledged_at IS NOT NULL THEN 'acknowledged'
              ELSE 'open'
            END AS status,
            rfc3339(i.started_at) AS "startedAt",
            rfc3339(i.acknowledged_at) AS "acknowledgedAt",
            rfc3339(i.resolved_at) AS "resolvedAt"
          FROM incidents i
          JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id AND m.deleted_at IS NULL
          JOIN alert_channels c ON c.tenant_id = i.tenant_id AND c.id = ${channelId} AND c.deleted_at IS NULL
          WHERE i.tenant_id = ${tenantId} AND i.id = ${incidentId}`
        if (row === undefined) return yield* unknownLink
        const { channelName, ...incident } = row
        const title = titleOf(incident.trigger, incident.monitorName, incident.status === "resolved")
        return { channelName, incident: { ...incident, title } satisfies LinkedIncident }
      })

      return LinkedIncidentRepo.of({
        get: Effect.fn("LinkedIncidentRepo.get")((link) =>
          scopedTo(link.tenantId, (tenantId) => Effect.map(find(tenantId, link), ({ incident }) => incident))
        ),
        acknowledge: Effect.fn("LinkedIncidentRepo.acknowledge")((link) =>
          scopedTo(
            link.tenantId,
            Effect.fnUntraced(function* (tenantId) {
              const { channelName, incident } = yield* find(tenantId, link)
              const changed = yield* sql`
                UPDATE incidents
                SET acknowledged_at = clock_timestamp(), updated_at = clock_timestamp()
                WHERE tenant_id = ${tenantId} AND id = ${link.incidentId} AND acknowledged_at IS NULL AND resolved_at IS NULL
                RETURNING id`
              if (changed.length === 0) return incident
              const message = `Acknowledged by the link in a message to "${channelName}".`
              yield* write(tenantId, link.incidentId, { kind: "acknowledged", userId: null, message })
              yield* live(tenantId)
              return (yield* find(tenantId, link)).incident
            })
          )
        )
      })
    })
  )
}

/** One answer for whatever is wrong with a link. */
export const unknownLink = new NotFound({
  message: "This link has expired or leads nowhere. Sign in to see what is going on."
})
