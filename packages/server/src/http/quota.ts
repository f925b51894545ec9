/**
 * How much one workspace may have, so that what it does leaves enough for the others. Counted before something is added:
 * several additions at the same moment may go a little beyond.
 */
import { Forbidden } from "@v-insight/domain/api/Failures"
import { Effect } from "effect"

/** With open sign-up, unless VINSIGHT_MAX_MONITORS says otherwise: fewer than the checks that a worker runs at once. */
export const maxMonitorsOfStrangers = 200
/** Each is told of every incident in the rules' scope. */
export const maxChannels = 200
export const maxRules = 200
export const maxWindows = 200
export const maxSilences = 200
export const maxPolicies = 200
export const maxSchedules = 200

export const within = <E, R>(
  max: number | undefined,
  things: string,
  count: Effect.Effect<number, E, R>
): Effect.Effect<void, E | Forbidden, R> =>
  max === undefined
    ? Effect.void
    : Effect.flatMap(count, (there) => (there < max ? Effect.void : Effect.fail(tooMany(max, things))))

const tooMany = (max: number, things: string) =>
  new Forbidden({
    message: `A workspace may have ${max} ${things}. Remove some, or ask whoever runs this installation for more.`
  })
