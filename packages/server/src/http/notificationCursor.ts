/** Where a stretch of the delivery log ended, as text that clients only pass back. */
import type { NotificationCursor } from "@v-insight/database/repo/NotificationRepo"
import type { ValidationFailed } from "@v-insight/domain/api/Failures"
import { Effect, Result } from "effect"
import { Base64Url } from "effect/encoding"
import { invalid } from "./instantQuery.ts"

const pattern = /^(\d{1,16}) ([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})$/

export const cursorOf = ({ createdAtUs, id }: NotificationCursor): string =>
  Base64Url.encode(`${Math.round(createdAtUs)} ${id}`)

export const decodeCursor = (cursor: string): Effect.Effect<NotificationCursor, ValidationFailed> => {
  const text = Base64Url.decodeString(cursor)
  const match = Result.isSuccess(text) ? pattern.exec(text.success) : null
  const createdAtUs = Number(match?.[1])
  return match === null || createdAtUs > Number.MAX_SAFE_INTEGER
    ? Effect.fail(invalid("cursor", "Pass back meta.nextCursor as it was, or leave it out"))
    : Effect.succeed({ createdAtUs, id: match[2]! })
}
