/**
 * From what checks found out to what we believe: the whole decision, pure. `at` is when the check began, as it is
 * stored, never the wall clock: replaying the stored outcomes of a monitor gives the same states and events to the
 * millisecond. (Not the slot: an overdue check, or the first one of a new monitor, belongs to a slot of the past.)
 *
 * Planned work. A check in a maintenance window is done and counted as maintenance, and opens no incident. The first
 * failure of each window is an event of its own, so that one can see why nobody was told. Failing tries of before the
 * window and in it are forgotten: what still fails after its end must be confirmed as if it had just begun, and then opens
 * an incident. An incident that was open before stays open, and is over when good checks say so, in the window too: whoever
 * was told of the failure is told of its end. While it is open the monitor is down, not in maintenance. A time without
 * sight is unknown in a window as elsewhere, unless the monitor is in maintenance already.
 */
import type { CheckError, CheckStatus } from "../model/CheckOutcome.ts"
import type { Reason } from "../model/Reason.ts"
import { calmed, type Flapping, isFlapping, isQuiet, steady, turned } from "./flapping.ts"
import * as reasons from "./reasons.ts"

export interface Policy {
  /** Failing tries beyond the first one before the monitor is down. */
  readonly confirmations: number
  /** Good checks in a row before it has recovered. */
  readonly recoveryChecks: number
  /** A good check that took longer is degraded, milliseconds; null: never. */
  readonly degradedAfterMs: number | null
}

/** The part of an outcome that decisions look at. */
export interface Evidence {
  readonly status: CheckStatus
  /** Tries within the slot; all of them failed when `status` is down. */
  readonly attempts: number
  readonly error: CheckError | null
  /** Microseconds as they are stored (shortDuration: toMicroseconds(toShort(us))); null: not measured. */
  readonly totalUs: number | null
}

/** A maintenance window that is on. */
export interface PlannedWork {
  readonly id: string
  readonly name: string
}

/** What was true around the check. */
export interface Facts {
  readonly maintenance: PlannedWork | null
}

export const ordinary: Facts = { maintenance: null }

export type BelievedStatus = "pending" | "up" | "degraded" | "down" | "unknown" | "maintenance"

export interface State {
  readonly status: BelievedStatus
  /** When `status` last changed, epoch milliseconds; 0 before the first check. */
  readonly since: number
  /** Failing tries in a row. */
  readonly failures: number
  /** Good checks in a row while an incident is open; not counted beyond those that recovery takes. */
  readonly successes: number
  /** An incident is open. It outlives `unknown`: not seeing a monitor is no recovery. */
  readonly isIncidentOpen: boolean
  readonly flapping: Flapping
  /** The maintenance window of which a failure has been noted; null outside of windows. */
  readonly notedIn: string | null
}

export const initial: State = {
  status: "pending",
  since: 0,
  failures: 0,
  successes: 0,
  isIncidentOpen: false,
  flapping: steady,
  notedIn: null
}

/** The first two open and end the monitor's incident, each after the other; the others tell why nobody hears of it. */
export type DecisionEvent =
  | { readonly kind: "went-down"; readonly at: number; readonly cause: CheckError }
  | { readonly kind: "recovered"; readonly at: number }
  /** It came back once too often: the incident stays open until it has kept still. */
  | { readonly kind: "began-flapping"; readonly at: number }
  /** It kept still, but down: from now on good checks are believed again. */
  | { readonly kind: "stopped-flapping"; readonly at: number }
  /** Told once per window. */
  | { readonly kind: "failed-in-maintenance"; readonly at: number; readonly cause: CheckError }
  /** It answers, but slowly or not as it should. */
  | { readonly kind: "degraded"; readonly at: number }

export interface Decision {
  readonly state: State
  readonly event: DecisionEvent | undefined
  /** Of the event; none without. */
  readonly reasons: ReadonlyArray<Reason>
}

/** More of them in a row are not counted: 30 years of failing every second would be. */
const mostFailures = 1_000_000_000

export const decide = (state: State, evidence: Evidence, policy: Policy, facts: Facts, at: number): Decision => {
  const status = gradeOf(evidence, policy)
  const known = facts.maintenance === null && state.notedIn !== null ? { ...state, notedIn: null } : state
  switch (status) {
    case "unknown":
      // Blind: the counts stay, so that evidence before and after the gap still adds up.
      return silent(facts.maintenance !== null && known.status === "maintenance" ? known : enter(known, "unknown", at))
    case "down":
      return known.isIncidentOpen
        ? failingOn(known, evidence, policy, at)
        : facts.maintenance === null
          ? failing(known, evidence, policy, at)
          : failingInMaintenance(known, evidence, facts.maintenance, at)
    case "up":
    case "degraded":
      return known.isIncidentOpen
        ? recovering(known, status, policy, facts, at)
        : good(known, status, evidence, policy, facts, at)
  }
}

