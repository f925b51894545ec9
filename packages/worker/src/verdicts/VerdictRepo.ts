/**
 * The verdicts of monitors that are checked from several regions. A verdict moves only from the version that it was decided
 * on (compare and set), together with its incident and its notifications. No bucket's lease stands behind it: it follows
 * from committed states alone, so it does not matter who writes it. All SQL here is cross-tenant.
 */
import { PgClient } from "@effect/sql-pg"
import { type BelievedStatus, unexplained } from "@v-insight/domain/rules/decide"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { type DecidedTurn, turnsJson } from "../alerting/DecidedTurn.ts"
import { incidentEvidence } from "../recording/incidentEvidence.ts"
import type { Evidence } from "../recording/DecidedCheck.ts"
import { inTurn } from "../recording/groupLock.ts"
import { limited } from "../sql/TimeLimit.ts"
import { liveSql, turnSql } from "../recording/turnSql.ts"

/** What is known of a monitor and its regions, all at one instant. Times are epoch milliseconds. */
export interface Case {
  readonly tenantId: string
  readonly id: string
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly confirmations: number
  /** NULL: more than half. */
  readonly quorum: number | null
  readonly version: number
  readonly status: BelievedStatus
  readonly sinceMs: number
  readonly isIncidentOpen: boolean
  readonly speaker: string | null
  /** The database's clock. */
  readonly nowMs: number
  readonly regions: ReadonlyArray<RegionState>
}

export interface RegionState {
  readonly region: string
  readonly status: BelievedStatus
  readonly sinceMs: number
  readonly isIncidentOpen: boolean
  /** The newest check began, or the first one could have. */
  readonly heardMs: number
}

export interface DecidedVerdict {
  readonly tenantId: string
  readonly id: string
  /** The one it was decided on. */
  readonly version: number
  readonly status: BelievedStatus
  readonly sinceMs: number
  readonly isIncidentOpen: boolean
  readonly speaker: string
  readonly turn: DecidedTurn | undefined
  readonly evidence: TimedEvidence | undefined
}

/** Of a check that made its region believe that the monitor is down. */
export interface TimedEvidence extends Evidence {
  /** When it began, epoch milliseconds. */
  readonly checkedAt: number
}

export interface VerdictRepo {
  /** Of monitors that are active. */
  readonly read: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Case>, SqlError>
  /** How many were still of the version they were decided on, and are written. */
  readonly write: (verdicts: ReadonlyArray<DecidedVerdict>) => Effect.Effect<number, SqlError>
}

