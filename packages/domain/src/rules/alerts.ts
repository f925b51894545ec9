/**
 * Alert rules other than `down` and `heartbeat_missed` (which follow the monitor's own incident): one rule's memory of one
 * monitor and one check in, "raised", "ended" or nothing out. Pure: `at` is when the check began. Nothing is raised in a
 * maintenance window; what was raised before may end in it. What could not be looked at (`unknown`) proves neither.
 *
 * The memory is JSON, below 3 KiB whatever the interval. It belongs to the check it followed from: store both together, or
 * keep `essenceOf` it only. A rule that was edited goes on with its memory as long as its trigger is the same; a monitor
 * that was paused begins without (`essenceOf`), for nothing was due meanwhile.
 */
import type { AlertCondition } from "../model/AlertRule.ts"
import type { Certificate, CheckError, CheckStatus } from "../model/CheckOutcome.ts"
import type { Reason } from "../model/Reason.ts"
import { type CoverageMemory, judgeCoverage } from "./coverageAlert.ts"
import type { PlannedWork } from "./decide.ts"
import { type DegradedMemory, judgeDegraded } from "./degradedAlert.ts"
import { type ExpiryMemory, judgeExpiry } from "./expiryAlert.ts"
import { type FlappingMemory, judgeFlapping } from "./flappingAlert.ts"
import { judgeSlow, type SlowMemory } from "./slowAlert.ts"

export interface WatchedRule {
  readonly id: string
  readonly condition: AlertCondition
}

/** What rules look at of one check, beside when it began. */
export interface Observation {
  /** With what the monitor's policy made of it (decide: gradeOf). */
  readonly status: CheckStatus
  /** Microseconds as they are stored (shortDuration); null: not measured. */
  readonly totalUs: number | null
  /** Of this check; null: it saw none. */
  readonly certificate: Pick<Certificate, "fingerprint256" | "validTo"> | null
  /** After this check (decide: state.flapping). */
  readonly isFlapping: boolean
  /** Of the monitor. */
  readonly intervalMs: number
  readonly maintenance: PlannedWork | null
}

/** `trigger` is that of the condition it was kept for. */
export type RuleMemory = DegradedMemory | SlowMemory | ExpiryMemory | FlappingMemory | CoverageMemory

export interface RuleTurn {
  /**
   * `raised`: the rule's incident opens; `ended`: it is over. `raised-again`: it is open and has become worse (the next
   * threshold of a certificate), people are told again as by a repeat.
   */
  readonly kind: "raised" | "raised-again" | "ended"
  /** Of the incident. */
  readonly cause: CheckError
  readonly reasons: ReadonlyArray<Reason>
}

export interface RuleJudgement {
  /** undefined: nothing worth keeping. */
  readonly memory: RuleMemory | undefined
  readonly turn: RuleTurn | undefined
}

export const judgeRule = (
  { condition }: WatchedRule,
  memory: RuleMemory | undefined,
  observation: Observation,
  at: number
): RuleJudgement => {
  switch (condition.trigger) {
    case "down":
    case "heartbeat_missed":
      return { memory: undefined, turn: undefined }
    case "degraded":
      return judgeDegraded(condition, memory?.trigger === "degraded" ? memory : undefined, observation)
    case "slow_response":
      return judgeSlow(condition, memory?.trigger === "slow_response" ? memory : undefined, observation, at)
    case "ssl_expiry":
      return judgeExpiry(condition, memory?.trigger === "ssl_expiry" ? memory : undefined, observation, at)
    case "flapping":
      return judgeFlapping(memory?.trigger === "flapping" ? memory : undefined, observation)
    case "coverage_lost":
      return judgeCoverage(condition, memory?.trigger === "coverage_lost" ? memory : undefined, observation, at)
  }
}

/** Whether the rule's incident is open. */
export const isRaised = (memory: RuleMemory | undefined): boolean => memory?.isRaised ?? false

/** What must outlast a pause or a lost memory: that it is raised, and of which certificate people know already. */
export const essenceOf = (memory: RuleMemory): RuleMemory | undefined => {
  switch (memory.trigger) {
    case "ssl_expiry":
    case "flapping":
      return memory
    case "degraded":
      return memory.isRaised ? { ...memory, inRow: 0, calm: 0 } : undefined
    case "slow_response":
      return memory.isRaised ? { ...memory, samples: [] } : undefined
    case "coverage_lost":
      return memory.isRaised ? { ...memory, since: null, observed: [] } : undefined
  }
}
