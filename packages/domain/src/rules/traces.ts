/**
 * What is kept of checks to tell what changed: of good ones the newest one's traits, of bad ones the detail, of the one
 * that opened an incident everything. Pure; instants are epoch milliseconds.
 */
import type { CheckDetail, CheckOutcome } from "../model/CheckOutcome.ts"
import type { BelievedStatus } from "./decide.ts"

export interface GoodCheck {
  /** When it began. */
  readonly at: number
  readonly traits: CheckDetail["traits"]
}

export interface Memory {
  /** The newest good check; null before the first. */
  readonly lastGood: GoodCheck | null
  /** What the table says of it. While the newest check is good, only its traits are up to date. */
  readonly stored: GoodCheck | null
}

export interface Remembered {
  readonly memory: Memory
  /** What the table has to say from now on; undefined when it says it already. */
  readonly toStore: GoodCheck | undefined
}

const none: CheckDetail["traits"] = {}

/**
 * A good check costs a write only when its traits are others than those in the table; the first one that is not good
 * writes down when the last good one was.
 */
export const remember = ({ lastGood, stored }: Memory, outcome: CheckOutcome, at: number): Remembered => {
  if (outcome.status === "up" || outcome.status === "degraded") {
    const traits = outcome.detail?.traits ?? none
    const known = stored?.traits ?? none
    if (isSame(traits, known)) return { memory: { lastGood: { at, traits: known }, stored }, toStore: undefined }
    const good = { at, traits }
    return { memory: { lastGood: good, stored: good }, toStore: good }
  }
  const isToldOf = lastGood === null || lastGood.at === stored?.at
  return isToldOf
    ? { memory: { lastGood, stored }, toStore: undefined }
    : { memory: { lastGood, stored: lastGood }, toStore: lastGood }
}

/** What a new owner remembers of a monitor: `checkedAt` is its newest check's instant, as the table has it. */
export const recall = (
  stored: GoodCheck | null,
  newest: { readonly status: BelievedStatus; readonly failures: number; readonly checkedAt: number | null }
): Memory => {
  const isGood = newest.failures === 0 && newest.status !== "unknown" && newest.status !== "pending"
  const lastGood =
    isGood && newest.checkedAt !== null ? { at: newest.checkedAt, traits: stored?.traits ?? none } : stored
  return { lastGood, stored }
}

/** What is stored of a check that is not up. The response is kept as an incident's evidence only. */
export const detailToStore = ({ detail, status }: CheckOutcome): CheckDetail | null =>
  detail === null || status === "up" ? null : { ...detail, response: null }

const isSame = (one: CheckDetail["traits"], other: CheckDetail["traits"]): boolean => {
  if (one === other) return true
  let extra = 0
  for (const name in one) {
    if (one[name] !== other[name]) return false
    extra++
  }
  for (const _ in other) extra--
  return extra === 0
}
