/** The alert rules that watch a monitor, judged with one of its checks: what they remember, and what turned. */
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { isRaised, judgeRule, type Observation, type RuleMemory, type RuleTurn } from "@v-insight/domain/rules/alerts"
import { recordOfLeft, recordOfRule } from "@v-insight/domain/rules/decisionRecord"
import type { DecidedTurn } from "./DecidedTurn.ts"
import type { JudgedRule } from "./watch.ts"

/** By rule: only of those that have something to remember. */
export type RuleMemories = Readonly<Record<string, RuleMemory>>

export const noMemories: RuleMemories = {}

export interface JudgedRules {
  /** The same object as before when nothing changed. */
  readonly memories: RuleMemories
  readonly turns: ReadonlyArray<DecidedTurn>
}

const noTurns: ReadonlyArray<DecidedTurn> = []

export const judgeRules = (
  before: RuleMemories,
  rules: ReadonlyArray<JudgedRule>,
  observe: () => Observation,
  at: number
): JudgedRules => {
  if (rules.length === 0 && before === noMemories) return { memories: noMemories, turns: noTurns }
  const observation = observe()
  const memories: Record<string, RuleMemory> = {}
  const turns: Array<DecidedTurn> = []
  let isChanged = false
  for (const rule of rules) {
    const known = before[rule.id]
    // Edited into a rule of something else: what it had raised is over.
    const kept = known?.trigger === rule.condition.trigger ? known : undefined
    if (known !== undefined && kept === undefined) turns.push(...leave(rule.id, known, at))
    const judgement = judgeRule(rule, kept, observation, at)
    if (judgement.memory !== undefined) memories[rule.id] = judgement.memory
    isChanged ||= judgement.memory !== known
    if (judgement.turn !== undefined) {
      const record = recordOfRule({ before: kept ?? null, rule, observation, at }, judgement)
      turns.push(turnOf(rule, judgement.turn, record, at))
    }
  }
  for (const [id, memory] of Object.entries(before)) {
    if (rules.some((rule) => rule.id === id)) continue
    isChanged = true
    turns.push(...leave(id, memory, at))
  }
  const isEmpty = Object.keys(memories).length === 0
  return { memories: isEmpty ? noMemories : isChanged ? memories : before, turns }
}

const eventOf = { raised: "opened", "raised-again": "worsened", ended: "ended" } as const

const turnOf = (
  { condition: { trigger }, id, severity }: JudgedRule,
  { cause, kind, reasons }: RuleTurn,
  record: string,
  at: number
): DecidedTurn => ({ trigger, ruleId: id, event: eventOf[kind], kind, at, cause, severity, reasons, record })

/** Removed, disabled, or about other monitors now: nobody else would end what it raised. */
const leave = (ruleId: string, before: RuleMemory, at: number): ReadonlyArray<DecidedTurn> =>
  isRaised(before)
    ? [
        {
          trigger: before.trigger,
          ruleId,
          event: "ended",
          kind: "left",
          at,
          cause: undefined,
          severity: undefined,
          reasons: [leftReason],
          record: recordOfLeft({ before, ruleId, at })
        }
      ]
    : []

const leftReason = {
  code: "rule_left",
  message: "The alert rule does not watch this monitor any more: it was edited, disabled or removed."
}

/** What rules look at beside the check's grade and the monitor's state. */
export const certificateOf = ({ certificate }: CheckOutcome): Observation["certificate"] =>
  certificate && { fingerprint256: certificate.fingerprint256, validTo: certificate.validTo }
