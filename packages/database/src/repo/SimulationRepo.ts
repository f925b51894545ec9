/** What dry runs of alert rules read: the monitors that are in scope, and their stored checks in order, piece by piece. */
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { isConclusive } from "@v-insight/domain/monitor-types/registry"
import { majorityOf } from "@v-insight/domain/rules/quorum"
import type { Scope } from "@v-insight/domain/rules/scope"
import { toMicroseconds } from "@v-insight/domain/rules/shortDuration"
import type { ReplayedMonitor, StoredCheck } from "@v-insight/domain/rules/simulate"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { foundOf, isMaintenance } from "./checkLetters.ts"

/** A monitor, and where its checks are. */
export interface SimulatedMonitor extends ReplayedMonitor {
  readonly key: number
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly tags: ReadonlyArray<string>
}

export interface Piece {
  readonly checks: ReadonlyArray<StoredCheck>
  /** Where to read on, epoch milliseconds; undefined at the end. */
  readonly next: number | undefined
}

export class SimulationRepo extends Context.Service<
  SimulationRepo,
  {
    /** Those that are in any of the scopes, by name, at most so many. */
    readonly listMonitors: (
      scopes: ReadonlyArray<Scope>,
      limit: number
    ) => Effect.Effect<ReadonlyArray<SimulatedMonitor>, never, TenantContext>
    /**
     * Checks that began at `from` or later and before `to` (epoch milliseconds), the oldest first: some 10,000 at a time,
     * whole quarters of an hour. With certificates where they are asked for.
     */
    readonly read: (
      monitor: SimulatedMonitor,
      from: number,
      to: number,
      withCertificates: boolean
    ) => Effect.Effect<Piece, never, TenantContext>
  }
>()("@v-insight/database/repo/SimulationRepo") {
  static readonly layer = Layer.effect(
    SimulationRepo,
    Effect.suspend(() => make)
  )
}

const quarterMs = 900_000
const checksPerPiece = 10_000
/** A quarter of checks every second in twenty regions is less: pieces end between quarters. */
const mostChecks = 40_000
/** So that partitions in which there is nothing are passed over in few statements. */
const mostQuarters = 14 * 96

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { read, scoped } = yield* TenantSql

  return SimulationRepo.of({
    listMonitors: Effect.fn("SimulationRepo.listMonitors")((scopes, limit) =>
      scoped((tenantId) => {
        const isAll = scopes.some(({ monitorIds, tags }) => monitorIds.length === 0 && tags.length === 0)
        const ids = scopes.flatMap(({ monitorIds }) => monitorIds)
        const tags = scopes.flatMap((scope) => scope.tags)
        return sql<MonitorRow>`
          SELECT m.key, to_millis(m.created_at)::float8 AS "createdAt", m.id, m.name, m.type, m.tags, m.interval_seconds AS "intervalSeconds",
            m.timeout_seconds AS "timeoutSeconds", m.confirmations, m.recovery_checks AS "recoveryChecks",
            m.degraded_after_ms AS "degradedAfterMs", m.quorum,
            CASE WHEN m.regions = '{}' THEN ARRAY[default_region()] ELSE m.regions END AS regions
          FROM monitors m
          WHERE m.tenant_id = ${tenantId} AND m.deleted_at IS NULL
            AND (${isAll} OR m.id = ANY (${ids}::uuid[]) OR m.tags && ${tags}::text[])
          ORDER BY lower(m.name), m.id
          LIMIT ${limit}`.pipe(Effect.map((rows) => rows.map(toMonitor)))
      })
    ),
    read: Effect.fn("SimulationRepo.read")(function* ({ intervalMs, key, regions }, from, to, withCertificates) {
      const perQuarter = Math.max(1, (quarterMs / intervalMs) * regions.length)
      const first = Math.floor(from / quarterMs)
      const last = Math.min(
        Math.floor((to - 1) / quarterMs),
        first + Math.max(1, Math.min(mostQuarters, Math.floor(checksPerPiece / perQuarter))) - 1
      )
      const rows = yield* read<CheckRow>(withCertificates ? certifiedChecks : plainChecks, key, first, last)
      const checks = rows.map(toCheck).filter(({ at }) => at >= from && at < to)
      const next = (last + 1) * quarterMs
      return { checks, next: next < to ? next : undefined }
    })
  })
})

// One monitor's quarters by idx_monitor_checks_monitor_key, sorted: 10 ms for 10,000 checks, and 6 to plan over 90 partitions.
const checksOf = (columns: string, joins: string): string => `
  SELECT (c.quarter * 900000::bigint + c.after_ms)::float8 AS at, r.name, c.status::text, c.attempts::integer,
    c.total::integer, c.error_code, c.error_message${columns}
  FROM monitor_checks c
  JOIN regions r ON r.key = c.region_key
  ${joins}
  WHERE c.tenant_key = tenant.key AND c.monitor_key = $2 AND c.quarter >= $3 AND c.quarter <= $4
  ORDER BY c.quarter, c.after_ms, c.region_key
  LIMIT ${mostChecks}`
const plainChecks = checksOf("", "")
const certifiedChecks = checksOf(
  `, encode(p.fingerprint, 'hex'), rfc3339(x.valid_to)`,
  `LEFT JOIN check_peers p ON p.tenant_key = c.tenant_key AND p.key = c.peer_key AND p.fingerprint <> ''
  LEFT JOIN certificates x ON x.tenant_id = tenant.id AND x.fingerprint = p.fingerprint`
)

interface MonitorRow {
  readonly key: number
  readonly createdAt: number
  readonly id: string
  readonly name: string
  readonly type: string
  readonly tags: ReadonlyArray<string>
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly confirmations: number
  readonly recoveryChecks: number
  readonly degradedAfterMs: number | null
  readonly quorum: number | null
  readonly regions: ReadonlyArray<string>
}

const toMonitor = (row: MonitorRow): SimulatedMonitor => ({
  key: row.key,
  createdAt: row.createdAt,
  id: row.id,
  name: row.name,
  tags: row.tags,
  isHeartbeat: row.type === "heartbeat",
  intervalMs: row.intervalSeconds * 1000,
  timeoutMs: row.timeoutSeconds * 1000,
  policy: isConclusive(row.type)
    ? { confirmations: 0, recoveryChecks: 1, degradedAfterMs: null }
    : { confirmations: row.confirmations, recoveryChecks: row.recoveryChecks, degradedAfterMs: row.degradedAfterMs },
  regions: row.regions,
  quorum: row.quorum ?? majorityOf(row.regions.length)
})

type CheckRow = readonly [
  at: number,
  region: string,
  letter: string,
  attempts: number,
  total: number,
  errorCode: string,
  errorMessage: string,
  fingerprint?: string | null,
  validTo?: string | null
]

const toCheck = (row: CheckRow): StoredCheck => {
  const [at, region, letter, attempts, total, code, message, fingerprint, validTo] = row
  return {
    at,
    region,
    found: foundOf(letter),
    isMaintenance: isMaintenance(letter),
    attempts,
    totalUs: toMicroseconds(total),
    error: code === "" ? null : { code, message },
    certificate:
      fingerprint === undefined || fingerprint === null || validTo === undefined || validTo === null
        ? null
        : { fingerprint256: fingerprint, validTo }
  }
}
