/** Calls of jobs: stored as they come, looked at by people, and the address that each job calls. */
import { NotFound } from "@v-insight/domain/api/Failures"
import { type Heartbeat, heartbeatsKept } from "@v-insight/domain/model/Heartbeat"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantId } from "@v-insight/domain/model/Tenant"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { longestPauseMs } from "@v-insight/domain/rules/heartbeat"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import type { Stretch } from "./CheckRepo.ts"
import { isHeartbeatToken, makeHeartbeatToken } from "./heartbeatToken.ts"

export type Call = Pick<Heartbeat, "kind" | "exitCode" | "method" | "address" | "userAgent" | "body" | "isTruncated">

/** Whose a token is. */
export interface Called {
  readonly tenantId: TenantId
  readonly monitorId: MonitorId
}

export class HeartbeatRepo extends Context.Service<
  HeartbeatRepo,
  {
    readonly findByToken: (token: string) => Effect.Effect<Called, NotFound>
    /** Succeeds when the call is committed. The token must still be the one that leads here. */
    readonly insert: (called: Called, token: string, call: Call) => Effect.Effect<void, NotFound>
    /** The newest first. */
    readonly list: (
      monitorId: MonitorId,
      /** Number of the last one that was read. */
      after: number | undefined,
      limit: number
    ) => Effect.Effect<Stretch<Heartbeat, number>, NotFound, TenantContext>
    readonly getToken: (monitorId: MonitorId) => Effect.Effect<string, NotFound, TenantContext>
    /** A new token in the place of the old one. */
    readonly rotate: (monitorId: MonitorId) => Effect.Effect<string, NotFound, TenantContext>
    /** Calls can be received now. */
    readonly noteReception: Effect.Effect<void>
  }
