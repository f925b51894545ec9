/** Who asks: credentials in, the caller's tenant and role out. The tenant comes from the credential and nothing else. */
import { Context } from "effect"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import type { Role } from "../model/Membership.ts"
import type { SessionId } from "../model/Session.ts"
import type { TenantId } from "../model/Tenant.ts"
import type { UserId } from "../model/User.ts"
import {
  InternalErrorResponse,
  PayloadTooLargeResponse,
  UnauthenticatedResponse,
  UnavailableResponse,
  UnsupportedMediaTypeResponse,
  ValidationFailedResponse
} from "./Failures.ts"

export interface Principal {
  readonly sessionId: SessionId
  readonly userId: UserId
  readonly tenantId: TenantId
  readonly role: Role
}

export class CurrentPrincipal extends Context.Service<CurrentPrincipal, Principal>()(
  "@v-insight/domain/api/CurrentPrincipal"
) {}

/** Over https the cookie has the `__Host-` prefix: no domain, whole path, Secure. */
export const cookieName = { plain: "vinsight_session", secure: "__Host-vinsight_session" } as const

export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: CurrentPrincipal }>()(
  "@v-insight/domain/api/Authorization",
  {
    requiredForClient: true,
    security: {
      bearer: HttpApiSecurity.bearer,
      secureCookie: HttpApiSecurity.apiKey({ in: "cookie", key: cookieName.secure }),
      cookie: HttpApiSecurity.apiKey({ in: "cookie", key: cookieName.plain })
    },
    error: UnauthenticatedResponse
  }
) {}

/** Outermost: turns malformed input, oversized bodies, our own bugs and an absent database into the envelope. */
export class Boundary extends HttpApiMiddleware.Service<Boundary>()("@v-insight/domain/api/Boundary", {
  error: [
    ValidationFailedResponse,
    PayloadTooLargeResponse,
    UnsupportedMediaTypeResponse,
    InternalErrorResponse,
    UnavailableResponse
  ]
}) {}
