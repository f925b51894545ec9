/** Instants in queries: `from` and `to`. */
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { instantOf, writeInstant } from "@v-insight/domain/model/Timestamp"
import { Effect, Option } from "effect"

export const invalid = (path: string, message: string) => new ValidationFailed({ issues: [{ path, message }] })

/** Epoch ms; undefined where nothing is said. */
export const readInstant = (
  path: string,
  text: string | undefined
): Effect.Effect<number | undefined, ValidationFailed> =>
  text === undefined
    ? Effect.undefined
    : Option.match(instantOf(text), {
        onNone: () => Effect.fail(invalid(path, writeInstant)),
        onSome: Effect.succeed
      })

/** Epoch ms; undefined where nothing is said. */
export const boundsOf = Effect.fnUntraced(function* (query: { readonly from?: string; readonly to?: string }) {
  return { from: yield* readInstant("from", query.from), to: yield* readInstant("to", query.to) }
})
