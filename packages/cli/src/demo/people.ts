/** Who works in the demo's tenant. */
import { PgClient } from "@effect/sql-pg"
import * as Connections from "@v-insight/database/Connections"
import { AccountRepo } from "@v-insight/database/repo/AccountRepo"
import type { Role } from "@v-insight/domain/model/Membership"
import type { SessionId } from "@v-insight/domain/model/Session"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { UserId } from "@v-insight/domain/model/User"
import { PasswordHasher } from "@v-insight/server/auth/PasswordHasher"
import { Effect, Layer, Redacted } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { Refusal } from "../Refusal.ts"

/** Everybody knows it: the demo listens on this machine only. */
export const account = { email: "demo@nordlicht.example", password: "look around" } as const

const colleagues: ReadonlyArray<readonly [email: string, role: Role]> = [
  ["ines@nordlicht.example", "admin"],
  ["tomasz@nordlicht.example", "editor"],
  ["finance@nordlicht.example", "viewer"]
]

export interface People {
  readonly context: TenantContext["Service"]
  /** Who acknowledges incidents. */
  readonly onCall: ReadonlyArray<UserId>
}

/** The first account and its tenant; colleagues with the same password. */
export const makePeople = Effect.fn("demo.makePeople")(function* (ownerUrl: Redacted.Redacted) {
  const accounts = yield* AccountRepo
  const hasher = yield* PasswordHasher
  const passwordHash = yield* Effect.orDie(hasher.hash(Redacted.make(account.password)))
  const made = yield* accounts.register({
    mode: "first",
    email: account.email,
    passwordHash,
    tenantName: "Nordlicht Outdoor"
  })
  if (made._tag !== "Created") {
    return yield* new Refusal({ message: "The demo's database has other accounts: run npm run demo -- --reset" })
  }
  const { tenantId, userId } = made
  const others = yield* Effect.scoped(
    Effect.gen(function* () {
      const owner = yield* Layer.build(PgClient.layer(Connections.ownerSettings(ownerUrl)))
      return yield* Effect.provideContext(join(tenantId, passwordHash), owner)
    })
  )
  const context = { tenantId, userId, sessionId: uuidV7Unsafe() as SessionId, role: "owner" } as const
  return { context, onCall: [...others.slice(0, 2), userId] } satisfies People
})

const join = (tenantId: string, passwordHash: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.forEach(colleagues, ([email, role]) => {
      const id = uuidV7Unsafe() as UserId
      return sql`INSERT INTO users (id, email, password_hash) VALUES (${id}, ${email}, ${passwordHash})`.pipe(
        Effect.andThen(sql`INSERT INTO memberships (tenant_id, user_id, role) VALUES (${tenantId}, ${id}, ${role})`),
        Effect.as(id)
      )
    })
  )
