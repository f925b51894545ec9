/** From a credential to who asks and for which tenant. */
import { Authorization } from "@v-insight/domain/api/Authorization"
import { Unauthenticated } from "@v-insight/domain/api/Failures"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Effect, Layer, Option, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { Sessions } from "../auth/Sessions.ts"
import { CurrentRequest } from "./RequestInfo.ts"

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"])

export const AuthorizationLive = Layer.effect(
  Authorization,
  Effect.map(Sessions, (sessions) => {
    const authorize = Effect.fnUntraced(function* <A, E, R>(
      httpEffect: Effect.Effect<A, E, R>,
      credential: Redacted.Redacted
    ) {
      const found = yield* sessions.find(Redacted.value(credential))
      if (Option.isNone(found)) return yield* new Unauthenticated({})
      return yield* Effect.provideService(httpEffect, TenantContext, found.value)
    })
    /** Browsers send cookies by themselves: not on the word of another site, and not beside another credential. */
    const byCookie = Effect.fnUntraced(function* <A, E, R>(
      httpEffect: Effect.Effect<A, E, R>,
      credential: Redacted.Redacted
    ) {
      const { headers, method } = yield* HttpServerRequest.HttpServerRequest
      const site = headers["sec-fetch-site"]
      const isForeign = (site === "cross-site" || site === "same-site") && !safeMethods.has(method)
      if (isForeign || headers["authorization"] !== undefined) return yield* new Unauthenticated({})
      return yield* authorize(httpEffect, credential)
    })
    /**
     * Over https only the name that no other host can set counts: a sibling, or anybody between over plain http, could
     * otherwise sign people in to an account of his own.
     */
    const byPlainCookie = Effect.fnUntraced(function* <A, E, R>(
      httpEffect: Effect.Effect<A, E, R>,
      credential: Redacted.Redacted
    ) {
      if ((yield* CurrentRequest).isSecure) return yield* new Unauthenticated({})
      return yield* byCookie(httpEffect, credential)
    })
    return {
      bearer: (httpEffect, { credential }) => authorize(httpEffect, credential),
      secureCookie: (httpEffect, { credential }) => byCookie(httpEffect, credential),
      cookie: (httpEffect, { credential }) => byPlainCookie(httpEffect, credential)
    }
  })
)
