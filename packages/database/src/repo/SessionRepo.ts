/** Sessions: what a token stands for. Only the SHA-256 of a token is stored. */
import { type SessionId, sessionLifetimeDays } from "@v-insight/domain/model/Session"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { TenantSql } from "../TenantSql.ts"

export class SessionRepo extends Context.Service<
  SessionRepo,
  {
    /** None when the token is unknown, has expired, or its membership has ended. */
    readonly findByTokenHash: (tokenHash: Uint8Array) => Effect.Effect<Option.Option<TenantContext["Service"]>>
    /** A session of the caller; answers when it ends. */
    readonly insert: (tokenHash: Uint8Array) => Effect.Effect<{ readonly expiresAt: string }, never, TenantContext>
    /** The caller's session has neither been ended nor expired. */
    readonly isActive: Effect.Effect<boolean, never, TenantContext>
    /** Ends the caller's session. */
    readonly remove: Effect.Effect<void, never, TenantContext>
  }
>()("@v-insight/database/repo/SessionRepo") {
  static readonly layer = Layer.effect(
    SessionRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { bounded, scoped } = yield* TenantSql
      return SessionRepo.of({
        // cross-tenant: the token is the credential, the tenant follows from it (a definer function)
        findByTokenHash: Effect.fn("SessionRepo.findByTokenHash")(function* (tokenHash) {
          const [row] = yield* bounded(sql<TenantContext["Service"]>`
            SELECT session_id AS "sessionId", user_id AS "userId", tenant_id AS "tenantId", role
            FROM find_session(${tokenHash})`)
          return Option.fromUndefinedOr(row)
        }),
        insert: Effect.fn("SessionRepo.insert")(function* (tokenHash) {
          const { userId } = yield* TenantContext
          const id = uuidV7Unsafe() as SessionId
          const [row] = yield* scoped(
            (tenantId) => sql<{ expiresAt: string }>`
              INSERT INTO sessions (tenant_id, id, user_id, token_hash, expires_at)
              VALUES (${tenantId}, ${id}, ${userId}, ${tokenHash}, now() + make_interval(days => ${sessionLifetimeDays}))
              RETURNING rfc3339(expires_at) AS "expiresAt"`
          )
          return row!
        }),
        isActive: Effect.gen(function* () {
          const { sessionId } = yield* TenantContext
          const rows = yield* scoped(
            (tenantId) =>
              sql`SELECT 1 FROM sessions WHERE tenant_id = ${tenantId} AND id = ${sessionId} AND expires_at > now()`
          )
          return rows.length > 0
        }),
        remove: Effect.gen(function* () {
          const { sessionId } = yield* TenantContext
          yield* scoped((tenantId) => sql`DELETE FROM sessions WHERE tenant_id = ${tenantId} AND id = ${sessionId}`)
        }).pipe(Effect.withSpan("SessionRepo.remove"))
      })
    })
  )
}
