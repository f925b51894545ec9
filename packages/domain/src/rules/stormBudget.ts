/**
 * How many messages a channel takes before what is more goes into one digest. Part of the budget is kept for the digest
 * itself and its updates, so that together they stay within it. Recoveries of what was told singly are always told, and
 * count.
 */
import type { StormBudget } from "../model/AlertChannel.ts"
import type { Reason } from "../model/Reason.ts"

/** Of the budget, for digests; a budget of one message has no room for that. */
const maxForDigests = 5
/** A digest that has changed is told again no sooner, milliseconds. */
const soonestUpdateMs = 60_000
/** It is told less and less often while a storm goes on: after so many messages, so many times the wait. */
const slower = [
  { from: 30, times: 30 },
  { from: 10, times: 5 }
]
/** Messages of one digest; a storm that outlasts them is told no more until it is over. */
const maxMessages = 100

/** What comes in within that time goes into the digest's first message, milliseconds. */
export const collectMs = 5_000

const forDigests = ({ messages }: StormBudget): number => Math.min(maxForDigests, Math.floor(messages / 2))

/** Messages within the window that are not digests. */
export const singlesWithin = (budget: StormBudget): number => budget.messages - forDigests(budget)

/** Whether one more may be told by itself after `told` of them in the window. */
export const hasRoom = (budget: StormBudget, told: number): boolean => told < singlesWithin(budget)

/** Between two messages of a digest of which `sent` were sent, milliseconds. */
export const updateWaitMs = (budget: StormBudget, sent: number): number => {
  const least = Math.max(soonestUpdateMs, Math.ceil((budget.seconds * 1000) / Math.max(1, forDigests(budget))))
  return least * (slower.find(({ from }) => sent >= from)?.times ?? 1)
}

export interface DigestCounts {
  readonly incidents: number
  readonly resolved: number
}

/** What becomes of a digest that was told as `told` and stands at `now`, after `sent` messages. */
export type DigestStep = "tell" | "wait" | "close"

export const digestStep = (told: DigestCounts, now: DigestCounts, sent: number): DigestStep => {
  const isChanged = told.incidents !== now.incidents || told.resolved !== now.resolved
  const isOver = now.resolved >= now.incidents
  if (isChanged && (isOver || sent < maxMessages)) return "tell"
  return isOver ? "close" : "wait"
}

export const digested = ({ messages, seconds }: StormBudget): Reason => ({
  code: "storm_budget",
  message: `Told in a digest: this channel's budget of ${messages} ${messages === 1 ? "message" : "messages"} in ${span(seconds)} is used up.`
})

const span = (seconds: number): string =>
  seconds % 3600 === 0
    ? plural(seconds / 3600, "hour")
    : seconds % 60 === 0
      ? plural(seconds / 60, "minute")
      : plural(seconds, "second")

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? "" : "s"}`
