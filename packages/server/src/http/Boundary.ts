/**
 * Outermost around every endpoint: what is malformed, too large, unexpected or out of reach becomes an answer of the
 * contract. Nothing of our inside (SQL, stacks, parameters) goes out, and no parameter of a statement into a log.
 */
import { CurrentPatience, Patience } from "@v-insight/database/Patience"
import { describeSqlError, isUnavailable } from "@v-insight/database/SqlTrouble"
import { Boundary } from "@v-insight/domain/api/Authorization"
import {
  InternalError,
  PayloadTooLarge,
  TooManyRequests,
  Unavailable,
  UnsupportedMediaType,
  ValidationFailed
} from "@v-insight/domain/api/Failures"
import { Cause, Context, Effect, Layer } from "effect"
import { HttpEffect, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { SqlError } from "effect/sql"
import { badParameter, guarded } from "./BadText.ts"
import { issuesOf } from "./issues.ts"
import { CurrentRequest } from "./RequestInfo.ts"

/** A database restart takes about this long. */
const retryAfterSeconds = 2

export const BoundaryLive = Layer.succeed(Boundary, (httpEffect, { endpoint }) =>
  Effect.withFiber((fiber) => {
    const info = fiber.getRef(CurrentRequest)
    info.endpoint = `${endpoint.method} ${endpoint.path}`
    const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
    const bad = badParameter(Context.getUnsafe(fiber.context, HttpServerRequest.ParsedSearchParams))
    if (bad !== undefined) return Effect.fail(bad)
    const handled =
      endpoint.method === "GET"
        ? httpEffect
        : Effect.provideService(httpEffect, HttpServerRequest.HttpServerRequest, guarded(request))
    return handled.pipe(
      Effect.provideService(CurrentPatience, new Patience()),
      Effect.matchCauseEffect({
        onSuccess: (response) =>
          // HttpApi answers an unknown content type itself, in plain text.
          response.status === 415 ? Effect.fail(new UnsupportedMediaType({})) : Effect.succeed(response),
        onFailure: (cause) => Effect.tapError(toAnswer(cause, info.id), addRetryAfter)
      })
    )
  })
)

type Answer = ValidationFailed | PayloadTooLarge | UnsupportedMediaType | InternalError | Unavailable

const toAnswer = (cause: Cause.Cause<unknown>, requestId: string): Effect.Effect<never, Answer> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
  const error = Cause.squash(cause)
  if (HttpApiError.HttpApiSchemaError.is(error)) {
    return error.kind === "Body" || error.kind === "ResponseHeaders"
      ? ourFault(`the answer does not fit the contract: ${pathsOf(error)}`, requestId)
      : Effect.fail(toValidation(error))
  }
  // What the endpoint refuses by its contract, it encodes itself.
  if (cause.reasons.some(Cause.isFailReason)) return Effect.failCause(cause as Cause.Cause<never>)
  if (error instanceof ValidationFailed) return Effect.fail(error)
  if (HttpServerError.isHttpServerError(error) && error.reason._tag === "RequestParseError") {
    return Effect.fail(
      error.reason.reason === "BodyTooLarge" ? new PayloadTooLarge({}) : new ValidationFailed({ issues: [unreadable] })
    )
  }
  if (SqlError.isSqlError(error)) {
    return isUnavailable(error)
      ? Effect.andThen(
          Effect.logWarning("The database is not available", { reason: describeSqlError(error) }),
          Effect.fail(new Unavailable({ message: "The database is not reachable right now. Try again in a moment." }))
        )
      : ourFault(describeSqlError(error), requestId)
  }
  return ourFault(error instanceof Error ? (error.stack ?? error.message) : String(error), requestId)
}

const ourFault = (reason: string, requestId: string) =>
  Effect.andThen(Effect.logError("A request failed", { reason }), Effect.fail(new InternalError({ requestId })))

const unreadable = { path: "", message: "The request body cannot be read" }

const toValidation = ({ cause }: HttpApiError.HttpApiSchemaError) =>
  new ValidationFailed({ issues: issuesOf(cause.issue) })

/** Names of fields only: the values are somebody's. */
const pathsOf = ({ cause }: HttpApiError.HttpApiSchemaError): string =>
  issuesOf(cause.issue)
    .map(({ path }) => path)
    .join(", ")

const addRetryAfter = (answer: unknown) => {
  const seconds =
    answer instanceof TooManyRequests
      ? answer.retryAfterSeconds
      : answer instanceof Unavailable
        ? retryAfterSeconds
        : undefined
  return seconds === undefined
    ? Effect.void
    : HttpEffect.appendPreResponseHandler((_, response) =>
        Effect.succeed(HttpServerResponse.setHeader(response, "retry-after", String(seconds)))
      )
}
