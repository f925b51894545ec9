/** Why the API refused, as a plain value that pages can show: what happened, at which field, and when to try again. */
import {
  Conflict,
  Forbidden,
  InternalError,
  NotFound,
  PayloadTooLarge,
  TooManyRequests,
  Unauthenticated,
  Unavailable,
  UnsupportedMediaType,
  ValidationFailed
} from "@v-insight/domain/api/Failures"
import type { Problem } from "#lib/api/problem.ts"

const none = { issues: [], retryAfterSeconds: null } as const

export const problemOf = (failure: unknown, requestId: string): Problem => {
  const told = (status: number, code: string, otherwise: string): Problem => ({
    ...none,
    status,
    code,
    message: (failure as { message?: string }).message || otherwise,
    requestId
  })
  if (failure instanceof Unauthenticated) return told(401, "UNAUTHENTICATED", "Sign in to go on.")
  if (failure instanceof Forbidden) {
    return { ...told(403, "FORBIDDEN", "Your role does not allow this."), message: whoMay(failure) }
  }
  if (failure instanceof NotFound) return told(404, "NOT_FOUND", "There is no such thing here.")
  if (failure instanceof Conflict) return told(409, "CONFLICT", "This contradicts the present state. Reload the page.")
  if (failure instanceof PayloadTooLarge)
    return told(413, "PAYLOAD_TOO_LARGE", "This is too large: send less than 1 MiB.")
  if (failure instanceof UnsupportedMediaType) return told(415, "UNSUPPORTED_MEDIA_TYPE", "The API expects JSON.")
  if (failure instanceof ValidationFailed) {
    return { ...told(422, "VALIDATION_ERROR", "Some fields are not valid."), issues: [...failure.issues] }
  }
  if (failure instanceof TooManyRequests) {
    const { retryAfterSeconds } = failure
    const message = `Too many tries. Wait ${retryAfterSeconds} s and try again.`
    return { ...told(429, "RATE_LIMITED", message), message, retryAfterSeconds }
  }
  if (failure instanceof Unavailable) return told(503, "UNAVAILABLE", "A part of V-Insight is not reachable.")
  if (failure instanceof InternalError) return told(500, "INTERNAL_ERROR", "Something went wrong on our side.")
  // Nothing the API says: it cannot be reached, or it speaks another version.
  return {
    ...none,
    status: 503,
    code: "UNAVAILABLE",
    message: "The API is not reachable. Try again in a moment.",
    requestId
  }
}

/** Names the role that is needed and who can give it. */
const whoMay = ({ message, permission }: Forbidden): string => {
  const role =
    permission === "administer" ? "admin" : permission === "write" || permission === "operate" ? "editor" : undefined
  if (role === undefined) return message || "Your role does not allow this. Ask an owner of the workspace."
  return `This needs the role ${role}. An owner of the workspace can give it to you.`
}
