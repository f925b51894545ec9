/** The stored checks of a monitor, newest first, read on by cursor. */
import { NotFound } from "@v-insight/domain/api/Failures"
import type { CheckDetail } from "@v-insight/domain/model/CheckOutcome"
import type { CountedStatus, MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { toError } from "./monitorView.ts"
import { countedStatus, lettersOf } from "./checkLetters.ts"
import { checkedMs } from "./rollupSql.ts"

/** Where a stretch ended: the order is total, so reading on neither repeats nor skips a check. */
export interface CheckCursor {
  /** Of the last check that was read, epoch microseconds. */
  readonly checkedAtUs: number
  readonly slotUs: number
  readonly region: string
}

export interface Stretch<A, C> {
  readonly items: ReadonlyArray<A>
  readonly next: C | undefined
}

export class CheckRepo extends Context.Service<
  CheckRepo,
  {
    /** Those after the cursor that are like this: begun at `since` (epoch ms) or later, of one status. */
    readonly list: (
      monitorId: MonitorId,
      after: CheckCursor | undefined,
      limit: number,
      only?: { readonly since?: number | undefined; readonly status?: CountedStatus | undefined }
    ) => Effect.Effect<Stretch<MonitorCheck, CheckCursor>, NotFound, TenantContext>
  }
>()("@v-insight/database/repo/CheckRepo") {
  static readonly layer = Layer.effect(
    CheckRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      const checked = sql.literal(checkedMs)
      const counted = sql.literal(countedStatus)
      return CheckRepo.of({
        list: Effect.fn("CheckRepo.list")((monitorId, after, limit, { since = 0, status } = {}) =>
          scoped(
            Effect.fnUntraced(function* (tenantId) {
              const [monitor] = yield* sql<MonitorKeys>`
                SELECT tenant_key AS "tenantKey", key AS "monitorKey", interval_seconds AS "intervalSeconds"
                FROM monitors
                WHERE tenant_id = ${tenantId} AND id = ${monitorId} AND deleted_at IS NULL`
              if (monitor === undefined) return yield* new NotFound({ message: "There is no such monitor." })
              const { intervalSeconds, monitorKey, tenantKey } = monitor
              const before =
                after === undefined
                  ? sql.literal("true")
                  : sql`(c.quarter, c.after_ms, ${checked} - c.late_ms, r.name) < (
                      ${quarterOf(after.checkedAtUs / 1000)}::integer,
                      ${Math.floor(after.checkedAtUs / 1000) % quarterMs}::integer,
                      ${Math.floor(after.slotUs / 1000)}::bigint, ${after.region})
                      AND c.quarter <= ${quarterOf(after.checkedAtUs / 1000)}::integer`
              const wanted =
                status === undefined ? sql.literal("true") : sql`c.status IN (${sql.literal(lettersOf[status])})`
              const list = (stretch: Statement.Fragment) => sql<CheckRow>`
                SELECT
                  r.name AS region,
                  rfc3339(from_millis(${checked} - c.late_ms)) AS slot,
                  (${checked} - c.late_ms)::float8 * 1000 AS "slotUs",
                  rfc3339(from_millis(${checked})) AS "checkedAt",
                  ${checked}::float8 * 1000 AS "checkedAtUs",
                  ${counted} AS status,
                  c.attempts::integer AS attempts,
                  nullif(c.http_status, 0)::integer AS "httpStatus",
                  duration_us(c.dns) AS "dnsUs",
                  duration_us(c.connect) AS "connectUs",
                  duration_us(c.tls) AS "tlsUs",
                  duration_us(c.first_byte) AS "firstByteUs",
                  duration_us(c.transfer) AS "transferUs",
                  duration_us(c.total) AS "totalUs",
                  nullif(p.address, '') AS address,
                  nullif(c.error_code, '') AS "errorCode",
                  c.error_message AS "errorMessage",
                  nullif(c.detail, '')::jsonb AS detail,
                  upper(encode(p.fingerprint, 'hex')) AS fingerprint,
                  x.subject,
                  x.issuer,
                  rfc3339(x.valid_from) AS "validFrom",
                  rfc3339(x.valid_to) AS "validTo"
                FROM monitor_checks c
                JOIN regions r ON r.key = c.region_key
                LEFT JOIN check_peers p ON p.tenant_key = ${tenantKey} AND p.key = c.peer_key
                LEFT JOIN certificates x ON x.tenant_id = ${tenantId} AND x.fingerprint = p.fingerprint
                WHERE c.tenant_key = ${tenantKey}
                  AND c.monitor_key = ${monitorKey}
                  AND ${stretch}
                  AND ${checked} >= ${since}::bigint
                  AND ${before}
                  AND ${wanted}
                ORDER BY c.quarter DESC, c.after_ms DESC, c.late_ms, r.name DESC
                LIMIT ${limit + 1}`
              const until = after === undefined ? yield* Clock.currentTimeMillis : after.checkedAtUs / 1000
              // The index has an entry per quarter of an hour and none for the order in it, so that only a stretch in which
              // there should be enough is read and sorted; when there is not, a longer one. In the end, everything.
              const readOn = Effect.gen(function* () {
                let stretch = (limit + 1) * intervalSeconds * 1000
                for (let round = 0; ; round++) {
                  const from: number = round === maxStretches ? since : Math.max(since, until - stretch)
                  const rows = yield* list(sql`c.quarter >= ${quarterOf(from)}::integer`)
                  if (rows.length > limit || from === since) return rows
                  stretch *= growth
                }
              })
              const readFew = (status: CountedStatus) =>
                Effect.flatMap(quartersWith(sql, monitor, status, since, until, limit), ({ among, settled }) =>
                  list(sql`(c.quarter >= ${settled}::integer OR c.quarter = ANY(${among}::integer[]))`)
                )
              const rows = yield* status === undefined ? readOn : readFew(status)
              const items = rows.slice(0, limit)
              return {
                items: items.map((row) => toCheck(monitorId, row)),
                next: rows.length > limit ? items.at(-1) : undefined
              }
            })
          )
        )
      })
    })
  )
}

