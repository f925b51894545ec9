/** From a check of a monitor to what is written of it: the decision, what changed, and the evidence of an incident. */
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { decide, type DecisionEvent, type Policy, type State } from "@v-insight/domain/rules/decide"
import { detailToStore, type GoodCheck, type Memory, remember } from "@v-insight/domain/rules/traces"
import type { Checked } from "./Checker.ts"

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
  readonly state: State
  readonly event: DecisionEvent | undefined
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
  /** The newest recorded slot. */
  readonly lastSlot: number
  /** Other regions have a say: this one's turns open and end no incidents by themselves. */
  readonly isShared: boolean
}

/** What a check changed in what its region believes. */
export interface Turn {
  readonly event: DecisionEvent | undefined
  readonly evidence: Evidence | undefined
}

/** About how many characters it takes in a statement. Only openings weigh: they carry what the target answered. */
export const weightOf = ({ evidence }: DecidedCheck): number => {
  if (evidence === undefined) return lightWeight
  const response = evidence.firstBad.detail?.response
  return heavyWeight + (response?.body.length ?? 0)
}
const lightWeight = 1_000
/** Redirects, verdicts, traits and headers, at the most (domain/rules/presentable). */
const heavyWeight = 60_000

export const decideCheck = (
  { id, isShared, lastSlot, memory, state, tenantId }: Chain,
  { checkedAt, outcome }: Checked,
  policy: Policy,
  slot: number
): { readonly row: DecidedCheck; readonly memory: Memory; readonly turn: Turn } => {
  const decision = decide(state, outcome, policy, checkedAt)
  const remembered = remember(memory, outcome, checkedAt)
  const isOpening = decision.event?.kind === "went-down"
  const turn: Turn = {
    event: decision.event,
    evidence: isOpening ? { lastGood: memory.lastGood, firstBad: outcome } : undefined
  }
  const row = {
    tenantId,
    monitorId: id,
    slot,
    previous: lastSlot,
    // The response is large: it must not wait in the buffer with rows that do not need it.
    checked: { checkedAt, outcome: outcome.detail === null ? outcome : { ...outcome, detail: detailToStore(outcome) } },
    state: decision.state,
    lastGood: remembered.toStore,
    ...(isShared ? silent : turn)
  }
  return { row, memory: remembered.memory, turn }
}

const silent: Turn = { event: undefined, evidence: undefined }
