/** Checks of a monitor one after the other, decided as its owner would decide them. */
import { type CheckOutcome, noTimings } from "@v-insight/domain/model/CheckOutcome"
import { initial } from "@v-insight/domain/rules/decide"
import { noMemories } from "../alerting/judgeRules.ts"
import { nothing } from "../alerting/watch.ts"
import { type Chain, type DecidedCheck, decideCheck, type Terms } from "../recording/DecidedCheck.ts"

export const up: CheckOutcome = {
  status: "up",
  timings: { ...noTimings, totalUs: 1500 },
  httpStatus: 200,
  error: null,
  certificate: null,
  address: "127.0.0.1",
  attempts: 1,
  detail: null
}
export const down: CheckOutcome = {
  ...up,
  status: "down",
  httpStatus: 503,
  error: { code: "unexpected_status", message: "The status is 503, expected 200." }
}

/** How long after its slot a check begins here: people are told of the check's time, not of the slot. */
export const lateMs = 250

export const ordinaryTerms: Terms = {
  policy: { confirmations: 0, recoveryChecks: 1, degradedAfterMs: null },
  intervalMs: 1000,
  watch: nothing
}

/** `isShared`: other regions check the monitor too. */
export const chainOf = ({ id, tenantId }: { readonly tenantId: string; readonly id: string }, isShared = false) => {
  let known: Chain = {
    tenantId,
    id,
    state: initial,
    memory: { lastGood: null, stored: null },
    rules: noMemories,
    lastSlot: 0,
    isShared,
    isFirstRegion: true
  }
  return (outcome: CheckOutcome, slot: number, terms = ordinaryTerms): DecidedCheck => {
    const { memory, row, rules } = decideCheck(known, { outcome, checkedAt: slot + lateMs }, terms, slot)
    known = { ...known, state: row.state, memory, rules, lastSlot: slot }
    return row
  }
}
