/** Where a stretch of checks ended, as text that clients only pass back. */
import type { CheckCursor } from "@v-insight/database/repo/CheckRepo"
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { Effect, Result } from "effect"
import { Base64Url } from "effect/encoding"

/** The year 2255: the largest whole number of microseconds that is exact. */
const latestUs = Number.MAX_SAFE_INTEGER

export const cursorOf = ({ checkedAtUs, region, slotUs }: CheckCursor): string =>
  Base64Url.encode(`${Math.round(checkedAtUs)} ${Math.round(slotUs)} ${region}`)

export const decodeCursor = (cursor: string): Effect.Effect<CheckCursor, ValidationFailed> => {
  const text = Base64Url.decodeString(cursor)
  const match = Result.isSuccess(text) ? /^(\d{1,16}) (\d{1,16}) ([\w.-]{1,63})$/.exec(text.success) : null
  const [checkedAtUs, slotUs] = [Number(match?.[1]), Number(match?.[2])]
  return match === null || checkedAtUs > latestUs || slotUs > latestUs
    ? Effect.fail(
        new ValidationFailed({
          issues: [{ path: "cursor", message: "Pass back meta.nextCursor as it was, or leave it out" }]
        })
      )
    : Effect.succeed({ checkedAtUs, slotUs, region: match[3]! })
}
