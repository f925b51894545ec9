/** What the API asks of the worker, and the worker's answers: only the worker opens connections to tenants' addresses. */
import type { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { Context, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"

export type WorkRequest =
  | { readonly kind: "run"; readonly monitorId: MonitorId }
  | { readonly kind: "try"; readonly payload: object }
  | { readonly kind: "test"; readonly channelId: AlertChannelId }

export type WorkAnswer =
  | { readonly data: unknown }
  | { readonly error: { readonly code: string; readonly message: string } }

export class WorkRequestRepo extends Context.Service<
  WorkRequestRepo,
  {
    /** No worker takes it up after `expiresInSeconds`. */
    readonly insert: (
      id: string,
      request: WorkRequest,
      expiresInSeconds: number
    ) => Effect.Effect<void, never, TenantContext>
    readonly findAnswer: (id: string) => Effect.Effect<Option.Option<WorkAnswer>, never, TenantContext>
  }
>()("@v-insight/database/repo/WorkRequestRepo") {
  static readonly layer = Layer.effect(
    WorkRequestRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { scoped } = yield* TenantSql
      return WorkRequestRepo.of({
        insert: Effect.fn("WorkRequestRepo.insert")((id, request, expiresInSeconds) => {
          const monitorId = request.kind === "run" ? request.monitorId : null
          const channelId = request.kind === "test" ? request.channelId : null
          const payload = request.kind === "try" ? JSON.stringify(request.payload) : null
          const bucket = monitorId === null ? "-" : bucketOf(monitorId)
          return scoped((tenantId) =>
            Effect.andThen(
              sql`
                INSERT INTO work_requests (tenant_id, id, kind, monitor_id, channel_id, payload, expires_at)
                VALUES (${tenantId}, ${id}, ${request.kind}, ${monitorId}, ${channelId}, ${payload}::jsonb,
                  clock_timestamp() + make_interval(secs => ${expiresInSeconds}))`,
              sql`SELECT pg_notify('work_requested', ${`${request.kind} ${tenantId} ${id} ${bucket}`})`
            ).pipe(Effect.asVoid)
          )
        }),
        findAnswer: Effect.fn("WorkRequestRepo.findAnswer")(function* (id) {
          const [row] = yield* scoped(
            (tenantId) => sql<{ answer: WorkAnswer }>`
              SELECT answer
              FROM work_requests
              WHERE tenant_id = ${tenantId} AND id = ${id} AND answered_at IS NOT NULL`
          )
          return Option.map(Option.fromUndefinedOr(row), ({ answer }) => answer)
        })
      })
    })
  )
}
