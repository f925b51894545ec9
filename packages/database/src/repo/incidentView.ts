/** An incident as the API shows it, drawn from `incidents i` and `monitors m`. */
import type { Incident } from "@v-insight/domain/model/Incident"

export interface IncidentRow extends Omit<Incident, "cause"> {
  readonly causeCode: string
  readonly causeMessage: string
}

export const incidentColumnsOf = `
  i.id,
  i.monitor_id AS "monitorId",
  m.name AS "monitorName",
  i.trigger,
  i.rule_id AS "ruleId",
  CASE WHEN i.resolved_at IS NOT NULL THEN 'resolved' WHEN i.acknowledged_at IS NOT NULL THEN 'acknowledged' ELSE 'open' END AS status,
  i.severity,
  i.owner_id AS "ownerId",
  i.group_id AS "groupId",
  i.merged_into_id AS "mergedIntoId",
  rfc3339(i.started_at) AS "startedAt",
  rfc3339(i.acknowledged_at) AS "acknowledgedAt",
  i.acknowledged_by AS "acknowledgedBy",
  rfc3339(i.resolved_at) AS "resolvedAt",
  i.resolved_by AS "resolvedBy",
  i.cause_code AS "causeCode",
  i.cause_message AS "causeMessage",
  rfc3339(i.updated_at) AS "updatedAt"`

export const toIncident = (row: IncidentRow): Incident => ({
  id: row.id,
  monitorId: row.monitorId,
  monitorName: row.monitorName,
  trigger: row.trigger,
  ruleId: row.ruleId,
  status: row.status,
  severity: row.severity,
  ownerId: row.ownerId,
  groupId: row.groupId,
  mergedIntoId: row.mergedIntoId,
  startedAt: row.startedAt,
  acknowledgedAt: row.acknowledgedAt,
  acknowledgedBy: row.acknowledgedBy,
  resolvedAt: row.resolvedAt,
  resolvedBy: row.resolvedBy,
  cause: { code: row.causeCode, message: row.causeMessage },
  updatedAt: row.updatedAt
})
