/** What people do to incidents, kept in order: one line of the timeline each. */
import type { IncidentEventKind } from "@v-insight/domain/model/Incident"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import type { SqlClient } from "effect/sql"

export interface Act {
  readonly kind: IncidentEventKind
  /** null: nobody, or whoever had the signed link. */
  readonly userId: string | null
  /** A sentence, or the note. */
  readonly message: string
}

export const writeAct =
  (sql: SqlClient.SqlClient) =>
  (tenantId: string, incidentId: string, { kind, message, userId }: Act) =>
    sql<{ at: string }>`
    INSERT INTO incident_events (tenant_id, id, incident_id, kind, user_id, message)
    VALUES (${tenantId}, ${uuidV7Unsafe()}, ${incidentId}, ${kind}, ${userId}::uuid, ${message})
    RETURNING rfc3339(created_at) AS at`

/** How a member is called; undefined where the tenant has no such member. */
export const memberName = (sql: SqlClient.SqlClient) => (tenantId: string, userId: string) =>
  sql<{ name: string }>`
  SELECT u.email AS name
  FROM memberships s
  JOIN users u ON u.id = s.user_id
  WHERE s.tenant_id = ${tenantId} AND s.user_id = ${userId}`
