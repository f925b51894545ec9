/** From a check of a monitor to what is written of it: the decisions, what changed, and the evidence of an incident. */
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import {
  countsAs,
  decide,
  type Decision,
  type Evidence as CheckEvidence,
  type Facts,
  gradeOf,
  type Policy,
  type State
} from "@v-insight/domain/rules/decide"
import { recordOfCheck } from "@v-insight/domain/rules/decisionRecord"
import { isFlapping } from "@v-insight/domain/rules/flapping"
import { toMicroseconds, toShort } from "@v-insight/domain/rules/shortDuration"
import { detailToStore, type GoodCheck, type Memory, remember } from "@v-insight/domain/rules/traces"
import { type DecidedTurn, weightOfTurn } from "../alerting/DecidedTurn.ts"
import { certificateOf, judgeRules, noMemories, type RuleMemories } from "../alerting/judgeRules.ts"
import { type StoredMemory, toStored, weightOfMemory } from "../alerting/memory.ts"
import { type Watch, workAt } from "../alerting/watch.ts"
import type { Checked } from "../Checker.ts"

/** What an incident is opened with: the check that opened it, and the good one before. */
export interface Evidence {
  readonly lastGood: GoodCheck | null
  readonly firstBad: CheckOutcome
}

/** One decided check. `previous` is the monitor's slot before this one: rows form a chain per monitor. */
export interface DecidedCheck {
  readonly tenantId: string
  readonly monitorId: string
  /** Epoch milliseconds. */
  readonly slot: number
  readonly previous: number
  /** With the detail that is stored. */
  readonly checked: Checked
  /** What it is counted as in history. */
  readonly status: ReturnType<typeof countsAs>
  readonly state: State
  /** Written when it is new; undefined: as before. */
  readonly memory: StoredMemory | null | undefined
  readonly turns: ReadonlyArray<DecidedTurn>
  /** Written when it is new. */
  readonly lastGood: GoodCheck | undefined
  readonly evidence: Evidence | undefined
}

/** What is known of a monitor when its check is done. */
export interface Chain {
  readonly tenantId: string
  readonly id: string
  readonly state: State
  readonly memory: Memory
  readonly rules: RuleMemories
  /** The newest recorded slot. */
  readonly lastSlot: number
  /** Other regions have a say: this one's turns open and end no incidents by themselves. */
  readonly isShared: boolean
  /** Of its regions the one that judges rules. */
  readonly isFirstRegion: boolean
}

/** What is made of it. */
export interface Terms {
  readonly policy: Policy
  readonly intervalMs: number
  readonly watch: Watch
}

/** What a check changed in what its region believes. */
export interface Turn {
  readonly event: Decision["event"]
  readonly evidence: Evidence | undefined
}

/** About how many characters it takes in a statement. Turns weigh, which carry what the target answered, and memories. */
export const weightOf = ({ evidence, memory, turns }: DecidedCheck): number => {
  let weight = lightWeight + weightOfMemory(memory)
  for (const turn of turns) weight += weightOfTurn(turn)
  if (evidence === undefined) return weight
  return weight + heavyWeight + (evidence.firstBad.detail?.response?.body.length ?? 0)
}
const lightWeight = 1_000
/** Redirects, verdicts, traits and headers, at the most (domain/rules/presentable). */
const heavyWeight = 60_000

/** An outcome as decisions look at it: durations as they are stored, so that stored checks can be decided again. */
export const evidenceOf = ({ attempts, error, status, timings }: CheckOutcome): CheckEvidence => ({
  status,
  attempts,
  error: error && { code: error.code, message: error.message },
  totalUs: toMicroseconds(toShort(timings.totalUs))
})

export interface Decided {
  readonly row: DecidedCheck
  readonly memory: Memory
  readonly rules: RuleMemories
  readonly turn: Turn
}

export const decideCheck = (chain: Chain, checked: Checked, terms: Terms, slot: number): Decided => {
  const { id, isFirstRegion, lastSlot, memory, state, tenantId } = chain
  const { intervalMs, policy, watch } = terms
  const { checkedAt: at, outcome } = checked
  const facts: Facts = { maintenance: workAt(watch, at) }
  const evidence = evidenceOf(outcome)
  const decision = decide(state, evidence, policy, facts, at)
  const remembered = remember(memory, outcome, at)
  // Of another region nothing is remembered: what it had raised was ended when it was the first one no more (MonitorRepo).
  const judged = judgeRules(
    isFirstRegion ? chain.rules : noMemories,
    isFirstRegion ? watch.rules : none,
    () => ({
      status: gradeOf(evidence, policy),
      totalUs: evidence.totalUs,
      certificate: certificateOf(outcome),
      isFlapping: isFlapping(decision.state.flapping),
      intervalMs,
      maintenance: facts.maintenance
    }),
    at
  )
  const own = isTold(chain, decision) ? [turnOf(decision, { before: state, evidence, policy, facts, at })] : none
  const turns = judged.turns.length === 0 ? own : [...own, ...judged.turns]
  const isOpening = decision.event?.kind === "went-down"
  const found: Evidence = { lastGood: memory.lastGood, firstBad: outcome }
  const isRemembering =
    decision.state.flapping !== state.flapping ||
    decision.state.notedIn !== state.notedIn ||
    judged.memories !== chain.rules
  const row: DecidedCheck = {
    tenantId,
    monitorId: id,
    slot,
    previous: lastSlot,
    // The response is large: it must not wait in the buffer with rows that do not need it.
    checked: {
      checkedAt: at,
      outcome: outcome.detail === null ? outcome : { ...outcome, detail: detailToStore(outcome) }
    },
    status: countsAs(evidence, policy, facts),
    state: decision.state,
    memory: isRemembering ? toStored(decision.state, judged.memories) : undefined,
    turns,
    lastGood: remembered.toStore,
    evidence: turns.some(({ event }) => event === "opened") ? found : undefined
  }
  return {
    row,
    memory: remembered.memory,
    rules: judged.memories,
    turn: { event: decision.event, evidence: isOpening ? found : undefined }
  }
}

const none: ReadonlyArray<never> = []

const eventOf: Partial<Record<NonNullable<Decision["event"]>["kind"], DecidedTurn["event"]>> = {
  "went-down": "opened",
  recovered: "ended"
}

/** Of a monitor of several regions the verdict opens and ends; what else there is to say, one of them says. */
const isTold = ({ isFirstRegion, isShared }: Chain, { event }: Decision): boolean =>
  event !== undefined && (!isShared || (isFirstRegion && eventOf[event.kind] === undefined))

const turnOf = (decision: Decision, basis: Omit<Parameters<typeof recordOfCheck>[0], "of">): DecidedTurn => {
  const event = decision.event!
  return {
    trigger: "down",
    ruleId: null,
    event: eventOf[event.kind],
    kind: event.kind,
    at: event.at,
    cause: "cause" in event ? event.cause : undefined,
    severity: undefined,
    reasons: decision.reasons,
    record: recordOfCheck(basis, decision)
  }
}
