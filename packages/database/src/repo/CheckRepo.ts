/** The stored checks of a monitor, newest first, read on by cursor. */
import { NotFound } from "@v-insight/domain/api/Failures"
import type { CheckDetail, CheckStatus } from "@v-insight/domain/model/CheckOutcome"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { toError } from "./monitorView.ts"

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
      only?: { readonly since?: number | undefined; readonly status?: CheckStatus | undefined }
    ) => Effect.Effect<Stretch<MonitorCheck, CheckCursor>, NotFound, TenantContext>
  }
>()("@v-insight/database/repo/CheckRepo") {
  static readonly layer = Layer.effect(
    CheckRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      const instant = (micros: number) =>
        sql`'epoch'::timestamptz + ${String(micros)}::bigint * interval '1 microsecond'`
      return CheckRepo.of({
        list: Effect.fn("CheckRepo.list")((monitorId, after, limit, only) =>
          scoped(
            Effect.fnUntraced(function* (tenantId) {
              const known = yield* sql`
                SELECT 1
                FROM monitors
                WHERE tenant_id = ${tenantId} AND id = ${monitorId} AND deleted_at IS NULL`
              if (known.length === 0) return yield* new NotFound({ message: "There is no such monitor." })
              const before =
                after === undefined
                  ? sql.literal("true")
                  : sql`(c.checked_at, c.slot, c.region) <
                      (${instant(after.checkedAtUs)}, ${instant(after.slotUs)}, ${after.region})`
              const wanted = sql.and([
                ...(only?.since === undefined ? [] : [sql`c.checked_at >= ${instant(only.since * 1000)}`]),
                ...(only?.status === undefined ? [] : [sql`c.status = ${only.status}`])
              ])
              // Day by day, newest first, along the index (tenant_id, monitor_id, checked_at).
              const rows = yield* sql<CheckRow>`
                SELECT
                  c.monitor_id AS "monitorId",
                  c.region,
                  rfc3339(c.slot) AS slot,
                  (extract(epoch FROM c.slot) * 1000000)::float8 AS "slotUs",
                  rfc3339(c.checked_at) AS "checkedAt",
                  (extract(epoch FROM c.checked_at) * 1000000)::float8 AS "checkedAtUs",
                  c.status,
                  c.attempts::integer AS attempts,
                  c.http_status::integer AS "httpStatus",
                  c.dns_us AS "dnsUs",
                  c.connect_us AS "connectUs",
                  c.tls_us AS "tlsUs",
                  c.first_byte_us AS "firstByteUs",
                  c.transfer_us AS "transferUs",
                  c.total_us AS "totalUs",
                  c.address,
                  c.error_code AS "errorCode",
                  c.error_message AS "errorMessage",
                  c.detail,
                  upper(encode(c.certificate_fingerprint, 'hex')) AS fingerprint,
                  x.subject,
                  x.issuer,
                  rfc3339(x.valid_from) AS "validFrom",
                  rfc3339(x.valid_to) AS "validTo"
                FROM monitor_checks c
                LEFT JOIN certificates x ON x.tenant_id = c.tenant_id AND x.fingerprint = c.certificate_fingerprint
                WHERE c.tenant_id = ${tenantId} AND c.monitor_id = ${monitorId} AND ${before} AND ${wanted}
                ORDER BY c.checked_at DESC, c.slot DESC, c.region DESC
                LIMIT ${limit + 1}`
              const items = rows.slice(0, limit)
              return { items: items.map(toCheck), next: rows.length > limit ? items.at(-1) : undefined }
            })
          )
        )
      })
    })
  )
}

interface CheckRow extends CheckCursor {
  readonly monitorId: MonitorId
  readonly slot: string
  readonly checkedAt: string
  readonly status: CheckStatus
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

const toCheck = (row: CheckRow): MonitorCheck => ({
  monitorId: row.monitorId,
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
