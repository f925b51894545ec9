/** Instants in queries: `from` and `to`. */
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { DateTime, Effect, Option } from "effect"

/** RFC 3339 in full: what else a machine would take for a date, people mean differently. */
const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/
/** Years 1 to 9999, as RFC 3339 and PostgreSQL write them in UTC; an offset leads beyond. Epoch ms. */
const earliest = -62_135_596_800_000
const latest = 253_402_300_799_999

export const invalid = (path: string, message: string) => new ValidationFailed({ issues: [{ path, message }] })

const instantOf = (path: string, text: string | undefined) => {
  if (text === undefined) return Effect.undefined
  const instant = pattern.test(text) ? DateTime.make(text) : Option.none()
  const at = Option.getOrUndefined(instant)?.epochMilliseconds
  return at === undefined || at < earliest || at > latest
    ? Effect.fail(invalid(path, "Write an instant such as 2026-11-21T12:00:00Z"))
    : Effect.succeed(at)
}

/** Epoch ms; undefined where nothing is said. */
export const boundsOf = Effect.fnUntraced(function* (query: { readonly from?: string; readonly to?: string }) {
  return { from: yield* instantOf("from", query.from), to: yield* instantOf("to", query.to) }
})
