/** Where a stretch of calls ended, as text that clients only pass back. */
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { Effect, Result } from "effect"
import { Base64Url } from "effect/encoding"

export const cursorOf = (number: number): string => Base64Url.encode(`call ${number}`)

export const decodeCursor = (cursor: string): Effect.Effect<number, ValidationFailed> => {
  const text = Base64Url.decodeString(cursor)
  const match = Result.isSuccess(text) ? /^call (\d{1,15})$/.exec(text.success) : null
  return match === null
    ? Effect.fail(
        new ValidationFailed({
          issues: [{ path: "cursor", message: "Pass back meta.nextCursor as it was, or leave it out" }]
        })
      )
    : Effect.succeed(Number(match[1]))
}
