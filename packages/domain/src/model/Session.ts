/** A signed-in browser or client. The token is 256 random bits; the database holds its SHA-256 only. */
import { Schema } from "effect"
import { Timestamp } from "./Timestamp.ts"
import { Role } from "./Membership.ts"
import { Tenant } from "./Tenant.ts"
import { User } from "./User.ts"

export const SessionId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type

/** Sessions end this long after sign-in. */
export const sessionLifetimeDays = 30

/** What a sign-in answers: the token is shown here and never again. */
export const SignedIn = Schema.Struct({
  token: Schema.String,
  expiresAt: Timestamp,
  user: User,
  tenant: Tenant,
  role: Role
}).annotate({ identifier: "SignedIn" })
export type SignedIn = typeof SignedIn.Type

export const Me = Schema.Struct({ user: User, tenant: Tenant, role: Role }).annotate({ identifier: "Me" })
export type Me = typeof Me.Type
