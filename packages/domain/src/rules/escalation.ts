/**
 * How an escalation goes on: pure. Steps are counted on through all rounds: ten to a round, so that a policy that is
 * changed meanwhile changes what a step does and never which one it is. At most ten steps eleven times: 110 looks.
 */
import type { EscalationStep } from "../model/EscalationPolicy.ts"
import type { Reason } from "../model/Reason.ts"
import { joined } from "./ruleSentence.ts"

export const stepsPerRound = 10
/** The first time and ten repeats. */
const maxRounds = 11
/** Between two rounds, seconds: a policy without waits must not tell everybody eleven times at once. */
const shortestRoundWait = 60

export interface EscalationFacts {
  readonly isResolved: boolean
  readonly isAcknowledged: boolean
  readonly isMerged: boolean
  readonly isRuleRemoved: boolean
  readonly isRuleDisabled: boolean
  readonly isPolicyRemoved: boolean
  readonly steps: ReadonlyArray<EscalationStep>
  readonly repeats: number
}

/** From 0. */
export const roundOf = (position: number): number => Math.floor(position / stepsPerRound)
export const stepOf = (position: number): number => position % stepsPerRound

/** Why nobody is told any more, as seen before a step; undefined: the step is taken. */
export const endBefore = (facts: EscalationFacts, position: number): Reason | undefined => {
  if (facts.isResolved) return { code: "resolved", message: "The escalation ended: the incident is over." }
  if (facts.isAcknowledged) return { code: "acknowledged", message: "The escalation ended: somebody has acknowledged." }
  if (facts.isMerged)
    return { code: "merged", message: "The escalation ended: the incident is told as part of another." }
  if (facts.isPolicyRemoved) return { code: "policy_removed", message: "The escalation ended: its policy was removed." }
  if (facts.isRuleRemoved) return { code: "rule_removed", message: "The escalation ended: its alert rule was removed." }
  if (facts.isRuleDisabled) {
    return { code: "rule_disabled", message: "The escalation ended: its alert rule was disabled." }
  }
  // Steps were taken out of the policy meanwhile.
  return nextFrom(facts, position) === undefined ? allGone : undefined
}

export const allGone: Reason = {
  code: "all_steps",
  message: "The escalation ended: all of its steps were gone through, and nobody has acknowledged."
}

/** Written by another version, maybe. */
export const unreadable: Reason = {
  code: "unreadable",
  message: "The escalation ended: its policy cannot be read. Save the policy and what it names again."
}

export const unreadableSentence = (position: number): string =>
  `${nameOf(position)} was passed over: what it names cannot be read. Save the policy and what it names again.`

/** The first step there is at this position or after it. */
export const nextFrom = (
  { repeats, steps }: Pick<EscalationFacts, "repeats" | "steps">,
  position: number
): number | undefined => {
  const round = roundOf(position) + (stepOf(position) < steps.length ? 0 : 1)
  const next = round === roundOf(position) ? position : round * stepsPerRound
  return steps.length === 0 || round > repeats || round >= maxRounds ? undefined : next
}

export interface NextStep {
  readonly position: number
  readonly waitSeconds: number
}

/** What comes after a step; who reached nobody does not wait for the next step of the same round. */
export const nextAfter = (
  facts: Pick<EscalationFacts, "repeats" | "steps">,
  position: number,
  hasReached: boolean
): NextStep | undefined => {
  const next = nextFrom(facts, position + 1)
  if (next === undefined) return undefined
  const { waitSeconds } = facts.steps[stepOf(next)]!
  const isSameRound = roundOf(next) === roundOf(position)
  if (!isSameRound) return { position: next, waitSeconds: Math.max(waitSeconds, shortestRoundWait) }
  return { position: next, waitSeconds: hasReached ? waitSeconds : 0 }
}

/** What became of one target of a step. */
export type TargetOutcome =
  | { readonly kind: "channel"; readonly channel: string }
  /** `schedule`: by which the person is on call; undefined: named by the step. */
  | {
      readonly kind: "person"
      readonly email: string
      readonly schedule: string | undefined
      readonly channels: ReadonlyArray<string>
    }
  | { readonly kind: "no_contacts"; readonly email: string; readonly schedule: string | undefined }
  | { readonly kind: "left" }
  | { readonly kind: "nobody_on_call"; readonly schedule: string }
  | { readonly kind: "schedule_removed" }
  | { readonly kind: "channel_unusable"; readonly channel: string | undefined }

/** What a step did, for the incident's timeline. */
export const stepSentence = (position: number, outcomes: ReadonlyArray<TargetOutcome>): string => {
  const step = nameOf(position)
  const told = outcomes.flatMap(toldOf)
  const first = told.length === 0 ? `${step} reached nobody.` : `${step}: told ${joined(told, "and")}.`
  return [first, ...outcomes.flatMap(excuseOf)].join(" ")
}

const nameOf = (position: number): string => {
  const round = roundOf(position)
  return `Step ${stepOf(position) + 1}${round === 0 ? "" : `, round ${round + 1}`}`
}

const personOf = ({ email, schedule }: { readonly email: string; readonly schedule: string | undefined }): string =>
  schedule === undefined ? email : `${email} (on call by ${schedule})`

const toldOf = (outcome: TargetOutcome): ReadonlyArray<string> => {
  if (outcome.kind === "channel") return [outcome.channel]
  return outcome.kind === "person" ? [`${personOf(outcome)} by ${joined(outcome.channels, "and")}`] : []
}

const excuseOf = (outcome: TargetOutcome): ReadonlyArray<string> => {
  switch (outcome.kind) {
    case "channel":
    case "person":
      return []
    case "no_contacts":
      return [`${personOf(outcome)} has no channel to be told by: set one under Contacts.`]
    case "left":
      return ["Somebody whom it names has left the workspace."]
    case "nobody_on_call":
      return [`Nobody is on call by ${outcome.schedule}.`]
    case "schedule_removed":
      return ["A schedule that it names was removed."]
    case "channel_unusable":
      return [
        outcome.channel === undefined ? "A channel that it names was removed." : `${outcome.channel} is disabled.`
      ]
  }
}
