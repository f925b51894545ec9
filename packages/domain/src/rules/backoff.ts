/** When a delivery that failed is tried again: soon, then less often, and after about a day no more. */

const hourMs = 3_600_000
/** A connection that was lost says nothing of its receiver: the next one is tried at once, or nearly. */
const firstLostMs = 175
const firstMs = 1000
/** With the jitter at most 4 minutes: a receiver that was away for an hour is told within 5 minutes of its return. */
const longestFirstMs = 200_000
/** Who has been away for longer is waited for with more patience. */
const longestLaterMs = 600_000
const patientAfterMs = 3 * hourMs
const giveUpAfterMs = 24 * hourMs
/** Whatever Retry-After says: who asks for a day would never hear of anything in time. */
const longestAskedMs = 240_000
/** Receivers that come back are not met by everybody at once: a fifth more or less. */
const jitter = 0.2

const lostCodes: ReadonlySet<string> = new Set(["connection_refused", "connection_reset", "empty", "closed_early"])

/** The connection was refused or broke off: what was sent over it is safe to send again, as its id is the same. */
export const isConnectionLost = (code: string): boolean => lostCodes.has(code)

export interface Tries {
  /** This one was the first, second ... in a row that failed. */
  readonly failures: number
  /** Since the first of them, milliseconds. */
  readonly elapsedMs: number
  /** What the receiver asked for with Retry-After, milliseconds. */
  readonly askedMs: number | null
  /** The last try ended with its connection (`isConnectionLost`): a time-out or an answer does not. */
  readonly isLost: boolean
}

/** Milliseconds until the next try; undefined: given up. `random`: from 0 to 1. */
export const nextTryMs = ({ askedMs, elapsedMs, failures, isLost }: Tries, random: number): number | undefined => {
  if (elapsedMs >= giveUpAfterMs) return undefined
  const longest = elapsedMs < patientAfterMs ? longestFirstMs : longestLaterMs
  const first = isLost ? firstLostMs : firstMs
  const usual = Math.min(longest, first * 2 ** Math.min(failures - 1, 20)) * (1 - jitter + 2 * jitter * random)
  return Math.round(Math.max(usual, Math.min(askedMs ?? 0, longestAskedMs)))
}
