/**
 * A monitor as the API shows it, drawn from `monitors m`, `monitor_state s` and `monitor_verdicts v`. The row is ours: it is
 * not checked again.
 */
import type { CheckError } from "@v-insight/domain/model/CheckOutcome"
import type { LastCheck, Monitor, MonitorId, MonitorStatus } from "@v-insight/domain/model/Monitor"
import { nextRun, timingOf } from "@v-insight/domain/rules/slots"
import { rfc3339 } from "./instant.ts"

export const statusOf = `CASE WHEN m.paused THEN 'paused' ELSE coalesce(v.status, s.status, 'pending') END`

/** The region whose check is shown: of several, the one that can tell why the verdict is what it is. */
export const isShown = "s.region = coalesce(v.region, m.regions[1], (SELECT default_region()))"

/** What a monitor `m` has come to. */
export const withStateOf = `
  LEFT JOIN monitor_verdicts v ON v.tenant_id = m.tenant_id AND v.monitor_id = m.id
  LEFT JOIN monitor_state s ON s.tenant_id = m.tenant_id AND s.monitor_id = m.id AND ${isShown}`

/**
 * Rows come as tuples: making 50 objects of 20 columns by name, and 50 monitors of those, cost as much as the HTTP
 * around it. Text of instants is made by PostgreSQL.
 */
export type MonitorRow = readonly [
  id: MonitorId,
  name: string,
  type: string,
  settings: Monitor["settings"],
  intervalSeconds: number,
  timeoutSeconds: number,
  confirmations: number,
  recoveryChecks: number,
  inverted: boolean,
  secretsSet: Monitor["secretsSet"],
  tags: Monitor["tags"],
  paused: boolean,
  createdAt: string,
  updatedAt: string,
  regions: Monitor["regions"],
  quorum: number | null,
  degradedAfterMs: number | null,
  parentIds: Monitor["parentIds"],
  ...state: StateRow
]

/** The newest check in short, and what followed from it. */
type StateRow = readonly [
  status: MonitorStatus,
  statusSince: string | null,
  lastCheckedAt: string | null,
  lastSlotMs: number,
  totalUs: number | null,
  httpStatus: number | null,
  errorCode: string | null,
  errorMessage: string | null,
  certificateValidTo: string | null
]

const stateColumnsOf = `
  ${statusOf} AS status,
  CASE WHEN NOT m.paused AND coalesce(v.since_ms, s.since_ms) > 0 THEN rfc3339(from_millis(coalesce(v.since_ms, s.since_ms))) END AS "statusSince",
  rfc3339(s.checked_at) AS "lastCheckedAt",
  coalesce(s.last_slot_ms, 0)::float8 AS "lastSlotMs",
  s.total_us AS "totalUs",
  s.http_status AS "httpStatus",
  s.error_code AS "errorCode",
  s.error_message AS "errorMessage",
  rfc3339(s.certificate_valid_to) AS "certificateValidTo"`

/**
 * Asked once per statement: where no monitor of the tenant depends on another, none is looked up. Of a list of 50 that was
 * 1.1 ms of 2.7.
 */
const hasParents = "(SELECT EXISTS (SELECT 1 FROM monitor_parents anyones WHERE anyones.tenant_id = current_tenant()))"

export const columnsOf = `
  m.id,
  m.name,
  m.type,
  m.settings,
  m.interval_seconds AS "intervalSeconds",
  m.timeout_seconds AS "timeoutSeconds",
  m.confirmations,
  m.recovery_checks AS "recoveryChecks",
  m.inverted,
  m.secret_names AS "secretsSet",
  m.tags,
  m.paused,
  rfc3339(m.created_at) AS "createdAt",
  rfc3339(m.updated_at) AS "updatedAt",
  m.regions,
  m.quorum,
  m.degraded_after_ms AS "degradedAfterMs",
  CASE WHEN ${hasParents}
    THEN ARRAY(SELECT mp.parent_id::text FROM monitor_parents mp
               JOIN monitors pm ON pm.tenant_id = mp.tenant_id AND pm.id = mp.parent_id AND pm.deleted_at IS NULL
               WHERE mp.tenant_id = m.tenant_id AND mp.monitor_id = m.id ORDER BY mp.parent_id)
    ELSE '{}' END AS "parentIds",
  ${stateColumnsOf}`
/** How many they are. */
export const monitorColumns = 27

/** Columns after those of the monitor are the caller's. */
export const toMonitor = (row: readonly [...MonitorRow, ...ReadonlyArray<unknown>], now: number): Monitor => ({
  id: row[0],
  name: row[1],
  type: row[2],
  settings: row[3],
  secretsSet: row[9],
  intervalSeconds: row[4],
  timeoutSeconds: row[5],
  confirmations: row[6],
  recoveryChecks: row[7],
  inverted: row[8],
  tags: row[10],
  regions: row[14],
  quorum: row[15],
  degradedAfterMs: row[16],
  parentIds: row[17],
  paused: row[11],
  status: row[18],
  statusSince: row[19],
  lastCheckedAt: row[20],
  nextCheckAt: nextCheckAt(row[0], row[18], row[4], row[21], now),
  lastCheck: row[20] === null ? null : lastCheck(row[22], row[23], row[24], row[25], row[26]),
  createdAt: row[12],
  updatedAt: row[13]
})

const lastCheck = (
  totalUs: number | null,
  httpStatus: number | null,
  code: string | null,
  message: string | null,
  certificateValidTo: string | null
): LastCheck => ({ totalUs, httpStatus, error: toError(code, message), certificateValidTo })

/** In the past when a check is overdue; null while paused. */
const nextCheckAt = (
  id: MonitorId,
  status: MonitorStatus,
  intervalSeconds: number,
  lastSlotMs: number,
  now: number
): string | null =>
  status === "paused" ? null : rfc3339(nextRun(timingOf(id, intervalSeconds * 1000), now, lastSlotMs).at)

export const toError = (code: string | null, message: string | null): CheckError | null =>
  code === null ? null : { code, message: message ?? "" }
