/** Digests: one message that stands for many, made when a channel's budget is used up and told again as it changes. */
import type { StormBudget } from "@v-insight/domain/model/AlertChannel"
import type { Reason } from "@v-insight/domain/model/Reason"
import { collectMs, type DigestCounts, digestStep, updateWaitMs } from "@v-insight/domain/rules/stormBudget"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Decided, DueRow } from "./Outbox.ts"

/** Names of monitors in a message. */
const namedMonitors = 20

interface Standing extends DigestCounts {
  readonly toldIncidents: number
  readonly toldResolved: number
}

export const make = (sql: SqlClient.SqlClient) => ({
  /** Told once some time has passed, and not sooner after an earlier digest than that one would have been told again. */
  open: Effect.fnUntraced(function* (
    tenantId: string,
    channelId: string,
    budget: StormBudget,
    lastToldAt: number | null,
    now: number
  ) {
    const dueAt = Math.max(now + collectMs, lastToldAt === null ? 0 : lastToldAt + updateWaitMs(budget, 0))
    const [row] = yield* sql<{ id: string }>`
      INSERT INTO notifications (tenant_id, id, channel_id, type, due_at, event)
      VALUES (${tenantId}, uuid_v7(), ${channelId}, 'digest', from_millis(${dueAt}::bigint),
        json_build_object('type', 'digest', 'timestamp', rfc3339(from_millis(${now}::bigint)), 'data', json_build_object(
          'incident', NULL, 'monitor', NULL, 'check', NULL,
          'digest', json_build_object('incidents', 0, 'resolved', 0, 'monitors', json_build_array()))))
      RETURNING id`
    return row!.id
  }),

  /** Counts what it stands for, and decides whether that is told now. */
  decide: Effect.fnUntraced(function* (row: DueRow, budget: StormBudget, now: number) {
    const { id, tenantId } = row
    const decided = { tenant_id: tenantId, id, due_at: null, reason: null, digest_id: null } as const
    const [standing] = yield* sql<Standing>`
      SELECT count(*)::integer AS incidents, count(i.resolved_at)::integer AS resolved,
        (d.event -> 'data' -> 'digest' ->> 'incidents')::integer AS "toldIncidents",
        (d.event -> 'data' -> 'digest' ->> 'resolved')::integer AS "toldResolved"
      FROM notifications d
      LEFT JOIN LATERAL (SELECT DISTINCT incident_id FROM notifications m WHERE m.tenant_id = d.tenant_id AND m.digest_id = d.id) m
        ON true
      JOIN incidents i ON i.tenant_id = d.tenant_id AND i.id = m.incident_id
      WHERE d.tenant_id = ${tenantId} AND d.id = ${id}
      GROUP BY d.tenant_id, d.id`
    // Its incidents went with their monitors.
    if (standing === undefined) return { ...decided, status: "sent", is_relayed: true } satisfies Decided
    const { incidents, resolved, toldIncidents, toldResolved } = standing
    if (row.status === "sent") {
      const step = digestStep({ incidents: toldIncidents, resolved: toldResolved }, standing, row.sequence + 1)
      if (step === "close") return { ...decided, status: "sent", is_relayed: true } satisfies Decided
      if (step === "wait") {
        const dueAt = now + updateWaitMs(budget, row.sequence + 1)
        return { ...decided, status: "sent", due_at: dueAt, is_relayed: false } satisfies Decided
      }
    }
    yield* sql`
      UPDATE notifications d
      SET sequence = sequence + ${row.status === "sent" ? 1 : 0},
        event = json_build_object('type', 'digest', 'timestamp', rfc3339(from_millis(${now}::bigint)),
          'data', json_build_object('incident', NULL, 'monitor', NULL, 'check', NULL,
            'digest', json_build_object('incidents', ${incidents}::integer, 'resolved', ${resolved}::integer,
              'monitors', to_json(ARRAY(
                SELECT DISTINCT mo.name
                FROM notifications m
                JOIN incidents i ON i.tenant_id = m.tenant_id AND i.id = m.incident_id
                JOIN monitors mo ON mo.tenant_id = i.tenant_id AND mo.id = i.monitor_id
                WHERE m.tenant_id = d.tenant_id AND m.digest_id = d.id
                ORDER BY mo.name
                LIMIT ${namedMonitors})))))
      WHERE tenant_id = ${tenantId} AND id = ${id}`
    const message = sentence(standing, row.status === "sent")
    return { ...decided, status: "pending", is_relayed: true, reason: { code: "digest", message } } satisfies Omit<
      Decided,
      "reason"
    > & { readonly reason: Reason }
  })
})

const sentence = ({ incidents, resolved }: DigestCounts, isUpdate: boolean): string =>
  `${isUpdate ? "Told anew" : "Told"} of ${incidents} incidents together, ${resolved === incidents ? "all" : resolved} of them over.`