/** What an entry of the index stands for (migrations/0006_keys). */
const quarterMs = 900_000
const hourMs = 3_600_000
const quartersOfHour = hourMs / quarterMs
const quarterOf = (ms: number): number => Math.floor(ms / quarterMs)
/** A monitor that was paused for long needs several looks. */
const maxStretches = 4
const growth = 8

/**
 * Checks of a status may be few and far between. Rollups know the hours that have any, up to where they are settled: the
 * quarters `among` these, and all from `settled` on. Of the hour that `until` (epoch ms) is in, all may have been read.
 */
const quartersWith = (
  sql: SqlClient.SqlClient,
  { monitorKey, tenantKey }: MonitorKeys,
  status: CountedStatus,
  since: number,
  until: number,
  limit: number
) =>
  sql<{ hour: number | null; settled: number }>`
    WITH settled AS (
      SELECT coalesce(max(to_millis(settled_until)) / ${hourMs}, 0)::integer AS hour
      FROM rollup_progress WHERE level = '1h'
    )
    SELECT settled.hour AS settled, r.period AS hour
    FROM settled LEFT JOIN LATERAL (
      SELECT DISTINCT period FROM monitor_rollups_1h
      WHERE tenant_key = ${tenantKey} AND monitor_key = ${monitorKey}
        AND period BETWEEN ${Math.floor(since / hourMs)}::integer AND ${Math.floor(until / hourMs)}::integer
        AND period < settled.hour AND ${sql(status)} > 0
      ORDER BY period DESC LIMIT ${limit + 2}
    ) r ON true`.pipe(
    Effect.map((rows) => ({
      settled: rows[0]!.settled * quartersOfHour,
      among: rows.flatMap(({ hour }) =>
        hour === null ? [] : Array.from({ length: quartersOfHour }, (_, index) => hour * quartersOfHour + index)
      )
    }))
  )

interface MonitorKeys {
  readonly tenantKey: number
  readonly monitorKey: number
  readonly intervalSeconds: number
}

interface CheckRow extends CheckCursor {
  readonly slot: string
  readonly checkedAt: string
  readonly status: CountedStatus
  readonly attempts: number
  readonly httpStatus: number | null
  readonly dnsUs: number | null
  readonly connectUs: number | null
  readonly tlsUs: number | null
  readonly firstByteUs: number | null
  readonly transferUs: number | null
  readonly totalUs: number | null
  readonly address: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly detail: CheckDetail | null
  readonly fingerprint: string | null
  readonly subject: string | null
  readonly issuer: string | null
  readonly validFrom: string | null
  readonly validTo: string | null
}

const toCheck = (monitorId: MonitorId, row: CheckRow): MonitorCheck => ({
  monitorId,
  region: row.region,
  slot: row.slot,
  checkedAt: row.checkedAt,
  status: row.status,
  timings: {
    dnsUs: row.dnsUs,
    connectUs: row.connectUs,
    tlsUs: row.tlsUs,
    firstByteUs: row.firstByteUs,
    transferUs: row.transferUs,
    totalUs: row.totalUs
  },
  httpStatus: row.httpStatus,
  error: toError(row.errorCode, row.errorMessage),
  certificate:
    row.fingerprint === null || row.subject === null
      ? null
      : {
          subject: row.subject,
          issuer: row.issuer!,
          validFrom: row.validFrom!,
          validTo: row.validTo!,
          fingerprint256: row.fingerprint.match(/../g)!.join(":")
        },
  address: row.address,
  attempts: row.attempts,
  detail: row.detail
})
