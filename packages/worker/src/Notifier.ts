/**
 * Tells people of what was decided. Pending notifications are the outbox: the dispatcher decides which are told now, and
 * a lane per channel delivers them with backoff. The id is the same on every attempt. An opening comes before its
 * recovery; a receiver that stays away for a day is given up.
 */
import { Effect, Latch, Layer } from "effect"
import * as Dispatcher from "./notify/Dispatcher.ts"
import * as Lanes from "./notify/Lanes.ts"

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const wake = Latch.makeUnsafe(false)
    yield* Dispatcher.run(yield* Lanes.make(wake), wake)
  })
)
