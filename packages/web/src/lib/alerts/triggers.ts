/** What a rule can watch for, in words. */
import type { AlertTrigger } from "@v-insight/domain/model/AlertRule"
import { either } from "#lib/words/lists.ts"

/** Limits as they are typed; those of the chosen trigger count. */
export interface LimitValues {
  readonly checks: string
  readonly percentile: string
  readonly aboveMs: string
  readonly slowMinutes: string
  readonly daysBefore: string
  readonly belowPercent: string
  readonly coverageMinutes: string
}

interface Words {
  /** What a rule is called that was given no name. */
  readonly name: string
  /** Where it is chosen. */
  readonly choice: string
  readonly help: string
}

export const triggerWords: Readonly<Record<AlertTrigger, Words>> = {
  down: { name: "Goes down", choice: "It is down", help: "Its checks fail, as often as it takes to be sure." },
  degraded: { name: "Is degraded", choice: "It is degraded", help: "It answers, but not as it should." },
  slow_response: { name: "Is slow", choice: "It is slow", help: "A share of its answers takes longer than a limit." },
  ssl_expiry: {
    name: "Certificate ends",
    choice: "Its certificate expires",
    help: "Told once for each number of days and each certificate."
  },
  heartbeat_missed: {
    name: "Misses a call",
    choice: "A job does not call in time",
    help: "Of heartbeat monitors: a call is late."
  },
  flapping: { name: "Flaps", choice: "It goes up and down", help: "Again and again, in a short while." },
  coverage_lost: {
    name: "Is not seen",
    choice: "It is not seen",
    help: "Checks that were due did not happen: nobody knows how it is."
  }
}

export const triggers = Object.keys(triggerWords) as ReadonlyArray<AlertTrigger>

const many = (count: string, one: string): string => `${count} ${count === "1" ? one : `${one}s`}`

/** As it stands in the sentence of a rule: `is down`, `answers slower than 800 ms (p95 of 10 minutes)`. */
export const triggerText = (trigger: AlertTrigger, limits: LimitValues): string => {
  switch (trigger) {
    case "down":
      return "is down"
    case "heartbeat_missed":
      return "does not call in time"
    case "flapping":
      return "goes up and down again and again"
    case "degraded":
      return limits.checks === "1" ? "is degraded" : `is degraded in ${limits.checks} checks in a row`
    case "slow_response":
      return `answers slower than ${limits.aboveMs} ms (p${limits.percentile} of ${many(limits.slowMinutes, "minute")})`
    case "ssl_expiry":
      return `has a certificate that expires in ${daysText(limits.daysBefore)}`
    case "coverage_lost":
      return `got less than ${limits.belowPercent} % of its checks in ${many(limits.coverageMinutes, "minute")}`
  }
}

const daysText = (typed: string): string => {
  const days = typed.split(/[\s,;]+/).filter(Boolean)
  if (days.length === 0) return "… days"
  if (days.length === 1) return many(days[0]!, "day")
  return `${either(days)} days`
}
