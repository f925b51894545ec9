/**
 * A decision with everything that it was decided on, as text: what is stored beside each turn. Deciding it again from the
 * text alone gives the same text, byte by byte; when it does not, the reducer has changed since.
 */
import { decide, type Decision, type Evidence as CheckEvidence, type Facts, type Policy, type State } from "./decide.ts"
import { judgeRule, type Observation, type RuleMemory, type WatchedRule } from "./alerts.ts"
import { judge, type Verdict, type Vote } from "./quorum.ts"

/** Of one region's checks. */
export interface CheckRecord {
  readonly of: "check"
  readonly before: State
  readonly evidence: CheckEvidence
  readonly policy: Policy
  readonly facts: Facts
  readonly at: number
}

/** Of what several regions believe. */
export interface VerdictRecord {
  readonly of: "verdict"
  readonly before: Verdict
  readonly votes: ReadonlyArray<Vote>
  readonly quorum: number
}

/** Of one alert rule. */
export interface RuleRecord {
  readonly of: "rule"
  readonly before: RuleMemory | null
  readonly rule: WatchedRule
  readonly observation: Observation
  readonly at: number
}

/** Of an alert rule that watches the monitor no more: what it had raised ends. */
export interface LeftRecord {
  readonly of: "left"
  readonly before: RuleMemory
  readonly ruleId: string
  readonly at: number
}

export type DecisionRecord = CheckRecord | VerdictRecord | RuleRecord | LeftRecord

export const recordOfCheck = (
  { at, before, evidence, facts, policy }: Omit<CheckRecord, "of">,
  { event, reasons, state }: Decision
): string =>
  JSON.stringify({ of: "check", before, evidence, policy, facts, at, after: state, event: event ?? null, reasons })

export const recordOfVerdict = (
  { before, quorum, votes }: Omit<VerdictRecord, "of">,
  { event, speaker, verdict }: ReturnType<typeof judge>
): string => JSON.stringify({ of: "verdict", before, votes, quorum, after: verdict, event: event ?? null, speaker })

export const recordOfRule = (
  { at, before, observation, rule: { condition, id } }: Omit<RuleRecord, "of">,
  { memory, turn }: ReturnType<typeof judgeRule>
): string =>
  JSON.stringify({
    of: "rule",
    before,
    rule: { id, condition },
    observation,
    at,
    after: memory ?? null,
    turn: turn ?? null
  })

export const recordOfLeft = ({ at, before, ruleId }: Omit<LeftRecord, "of">): string =>
  JSON.stringify({ of: "left", before, ruleId, at, after: null })

/** The text that the same decision has when it is made now. */
export const decideAgain = (text: string): string => {
  const record = JSON.parse(text) as DecisionRecord
  switch (record.of) {
    case "check": {
      const { at, before, evidence, facts, policy } = record
      return recordOfCheck(record, decide(before, evidence, policy, facts, at))
    }
    case "verdict":
      return recordOfVerdict(record, judge(record.before, record.votes, record.quorum))
    case "rule": {
      const { at, before, observation, rule } = record
      return recordOfRule(record, judgeRule(rule, before ?? undefined, observation, at))
    }
    case "left":
      return recordOfLeft(record)
  }
}
