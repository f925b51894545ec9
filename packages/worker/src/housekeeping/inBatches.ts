/** Deletes in small statements, so that none holds locks for long. */
import { Effect } from "effect"

/** Repeats `forget`, which deletes at most `size` rows and answers how many, until there are no more, `rounds` times at most. */
export const inBatches = Effect.fnUntraced(function* <E, R>(
  forget: Effect.Effect<ReadonlyArray<{ readonly forgotten: number }>, E, R>,
  size: number,
  rounds: number
) {
  for (let round = 0; round < rounds; round++) {
    const [row] = yield* forget
    if (row!.forgotten < size) return
  }
})
