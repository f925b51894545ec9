/** What the API can refuse, each with its code and status. Messages say what to do. */
import { Schema } from "effect"
import * as Envelope from "./Envelope.ts"

const Message = Schema.optionalKey(Schema.String)

export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", { message: Message }) {}
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  message: Message,
  permission: Schema.optionalKey(Schema.String)
}) {}
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { message: Message }) {}
export class Conflict extends Schema.TaggedError<Conflict>()("Conflict", { message: Message }) {}
export class PayloadTooLarge extends Schema.TaggedError<PayloadTooLarge>()("PayloadTooLarge", { message: Message }) {}
export class UnsupportedMediaType extends Schema.TaggedError<UnsupportedMediaType>()("UnsupportedMediaType", {
  message: Message
}) {}
export class ValidationFailed extends Schema.TaggedError<ValidationFailed>()("ValidationFailed", {
  message: Message,
  /** `path` is the field, dotted, for example `settings.url`. */
  issues: Schema.Array(Schema.Struct({ path: Schema.String, message: Schema.String }))
}) {}
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()("TooManyRequests", {
  message: Message,
  retryAfterSeconds: Schema.Int
}) {}
export class InternalError extends Schema.TaggedError<InternalError>()("InternalError", {
  message: Message,
  requestId: Schema.optionalKey(Schema.String)
}) {}
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", { message: Message }) {}

export const UnauthenticatedResponse = Envelope.failure(Unauthenticated, {
  code: "UNAUTHENTICATED",
  status: 401,
  message: "Sign in, or send a token as Authorization: Bearer."
})
export const ForbiddenResponse = Envelope.failure(Forbidden, {
  code: "FORBIDDEN",
  status: 403,
  message: "Your role does not allow this. Ask an owner of the workspace."
})
export const NotFoundResponse = Envelope.failure(NotFound, {
  code: "NOT_FOUND",
  status: 404,
  message: "There is no such thing here."
})
export const ConflictResponse = Envelope.failure(Conflict, {
  code: "CONFLICT",
  status: 409,
  message: "This contradicts the present state."
})
export const PayloadTooLargeResponse = Envelope.failure(PayloadTooLarge, {
  code: "PAYLOAD_TOO_LARGE",
  status: 413,
  message: "The request body is larger than 1 MiB."
})
export const UnsupportedMediaTypeResponse = Envelope.failure(UnsupportedMediaType, {
  code: "UNSUPPORTED_MEDIA_TYPE",
  status: 415,
  message: "Send JSON with Content-Type: application/json."
})
export const ValidationFailedResponse = Envelope.failure(ValidationFailed, {
  code: "VALIDATION_ERROR",
  status: 422,
  message: "Some fields are not valid."
})
export const TooManyRequestsResponse = Envelope.failure(TooManyRequests, {
  code: "RATE_LIMITED",
  status: 429,
  message: "Too many requests. Wait and try again."
})
export const InternalErrorResponse = Envelope.failure(InternalError, {
  code: "INTERNAL_ERROR",
  status: 500,
  message: "Something went wrong on our side."
})
export const UnavailableResponse = Envelope.failure(Unavailable, {
  code: "UNAVAILABLE",
  status: 503,
  message: "A part of V-Insight is not reachable. Try again in a moment."
})
