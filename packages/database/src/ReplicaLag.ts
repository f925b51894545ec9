/**
 * How far a replica is behind its primary, without trusting a clock of either: where the primary was, and when, is
 * remembered; the newest of these places that the replica has reached says how old its data are. A replica that lost its
 * primary and one whose primary is idle look alike to themselves, but not from here.
 */

/** A place in the write-ahead log, bytes from its beginning. */
export interface Position {
  readonly at: number
  /** Of the cluster: a replica has its primary's. */
  readonly system: string
  readonly isReplica: boolean
}

export type Judgement =
  | { readonly isUsable: true; readonly lagMs: number }
  | { readonly isUsable: false; readonly lagMs: number | undefined; readonly reason: string }

/** Of a replica that was not yet seen where the primary was before. */
export const catchingUp = "it has not caught up yet"

/** Places that are remembered: an hour of seconds. */
const maxPlaces = 3600

export class ReplicaLag {
  readonly #maxLagMs: number
  #system: string | undefined
  /** The oldest first; once one was reached, the first is the newest of these. */
  #places: Array<{ readonly at: number; readonly seenAt: number }> = []

  constructor(maxLagMs: number) {
    this.#maxLagMs = maxLagMs
  }

  /** `now`: epoch ms. A primary that does not answer is undefined: the replica then grows old. */
  judge(now: number, primary: Position | undefined, replica: Position): Judgement {
    if (primary !== undefined && !primary.isReplica) {
      if (this.#system !== primary.system) {
        this.#system = primary.system
        this.#places = []
      }
      this.#places.push({ at: primary.at, seenAt: now })
      // The first one stays: it says how old the replica is.
      if (this.#places.length > maxPlaces) this.#places.splice(1, 1)
    }
    const lagMs = this.#lagOf(now, replica)
    const unusable = (reason: string): Judgement => ({ isUsable: false, lagMs, reason })
    if (!replica.isReplica) return unusable("it takes writes: it is no replica, or no longer one")
    if (this.#system === undefined) return unusable("the primary does not answer")
    if (replica.system !== this.#system) return unusable("it is a replica of another server")
    if (lagMs === undefined) return unusable(catchingUp)
    if (lagMs > this.#maxLagMs) return unusable(`it is ${Math.round(lagMs / 1000)} s behind`)
    return { isUsable: true, lagMs }
  }

  #lagOf(now: number, { at }: Position): number | undefined {
    const reached = this.#places.findLastIndex((place) => place.at <= at)
    if (reached < 0) return undefined
    this.#places.splice(0, reached)
    return now - this.#places[0]!.seenAt
  }
}
