/** The session in a browser: a cookie that scripts cannot read and other sites do not send along with changes. */
import { cookieName } from "@v-insight/domain/api/Authorization"
import { sessionLifetimeDays } from "@v-insight/domain/model/Session"
import { Duration, Effect } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { CurrentRequest } from "../http/RequestInfo.ts"

const attributes = (secure: boolean) => ({ httpOnly: true, sameSite: "lax", path: "/", secure }) as const

/** Over https the name binds the cookie to this host (RFC 6265bis, section 4.1.3.2). */
export const setSession = (token: string) =>
  Effect.flatMap(CurrentRequest, ({ isSecure }) => {
    const name = isSecure ? cookieName.secure : cookieName.plain
    const options = { ...attributes(isSecure), maxAge: Duration.days(sessionLifetimeDays) }
    return HttpEffect.appendPreResponseHandler((_, response) =>
      Effect.succeed(HttpServerResponse.setCookieUnsafe(response, name, token, options))
    )
  })

export const clearSession = HttpEffect.appendPreResponseHandler(({ cookies }, response) =>
  Effect.succeed(
    [cookieName.secure, cookieName.plain]
      .filter((name) => cookies[name] !== undefined)
      .reduce(
        (answer, name) => HttpServerResponse.expireCookieUnsafe(answer, name, attributes(name === cookieName.secure)),
        response
      )
  )
)

/** What the request was authorized with. */
export const sentToken = Effect.map(HttpServerRequest.HttpServerRequest, ({ cookies, headers }) => {
  const bearer = /^Bearer +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1]
  return bearer ?? cookies[cookieName.secure] ?? cookies[cookieName.plain] ?? ""
})
