/** What the API asks of the worker, and the worker's answers: only the worker opens connections to tenants' addresses. */
import type { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { Context, Effect, Layer, Option, Schema } from "effect"
import { Base64 } from "effect/encoding"
import { SqlClient } from "effect/sql"
import { type Place, SecretBox, type Secrets } from "../SecretBox.ts"
import { TenantSql } from "../TenantSql.ts"

export type WorkRequest =
  | { readonly kind: "run"; readonly monitorId: MonitorId }
  | { readonly kind: "try"; readonly payload: Secrets }
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
      const box = yield* SecretBox
      return WorkRequestRepo.of({
        insert: Effect.fn("WorkRequestRepo.insert")((id, request, expiresInSeconds) => {
          const monitorId = request.kind === "run" ? request.monitorId : null
          const channelId = request.kind === "test" ? request.channelId : null
          const bucket = monitorId === null ? "-" : bucketOf(monitorId)
          return scoped(
            Effect.fnUntraced(function* (tenantId) {
              const payload =
                request.kind === "try" ? yield* sealPayload(box, request.payload, { tenantId, rowId: id }) : null
              yield* sql`
                INSERT INTO work_requests (tenant_id, id, kind, monitor_id, channel_id, payload, expires_at)
                VALUES (${tenantId}, ${id}, ${request.kind}, ${monitorId}, ${channelId}, ${payload}::jsonb,
                  clock_timestamp() + make_interval(secs => ${expiresInSeconds}))`
              yield* sql`SELECT pg_notify('work_requested', ${`${request.kind} ${tenantId} ${id} ${bucket}`})`
            })
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

/** A check to try may hold credentials, as a secret or in a header: nobody reads it in the table, answered or not. */
const SealedPayload = Schema.Struct({ sealed: Schema.Uint8ArrayFromBase64 })

export const sealPayload = (box: SecretBox["Service"], payload: Secrets, place: Place) =>
  Effect.map(box.seal(payload, place), (sealed) => JSON.stringify({ sealed: Base64.encode(sealed) }))

/** What is to be tried; `place` is the request's row. Dies when it was sealed with another key. */
export const openPayload = (box: SecretBox["Service"], payload: unknown, place: Place) =>
  Effect.flatMap(Schema.decodeUnknownEffect(SealedPayload)(payload), ({ sealed }) => box.open(sealed, place))
