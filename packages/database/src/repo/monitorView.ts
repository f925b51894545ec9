/** A monitor as the API shows it, drawn from `monitors m` and `monitor_state s`. The row is ours: it is not checked again. */
import type { CheckError } from "@v-insight/domain/model/CheckOutcome"
import type { LastCheck, Monitor, MonitorStatus } from "@v-insight/domain/model/Monitor"
import { nextSlot, timingOf } from "@v-insight/domain/rules/slots"
import { DateTime } from "effect"

/** The newest check in short, and what followed from it. */
export interface StateRow {
  readonly status: MonitorStatus
  readonly statusSince: string | null
  readonly lastCheckedAt: string | null
  readonly lastSlotMs: number
  readonly totalUs: number | null
  readonly httpStatus: number | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly certificateValidTo: string | null
}

export interface MonitorRow extends StateRow, Omit<Monitor, keyof StateRow | "nextCheckAt" | "lastCheck"> {}

/** Text of instants is made by PostgreSQL: a transformation of 50 rows in Node cost more than the statement. */
export const stateColumnsOf = `
  CASE WHEN m.paused THEN 'paused' ELSE coalesce(s.status, 'pending') END AS status,
  CASE WHEN NOT m.paused AND s.since_ms > 0 THEN rfc3339(from_millis(s.since_ms)) END AS "statusSince",
  rfc3339(s.checked_at) AS "lastCheckedAt",
  coalesce(s.last_slot_ms, 0)::float8 AS "lastSlotMs",
  s.total_us AS "totalUs",
  s.http_status AS "httpStatus",
  s.error_code AS "errorCode",
  s.error_message AS "errorMessage",
  rfc3339(s.certificate_valid_to) AS "certificateValidTo"`

export const columnsOf = `
  m.id,
  m.name,
  m.type,
  m.settings,
  m.interval_seconds AS "intervalSeconds",
  m.timeout_seconds AS "timeoutSeconds",
  m.confirmations,
  m.recovery_checks AS "recoveryChecks",
  m.tags,
  m.paused,
  rfc3339(m.created_at) AS "createdAt",
  rfc3339(m.updated_at) AS "updatedAt",
  ${stateColumnsOf}`

export const toMonitor = (row: MonitorRow, now: number): Monitor => ({
  id: row.id,
  name: row.name,
  type: row.type,
  settings: row.settings,
  intervalSeconds: row.intervalSeconds,
  timeoutSeconds: row.timeoutSeconds,
  confirmations: row.confirmations,
  recoveryChecks: row.recoveryChecks,
  tags: row.tags,
  paused: row.paused,
  status: row.status,
  statusSince: row.statusSince,
  lastCheckedAt: row.lastCheckedAt,
  nextCheckAt: nextCheckAt(row, row.intervalSeconds, now),
  lastCheck: row.lastCheckedAt === null ? null : toLastCheck(row),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt
})

export const toLastCheck = (row: StateRow): LastCheck => ({
  totalUs: row.totalUs,
  httpStatus: row.httpStatus,
  error: toError(row),
  certificateValidTo: row.certificateValidTo
})

/** In the past when a check is overdue; null while paused. */
export const nextCheckAt = (
  row: Pick<MonitorRow, "id" | "status" | "lastSlotMs">,
  intervalSeconds: number,
  now: number
): string | null =>
  row.status === "paused"
    ? null
    : DateTime.formatIso(DateTime.makeUnsafe(nextSlot(timingOf(row.id, intervalSeconds * 1000), now, row.lastSlotMs)))

export const toError = (row: {
  readonly errorCode: string | null
  readonly errorMessage: string | null
}): CheckError | null => (row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? "" })
