/**
 * From what checks found out to what we believe: the whole decision, pure. `at` is when the check began, as it is
 * stored, never the wall clock: replaying the stored outcomes of a monitor gives the same states and events to the
 * millisecond. (Not the slot: an overdue check, or the first one of a new monitor, belongs to a slot of the past.)
 */
import type { CheckError, CheckStatus } from "../model/CheckOutcome.ts"

export interface Policy {
  /** Failing tries beyond the first one before the monitor is down. */
  readonly confirmations: number
  /** Good checks in a row before it has recovered. */
  readonly recoveryChecks: number
}

/** The part of an outcome that decisions look at. */
export interface Evidence {
  readonly status: CheckStatus
  /** Tries within the slot; all of them failed when `status` is down. */
  readonly attempts: number
  readonly error: CheckError | null
}

export type BelievedStatus = "pending" | "up" | "degraded" | "down" | "unknown"

export interface State {
  readonly status: BelievedStatus
  /** When `status` last changed, epoch milliseconds; 0 before the first check. */
  readonly since: number
  /** Failing tries in a row. */
  readonly failures: number
  /** Good checks in a row while down. */
  readonly successes: number
  /** An incident is open. It outlives `unknown`: not seeing a monitor is no recovery. */
  readonly isIncidentOpen: boolean
}

export const initial: State = { status: "pending", since: 0, failures: 0, successes: 0, isIncidentOpen: false }

export type DecisionEvent =
  | { readonly kind: "went-down"; readonly at: number; readonly cause: CheckError }
  | { readonly kind: "recovered"; readonly at: number }

export interface Decision {
  readonly state: State
  readonly event: DecisionEvent | undefined
}

export const decide = (state: State, evidence: Evidence, policy: Policy, at: number): Decision => {
  switch (evidence.status) {
    case "unknown":
      // Blind: the counts stay, so that evidence before and after the gap still adds up.
      return { state: enter(state, "unknown", at), event: undefined }
    case "down": {
      const failures = state.failures + evidence.attempts
      const counted = { ...state, failures, successes: 0 }
      if (state.isIncidentOpen) return { state: enter(counted, "down", at), event: undefined }
      if (failures <= policy.confirmations) return { state: counted, event: undefined }
      return {
        state: { ...enter(counted, "down", at), isIncidentOpen: true },
        event: { kind: "went-down", at, cause: evidence.error ?? unexplained }
      }
    }
    case "up":
    case "degraded": {
      const successes = state.isIncidentOpen ? state.successes + 1 : 0
      const counted = { ...state, failures: 0, successes }
      if (!state.isIncidentOpen) return { state: enter(counted, evidence.status, at), event: undefined }
      if (successes < policy.recoveryChecks) return { state: enter(counted, "down", at), event: undefined }
      return {
        state: { ...enter(counted, evidence.status, at), successes: 0, isIncidentOpen: false },
        event: { kind: "recovered", at }
      }
    }
  }
}

const enter = (state: State, status: BelievedStatus, at: number): State =>
  state.status === status ? state : { ...state, status, since: at }

const unexplained: CheckError = { code: "unknown", message: "The check failed without saying why." }
