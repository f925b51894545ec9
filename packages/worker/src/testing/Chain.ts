/** Checks of a monitor one after the other, decided as its owner would decide them. */
import { type CheckOutcome, noTimings } from "@v-insight/domain/model/CheckOutcome"
import { initial } from "@v-insight/domain/rules/decide"
import { type DecidedCheck, decideCheck } from "../DecidedCheck.ts"

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

const policy = { confirmations: 0, recoveryChecks: 1 }

/** `isShared`: other regions check the monitor too. */
export const chainOf = ({ id, tenantId }: { readonly tenantId: string; readonly id: string }, isShared = false) => {
  let known = {
    tenantId,
    id,
    state: initial,
    memory: { lastGood: null, stored: null },
    lastSlot: 0,
    isShared
  } as Parameters<typeof decideCheck>[0]
  return (outcome: CheckOutcome, slot: number): DecidedCheck => {
    const { memory, row } = decideCheck(known, { outcome, checkedAt: slot + lateMs }, policy, slot)
    known = { ...known, state: row.state, memory, lastSlot: slot }
    return row
  }
}
