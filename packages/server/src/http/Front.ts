/**
 * What every request passes first, of whatever route: it gets an id, is counted and timed, and its answer gets the
 * headers that all answers have. What no route and no endpoint has answered is answered here, in the envelope.
 */
import { Cause, Clock, Context, Effect, References } from "effect"
import { HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { countRequest } from "../Metrics.ts"
import { docsPath, plainPaths } from "./paths.ts"
import { makeAllowedMethods } from "./allowedMethods.ts"
import * as envelope from "./envelope.ts"
import { Proxy } from "./Proxy.ts"
import { CurrentRequest, type RequestInfo } from "./RequestInfo.ts"

/** Answers are data: no page of ours may be framed, and none of it may run. */
const headers = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'"
}
/** The documentation runs its bundled script, and talks to this API only. */
const docsPolicy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; frame-ancestors 'none'"

const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/

export const Front = HttpRouter.middleware(
  Effect.gen(function* () {
    const { look } = yield* Proxy
    const allowedMethods = makeAllowedMethods(plainPaths)

    /** Nobody else has an answer. */
    const lastAnswer = (
      cause: Cause.Cause<unknown>,
      request: HttpServerRequest.HttpServerRequest,
      info: RequestInfo
    ) => {
      const error = Cause.squash(cause)
      if (HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound") {
        const allowed = allowedMethods(request.url)
        return allowed.length === 0 || allowed.includes(request.method)
          ? Effect.succeed(envelope.failure(404, "NOT_FOUND", "There is nothing at this address."))
          : Effect.succeed(
              HttpServerResponse.setHeader(
                envelope.failure(405, "METHOD_NOT_ALLOWED", `Use ${allowed.join(" or ")} here.`),
                "allow",
                allowed.join(", ")
              )
            )
      }
      return Effect.as(
        Effect.logError("A request failed outside its endpoint", { error: nameOf(error) }),
        envelope.failure(500, "INTERNAL_ERROR", "Something went wrong on our side.", { requestId: info.id })
      )
    }

    return (httpEffect) =>
      Effect.withFiber((fiber) => {
        const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
        const clock = fiber.getRef(Clock.Clock)
        const started = clock.currentTimeNanosUnsafe()
        const info = look(request)
        const traceId = traceparent.exec(request.headers["traceparent"] ?? "")?.[1]
        const finish = (answer: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
          countRequest(info.endpoint, answer.status, Number(clock.currentTimeNanosUnsafe() - started) / 1e9)
          const isDocs = info.endpoint === "unmatched" && request.url.startsWith(docsPath)
          return HttpServerResponse.setHeaders(answer, {
            ...headers,
            ...(isDocs && { "content-security-policy": docsPolicy }),
            ...answer.headers,
            "x-request-id": info.id
          })
        }
        return httpEffect.pipe(
          Effect.matchCauseEffect({
            onSuccess: (answer) => Effect.succeed(finish(answer)),
            onFailure: (cause) =>
              Cause.hasInterruptsOnly(cause)
                ? Effect.failCause(cause)
                : Effect.map(lastAnswer(cause, request, info), finish)
          }),
          Effect.provideContext(
            Context.make(CurrentRequest, info).pipe(
              Context.add(References.CurrentLogAnnotations, {
                requestId: info.id,
                ...(traceId !== undefined && { traceId })
              })
            )
          )
        )
      })
  }),
  { global: true }
)

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
