/** Who asks and for which tenant. It comes from the credential and from nothing else; SQL of tenants reads it here. */
import { Context } from "effect"
import type { Role } from "./Membership.ts"
import type { SessionId } from "./Session.ts"
import type { TenantId } from "./Tenant.ts"
import type { UserId } from "./User.ts"

/** @effect-leakable-service every request brings its own */
export class TenantContext extends Context.Service<
  TenantContext,
  {
    readonly sessionId: SessionId
    readonly userId: UserId
    readonly tenantId: TenantId
    readonly role: Role
  }
>()("@v-insight/domain/model/TenantContext") {}
