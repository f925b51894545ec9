/** Raised while the monitor flaps (rules/flapping): its own incident is told of once, this one says that it is many. */
import type { Observation, RuleTurn } from "./alerts.ts"
import { turnOf } from "./degradedAlert.ts"
import { flapWindowMs, quietMs, turnsToFlap } from "./flapping.ts"

export interface FlappingMemory {
  readonly trigger: "flapping"
  readonly isRaised: true
}

const raised: FlappingMemory = { trigger: "flapping", isRaised: true }

export const judgeFlapping = (
  before: FlappingMemory | undefined,
  { isFlapping, maintenance }: Observation
): { readonly memory: FlappingMemory | undefined; readonly turn: RuleTurn | undefined } => {
  if (before === undefined) {
    return isFlapping && maintenance === null
      ? { memory: raised, turn: turnOf("raised", "flapping", begun) }
      : { memory: undefined, turn: undefined }
  }
  return isFlapping
    ? { memory: before, turn: undefined }
    : { memory: undefined, turn: turnOf("ended", "flapping", over) }
}

const begun = `It went down or came back ${turnsToFlap} times within ${flapWindowMs / 60_000} minutes.`
const over = `It has neither gone down nor come back for ${quietMs / 60_000} minutes.`
