/** Who asks: credentials in, the caller's tenant and role out. The tenant comes from the credential and nothing else. */
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import type { TenantContext } from "../model/TenantContext.ts"
import {
  InternalErrorResponse,
  PayloadTooLargeResponse,
  UnauthenticatedResponse,
  UnavailableResponse,
  UnsupportedMediaTypeResponse,
  ValidationFailedResponse
} from "./Failures.ts"

/** Over https the cookie has the `__Host-` prefix: no domain, whole path, Secure. */
export const cookieName = { plain: "vinsight_session", secure: "__Host-vinsight_session" } as const

export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: TenantContext }>()(
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