export const make: Effect.Effect<VerdictRepo, never, PgClient.PgClient> = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  return {
    // Edited or resumed: results of before are no longer old.
    read: (ids) =>
      limited(sql<Case>`
        SELECT m.tenant_id AS "tenantId", m.id, m.interval_seconds AS "intervalSeconds",
          m.timeout_seconds AS "timeoutSeconds", m.confirmations, m.quorum,
          v.version::float8 AS version, v.status, v.since_ms::float8 AS "sinceMs", v.region AS speaker,
          -- one that was opened before there were several regions is ended by their verdict
          v.is_incident_open OR EXISTS (
            SELECT 1 FROM incidents i
            WHERE i.tenant_id = m.tenant_id AND i.monitor_id = m.id AND i.rule_id IS NULL AND i.resolved_at IS NULL) AS "isIncidentOpen",
          to_millis(clock_timestamp())::float8 AS "nowMs",
          (SELECT json_agg(json_build_object(
              'region', r.region,
              'status', coalesce(s.status, 'pending'),
              'sinceMs', coalesce(s.since_ms, 0),
              'isIncidentOpen', coalesce(s.is_incident_open, false),
              'heardMs', to_millis(greatest(coalesce(s.checked_at, s.recorded_at), m.updated_at))) ORDER BY r.number)
           FROM unnest(CASE WHEN m.regions = '{}' THEN ARRAY[default_region()] ELSE m.regions END)
             WITH ORDINALITY AS r(region, number)
           LEFT JOIN monitor_state s ON s.tenant_id = m.tenant_id AND s.monitor_id = m.id AND s.region = r.region) AS regions
        FROM monitor_verdicts v
        JOIN monitors m ON m.tenant_id = v.tenant_id AND m.id = v.monitor_id AND m.deleted_at IS NULL AND NOT m.paused
        WHERE v.monitor_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)`),
    write: (verdicts) => {
      const isTurning = verdicts.some(({ turn }) => turn !== undefined)
      const statement = sql<{ written: number }>`
        WITH sent AS (
          SELECT * FROM json_to_recordset(${JSON.stringify(verdicts.map(toJson))}::json) AS t(
            tenant_id uuid, monitor_id uuid, version bigint, status text, since_ms bigint, is_incident_open boolean,
            region text, turns text, is_opening boolean, evidence jsonb)
        ), locked AS (
          -- one order of locking in every worker: all regions write the same rows
          SELECT v.tenant_id, v.monitor_id
          FROM monitor_verdicts v
          JOIN sent ON sent.tenant_id = v.tenant_id AND sent.monitor_id = v.monitor_id AND sent.version = v.version
          ORDER BY v.tenant_id, v.monitor_id
          FOR UPDATE OF v
        ), decided AS (
          UPDATE monitor_verdicts v
          SET version = v.version + 1,
              status = sent.status,
              since_ms = sent.since_ms,
              is_incident_open = sent.is_incident_open,
              region = sent.region,
              recorded_at = clock_timestamp()
          FROM sent
          JOIN locked ON locked.tenant_id = sent.tenant_id AND locked.monitor_id = sent.monitor_id
          WHERE v.tenant_id = sent.tenant_id AND v.monitor_id = sent.monitor_id AND v.version = sent.version
          RETURNING sent.*
        ), moved AS (
          -- with the newest check of the region that can tell why
          SELECT d.tenant_id, d.monitor_id, d.turns,
            CASE WHEN d.is_opening THEN coalesce(d.evidence, kept.evidence) END AS evidence,
            coalesce(s.error_code, ${unexplained.code}) AS cause_code,
            coalesce(s.error_message, ${unexplained.message}) AS cause_message,
            s.status AS check_status, to_millis(s.checked_at) AS checked_ms, s.http_status, s.total_us,
            s.error_code, s.error_message
          FROM decided d
          JOIN monitor_state s ON s.tenant_id = d.tenant_id AND s.monitor_id = d.monitor_id AND s.region = d.region
          -- another region can tell why, or it found out some time ago: what was stored of it, without the response
          LEFT JOIN LATERAL (
            SELECT json_build_object('lastGood', s.last_good, 'firstBad', json_build_object('at', rfc3339(s.checked_at),
                'traits', coalesce(nullif(c.detail, '')::jsonb -> 'traits', '{}'), 'detail', nullif(c.detail, '')::jsonb))::jsonb
              AS evidence
            FROM monitors m
            JOIN regions r ON r.name = d.region
            JOIN monitor_checks c ON c.tenant_key = m.tenant_key AND c.monitor_key = m.key AND c.region_key = r.key
            WHERE d.is_opening AND d.evidence IS NULL
              AND m.tenant_id = d.tenant_id AND m.id = d.monitor_id
              AND c.quarter = to_millis(s.checked_at) / 900000
              AND c.after_ms = to_millis(s.checked_at) % 900000
              AND c.status = 'd'
            LIMIT 1
          ) AS kept ON true
        ), ${sql.literal(isTurning ? turnSql() : liveSql)}
        SELECT (SELECT count(*)::integer FROM decided) AS written, (SELECT count(*)::integer FROM live) AS told`
      // Planned anew when something turned, as in FencedWrite.
      const written = isTurning ? statement.unprepared : statement
      const tenantsOpening = verdicts.flatMap(({ tenantId, turn }) => (turn?.event === "opened" ? [tenantId] : []))
      return Effect.map(
        limited(tenantsOpening.length === 0 ? written : inTurn(sql, tenantsOpening, written)),
        ([row]) => row!.written
      )
    }
  }
})

const toJson = ({ evidence, ...verdict }: DecidedVerdict) => ({
  tenant_id: verdict.tenantId,
  monitor_id: verdict.id,
  version: verdict.version,
  status: verdict.status,
  since_ms: verdict.sinceMs,
  is_incident_open: verdict.isIncidentOpen,
  region: verdict.speaker,
  turns: verdict.turn && turnsJson([verdict.turn]),
  is_opening: verdict.turn?.event === "opened",
  evidence: evidence && incidentEvidence(evidence, evidence.checkedAt)
})
