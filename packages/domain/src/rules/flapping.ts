/**
 * A monitor that goes down and comes back again and again is one trouble, not many: from so many turns within an hour on it
 * flaps, and until it has kept still for a while nothing is taken for a recovery. Two thresholds that are apart, as in the
 * "Detection and Handling of State Flapping" of Nagios' manual (20 % and 5 % of 21 checks, by default); counted in turns
 * and minutes here, because intervals differ and people think in minutes.
 *
 * By default, for everybody: five turns (down, up, down, up, down) are two outages that ended and a third one. So a monitor
 * that flaps is told of three times, then once more when it has kept still for 15 minutes. Of a monitor that begins anew
 * whenever it may, at most six incidents open within any hour, however often it is checked.
 */

/** So many turns within so long begin it. */
export const turnsToFlap = 5
export const flapWindowMs = 3_600_000
/** Without a turn for so long it is over. */
export const quietMs = 900_000

export interface Flapping {
  /** When it turned, down or up, epoch milliseconds: the newest `turnsToFlap`, the oldest first. */
  readonly turns: ReadonlyArray<number>
  /** Since when it flaps, epoch milliseconds; null: it does not. While it does, its incident is open. */
  readonly since: number | null
  /** While it flaps: the newest turn was a good one, which is not believed yet. */
  readonly isWell: boolean
}

export const steady: Flapping = { turns: [], since: null, isWell: false }

export const isFlapping = ({ since }: Flapping): boolean => since !== null

/** With one more turn: it flaps from then on when there are enough of them. */
export const turned = ({ since, turns }: Flapping, isWell: boolean, at: number): Flapping => {
  const newest = [...turns, at].slice(-turnsToFlap)
  const isStorm = newest.length === turnsToFlap && at - newest[0]! <= flapWindowMs
  const begun = since ?? (isStorm ? at : null)
  return { turns: newest, since: begun, isWell: begun !== null && isWell }
}

/** It has kept still for long enough. A clock that was set back begins the wait anew only by as much. */
export const isQuiet = ({ turns }: Flapping, at: number): boolean => at - (turns.at(-1) ?? 0) >= quietMs

/** Its turns stay known: when it goes on soon, it flaps again at once. */
export const calmed = ({ turns }: Flapping): Flapping => ({ turns, since: null, isWell: false })
