/** Accounts: the people who sign in, and the tenant each one starts with. */
import type { Me } from "@v-insight/domain/model/Session"
import type { TenantId } from "@v-insight/domain/model/Tenant"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { UserId } from "@v-insight/domain/model/User"
import { Context, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { TenantSql } from "../TenantSql.ts"

export interface NewAccount {
  readonly mode: "first" | "open" | "closed"
  readonly email: string
  readonly passwordHash: string
  readonly tenantName: string
}

export interface Credentials {
  readonly userId: UserId
  readonly passwordHash: string
  readonly tenantId: TenantId
}

export type Registration =
  | { readonly _tag: "Created"; readonly userId: UserId; readonly tenantId: TenantId }
  /** Sign-up is not open. */
  | { readonly _tag: "Closed" }
  /** The e-mail has an account. */
  | { readonly _tag: "Taken" }

export class AccountRepo extends Context.Service<
  AccountRepo,
  {
    readonly hasAccounts: Effect.Effect<boolean>
    /** Makes the user, a tenant and the membership that owns it; the first account is the operator. */
    readonly register: (account: NewAccount) => Effect.Effect<Registration>
    /** In any case of letters. */
    readonly findCredentials: (email: string) => Effect.Effect<Option.Option<Credentials>>
    readonly findMe: Effect.Effect<Option.Option<Me>, never, TenantContext>
  }
>()("@v-insight/database/repo/AccountRepo") {
  static readonly layer = Layer.effect(
    AccountRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { bounded, scoped } = yield* TenantSql
      return AccountRepo.of({
        // cross-tenant: nobody is signed in yet; these three are definer functions that answer one question each
        hasAccounts: bounded(sql<{ yes: boolean }>`SELECT has_accounts() AS yes`).pipe(Effect.map(([row]) => row!.yes)),
        register: Effect.fn("AccountRepo.register")(function* ({ mode, email, passwordHash, tenantName }) {
          const userId = uuidV7Unsafe() as UserId
          const tenantId = uuidV7Unsafe() as TenantId
          const [row] = yield* bounded(sql<{ answer: "created" | "closed" | "taken" }>`
            SELECT register_account(${mode}, ${userId}, ${email}, ${passwordHash}, ${tenantId}, ${tenantName}) AS answer`)
          switch (row!.answer) {
            case "created":
              return { _tag: "Created", userId, tenantId }
            case "closed":
              return { _tag: "Closed" }
            case "taken":
              return { _tag: "Taken" }
          }
        }),
        findCredentials: Effect.fn("AccountRepo.findCredentials")(function* (email) {
          const [row] = yield* bounded(sql<Credentials>`
            SELECT user_id AS "userId", password_hash AS "passwordHash", tenant_id AS "tenantId"
            FROM find_credentials(${email})`)
          return Option.fromUndefinedOr(row)
        }),
        findMe: Effect.gen(function* () {
          const { userId } = yield* TenantContext
          const [row] = yield* scoped(
            (tenantId) => sql<MeRow>`
              SELECT
                u.id AS "userId", u.email, u.is_operator AS "isOperator", rfc3339(u.created_at) AS "userCreatedAt",
                t.id AS "tenantId", t.name AS "tenantName", rfc3339(t.created_at) AS "tenantCreatedAt", m.role
              FROM memberships m
              JOIN users u ON u.id = m.user_id
              JOIN tenants t ON t.id = m.tenant_id
              WHERE m.tenant_id = ${tenantId} AND m.user_id = ${userId}`
          )
          return Option.map(Option.fromUndefinedOr(row), toMe)
        }).pipe(Effect.withSpan("AccountRepo.findMe"))
      })
    })
  )
}

interface MeRow {
  readonly userId: UserId
  readonly email: string
  readonly isOperator: boolean
  readonly userCreatedAt: string
  readonly tenantId: TenantId
  readonly tenantName: string
  readonly tenantCreatedAt: string
  readonly role: Me["role"]
}

const toMe = (row: MeRow): Me => ({
  user: { id: row.userId, email: row.email, isOperator: row.isOperator, createdAt: row.userCreatedAt },
  tenant: { id: row.tenantId, name: row.tenantName, createdAt: row.tenantCreatedAt },
  role: row.role
})