>()("@v-insight/database/repo/HeartbeatRepo") {
  static readonly layer = Layer.effect(
    HeartbeatRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { bounded, scoped, scopedTo } = yield* TenantSql

  const tokenOf = (tenantId: string, monitorId: MonitorId) =>
    sql<{ token: string }>`
      SELECT t.token
      FROM heartbeat_tokens t
      JOIN monitors m ON m.tenant_id = t.tenant_id AND m.id = t.monitor_id AND m.deleted_at IS NULL
      WHERE t.tenant_id = ${tenantId} AND t.monitor_id = ${monitorId}`.pipe(
      Effect.flatMap(([row]) => (row === undefined ? Effect.fail(notCalled) : Effect.succeed(row.token)))
    )

  return HeartbeatRepo.of({
    // cross-tenant: the token is the credential, the tenant follows from it (a definer function)
    findByToken: Effect.fn("HeartbeatRepo.findByToken")(function* (token) {
      if (!isHeartbeatToken(token)) return yield* unknownToken
      const [row] = yield* bounded(
        sql<Called>`SELECT tenant_id AS "tenantId", monitor_id AS "monitorId" FROM find_heartbeat(${token})`
      )
      return row ?? (yield* unknownToken)
    }),
    /**
     * One statement. The state's row is locked first: calls of a job get their numbers and instants one after the other,
     * and clock_timestamp() is read anew by whoever had to wait.
     */
    insert: Effect.fn("HeartbeatRepo.insert")(({ monitorId, tenantId }, token, call) =>
      scopedTo(tenantId, () =>
        sql`
          WITH called AS (
            UPDATE heartbeat_state s
            SET calls = s.calls + 1,
                last_call_at = clock_timestamp(),
                last_kind = ${call.kind},
                last_start_at = CASE WHEN ${call.kind} = 'start' THEN clock_timestamp() ELSE s.last_start_at END,
                last_success_at = CASE WHEN ${call.kind} = 'success' THEN clock_timestamp() ELSE s.last_success_at END,
                last_fail_at = CASE WHEN ${call.kind} = 'fail' THEN clock_timestamp() ELSE s.last_fail_at END,
                last_outcome = CASE WHEN ${call.kind} = 'start' THEN s.last_outcome ELSE ${call.kind} END,
                last_exit_code = CASE WHEN ${call.kind} = 'start' THEN s.last_exit_code ELSE ${call.exitCode}::smallint END,
                last_duration_ms = CASE WHEN ${call.kind} <> 'start' AND s.last_kind = 'start'
                  THEN greatest(0, to_millis(clock_timestamp()) - to_millis(s.last_start_at)) END
            FROM heartbeat_tokens t
            JOIN monitors m ON m.tenant_id = t.tenant_id AND m.id = t.monitor_id AND m.deleted_at IS NULL
            WHERE s.tenant_id = ${tenantId} AND s.monitor_id = ${monitorId}
              AND t.tenant_id = s.tenant_id AND t.monitor_id = s.monitor_id AND t.token = ${token}
            RETURNING s.tenant_id, s.monitor_id, s.calls, s.last_call_at, s.last_duration_ms, m.bucket
          ), kept AS (
            INSERT INTO heartbeats (tenant_id, monitor_id, number, received_at, kind, exit_code, duration_ms, method,
              address, user_agent, body, is_truncated)
            SELECT tenant_id, monitor_id, calls, last_call_at, ${call.kind}, ${call.exitCode}::smallint, last_duration_ms,
              ${call.method}, ${call.address}, ${call.userAgent}::text, ${call.body}::text, ${call.isTruncated}
            FROM called
          ), forgotten AS (
            DELETE FROM heartbeats h
            USING called c
            WHERE h.tenant_id = c.tenant_id AND h.monitor_id = c.monitor_id AND h.number <= c.calls - ${heartbeatsKept}
          )
          SELECT pg_notify('job_called', bucket || ' ' || monitor_id || ' ' || ${call.kind}) FROM called`.pipe(
          Effect.flatMap((rows) => (rows.length === 0 ? Effect.fail(unknownToken) : Effect.void))
        )
      )
    ),
    list: Effect.fn("HeartbeatRepo.list")((monitorId, after, limit) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          yield* tokenOf(tenantId, monitorId)
          const rows = yield* sql<Heartbeat>`
            SELECT
              h.number::float8 AS number,
              rfc3339(h.received_at) AS "receivedAt",
              h.kind,
              h.exit_code::integer AS "exitCode",
              h.duration_ms::float8 AS "durationMs",
              h.method,
              h.address,
              h.user_agent AS "userAgent",
              h.body,
              h.is_truncated AS "isTruncated"
            FROM heartbeats h
            WHERE h.tenant_id = ${tenantId} AND h.monitor_id = ${monitorId}
              AND h.number < ${after ?? Number.MAX_SAFE_INTEGER}::float8::bigint
            ORDER BY h.number DESC
            LIMIT ${limit + 1}`
          const items = rows.slice(0, limit)
          return { items, next: rows.length > limit ? items.at(-1)?.number : undefined }
        })
      )
    ),
    getToken: Effect.fn("HeartbeatRepo.getToken")((monitorId) => scoped((tenantId) => tokenOf(tenantId, monitorId))),
    rotate: Effect.fn("HeartbeatRepo.rotate")((monitorId) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          yield* tokenOf(tenantId, monitorId)
          const token = makeHeartbeatToken()
          yield* sql`
            UPDATE heartbeat_tokens
            SET token = ${token}, created_at = now()
            WHERE tenant_id = ${tenantId} AND monitor_id = ${monitorId}`
          return token
        })
      )
    ),
    noteReception: bounded(sql`SELECT note_reception(${longestPauseMs}::integer * interval '1 millisecond')`).pipe(
      Effect.asVoid
    )
  })
})

const notCalled = new NotFound({ message: "There is no such monitor, or it is not one that jobs call." })
const unknownToken = new NotFound({ message: "Nobody knows this address. Look it up on the monitor's page." })