/** What a check is, with what its monitor's policy makes of the time it took. */
export const gradeOf = ({ status, totalUs }: Evidence, { degradedAfterMs }: Policy): CheckStatus =>
  status === "up" && degradedAfterMs !== null && totalUs !== null && totalUs > degradedAfterMs * 1000
    ? "degraded"
    : status

/** What it is counted as in history. */
export const countsAs = (evidence: Evidence, policy: Policy, facts: Facts): CheckStatus | "maintenance" => {
  const status = gradeOf(evidence, policy)
  return facts.maintenance !== null && status !== "unknown" ? "maintenance" : status
}

const failing = (state: State, evidence: Evidence, policy: Policy, at: number): Decision => {
  const failures = countedFailures(state, evidence)
  if (failures <= policy.confirmations) {
    const counted = { ...state, failures, successes: 0 }
    // The window is over, and whether the monitor is down or not is only found out now.
    return silent(state.status === "maintenance" ? enter(counted, "unknown", at) : counted)
  }
  const flapping = turned(state.flapping, false, at)
  const cause = causeOf(evidence)
  return {
    state: { ...enter({ ...state, failures, successes: 0, flapping }, "down", at), isIncidentOpen: true },
    event: { kind: "went-down", at, cause },
    reasons: [reasons.wentDown(failures, policy.confirmations, cause), ...reasons.flaps(flapping)]
  }
}

const failingOn = (state: State, evidence: Evidence, policy: Policy, at: number): Decision => {
  const failures = countedFailures(state, evidence)
  const counted = enter({ ...state, failures, successes: 0 }, "down", at)
  const { flapping } = state
  if (!isFlapping(flapping)) return silent(counted)
  if (flapping.isWell) {
    return silent(failures > policy.confirmations ? { ...counted, flapping: turned(flapping, false, at) } : counted)
  }
  return isQuiet(flapping, at)
    ? {
        state: { ...counted, flapping: calmed(flapping) },
        event: { kind: "stopped-flapping", at },
        reasons: [reasons.staysDown()]
      }
    : silent(counted)
}

const failingInMaintenance = (state: State, evidence: Evidence, work: PlannedWork, at: number): Decision => {
  const counted = { ...enter(state, "maintenance", at), failures: 0, successes: 0, notedIn: work.id }
  if (state.notedIn === work.id) return silent(counted)
  const cause = causeOf(evidence)
  return {
    state: counted,
    event: { kind: "failed-in-maintenance", at, cause },
    reasons: [reasons.failed(cause), reasons.plannedWork(work)]
  }
}

const recovering = (
  state: State,
  status: "up" | "degraded",
  { recoveryChecks }: Policy,
  { maintenance }: Facts,
  at: number
): Decision => {
  const successes = Math.min(state.successes + 1, recoveryChecks)
  const counted = enter({ ...state, failures: 0, successes }, "down", at)
  if (successes < recoveryChecks) return silent(counted)
  const { flapping } = state
  if (flapping.isWell && !isQuiet(flapping, at)) return silent(counted)
  const isOver = flapping.isWell
  const after = isOver ? calmed(flapping) : turned(flapping, true, at)
  if (!isFlapping(after)) {
    const closed = { ...counted, successes: 0, isIncidentOpen: false, flapping: after }
    return {
      state: enter(closed, maintenance === null ? status : "maintenance", at),
      event: { kind: "recovered", at },
      reasons: [reasons.recovered(recoveryChecks), ...(isOver ? [reasons.keptStill()] : [])]
    }
  }
  const held = { ...counted, flapping: after }
  return isFlapping(flapping)
    ? silent(held)
    : { state: held, event: { kind: "began-flapping", at }, reasons: reasons.flaps(after) }
}

const good = (
  state: State,
  status: "up" | "degraded",
  evidence: Evidence,
  policy: Policy,
  { maintenance }: Facts,
  at: number
): Decision => {
  const counted = state.failures === 0 && state.successes === 0 ? state : { ...state, failures: 0, successes: 0 }
  if (maintenance !== null) return silent(enter(counted, "maintenance", at))
  return status === "degraded" && state.status !== "degraded"
    ? {
        state: enter(counted, status, at),
        event: { kind: "degraded", at },
        reasons: [reasons.degraded(evidence, policy)]
      }
    : silent(enter(counted, status, at))
}

const none: ReadonlyArray<Reason> = []
const silent = (state: State): Decision => ({ state, event: undefined, reasons: none })

const countedFailures = ({ failures }: State, { attempts }: Evidence): number =>
  Math.min(failures + attempts, mostFailures)

const enter = (state: State, status: BelievedStatus, at: number): State =>
  state.status === status ? state : { ...state, status, since: at }

const causeOf = ({ error }: Evidence): CheckError => error ?? unexplained
/** The cause of what failed without an error. */
export const unexplained: CheckError = { code: "unknown", message: "The check failed without saying why." }
