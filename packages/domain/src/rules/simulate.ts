/**
 * What alert rules would have done, had they been there: stored checks of one monitor after the other go through the same
 * reducers as the worker's (`decide`, `judgeRule`, `judge`). A fold: it remembers what the worker would remember and adds
 * up in a RuleTally, however many checks there are. Monitors are replayed as they are set now; what was found is what
 * is stored.
 */
import type { AlertCondition } from "../model/AlertRule.ts"
import type { CheckError, CheckStatus } from "../model/CheckOutcome.ts"
import { judgeRule, type Observation, type RuleMemory } from "./alerts.ts"
import { decide, type Evidence, gradeOf, initial, ordinary, type Policy, type State, unexplained } from "./decide.ts"
import { flapWindowMs, isFlapping } from "./flapping.ts"
import { isMissedCode } from "./heartbeat.ts"
import { judge, patienceMs, undecided, type Verdict, voteOf } from "./quorum.ts"
import type { RuleTally, SimulatedSpan } from "./simulatedTally.ts"

export interface ReplayedMonitor {
  readonly id: string
  readonly name: string
  readonly isHeartbeat: boolean
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly policy: Policy
  /** At least one; the first one judges rules. */
  readonly regions: ReadonlyArray<string>
  readonly quorum: number
}

export interface StoredCheck {
  /** When it began, epoch milliseconds: checks come in this order. */
  readonly at: number
  readonly region: string
  readonly found: CheckStatus
  readonly isMaintenance: boolean
  readonly attempts: number
  readonly totalUs: number | null
  readonly error: CheckError | null
  readonly certificate: Observation["certificate"]
}

interface Region {
  state: State
  heardAt: number
  /** Of the stretch of failing checks that goes on. */
  failingSince: number | undefined
  error: CheckError | null
}

/** One version of a rule on one monitor. */
interface Watch {
  readonly tally: RuleTally
  memory: RuleMemory | undefined
  open: SimulatedSpan | undefined
  /** Since when checks look like what the rule watches for, and the newest that did. */
  badSince: number | undefined
  badAt: number
}

const planned = { maintenance: { id: "stored", name: "planned work" } }

export class MonitorReplay {
  readonly #monitor: ReplayedMonitor
  readonly #patience: number
  readonly #regions: ReadonlyMap<string, Region>
  readonly #watches: ReadonlyArray<Watch>
  #verdict: Verdict = undecided

  /** `tallies`: of the rules that the monitor is in scope of. */
  constructor(monitor: ReplayedMonitor, tallies: ReadonlyArray<RuleTally>) {
    this.#monitor = monitor
    const { confirmations } = monitor.policy
    this.#patience = patienceMs({ intervalMs: monitor.intervalMs, timeoutMs: monitor.timeoutMs, confirmations })
    this.#regions = new Map(
      monitor.regions.map((name) => [name, { state: initial, heardAt: 0, failingSince: undefined, error: null }])
    )
    this.#watches = tallies.map((tally) => {
      tally.monitors++
      return { tally, memory: undefined, open: undefined, badSince: undefined, badAt: 0 }
    })
  }

  feed(check: StoredCheck): void {
    const region = this.#regions.get(check.region)
    // The monitor is not checked from there any more.
    if (region === undefined) return
    const { at, error, isMaintenance } = check
    const { policy } = this.#monitor
    const evidence = evidenceOf(check)
    const facts = isMaintenance ? planned : ordinary
    const decision = decide(region.state, evidence, policy, facts, at)
    const status = gradeOf(evidence, policy)
    if (status === "down" && !(isMaintenance && !region.state.isIncidentOpen)) region.failingSince ??= at
    else if (status !== "unknown") region.failingSince = undefined
    if (error !== null) region.error = error
    region.state = decision.state
    region.heardAt = at
    if (this.#monitor.regions.length > 1) this.#vote(at)
    else if (decision.event?.kind === "went-down") this.#opened(at, decision.event.cause, region.failingSince)
    else if (decision.event?.kind === "recovered") this.#ended(at)
    if (check.region === this.#monitor.regions[0]) this.#judge(check, status, region.state)
  }

  /** `to`: the end of what is replayed, epoch milliseconds. Incidents that are open are told of as open. */
  finish(to: number): void {
    for (const watch of this.#watches) if (watch.open !== undefined) watch.tally.add(watch.open, undefined, to)
  }

  #vote(at: number): void {
    const votes = [...this.#regions].map(([name, { heardAt, state }]) =>
      voteOf(name, state, heardAt, at, this.#patience)
    )
    const { event, speaker, verdict } = judge(this.#verdict, votes, this.#monitor.quorum)
    this.#verdict = verdict
    if (event === "went-down") {
      const since = [...this.#regions.values()].map(({ failingSince }) => failingSince ?? at)
      this.#opened(at, this.#regions.get(speaker)?.error ?? unexplained, Math.min(...since))
    } else if (event === "recovered") this.#ended(at)
  }

  #opened(at: number, cause: CheckError, failingSince: number | undefined): void {
    for (const watch of this.#watches) {
      const { trigger } = watch.tally.rule.condition
      const isMissed = this.#monitor.isHeartbeat && isMissedCode(cause.code)
      if (trigger === "down" || (trigger === "heartbeat_missed" && isMissed)) {
        watch.open = this.#span(at, cause, failingSince)
      }
    }
  }

  #ended(at: number): void {
    for (const watch of this.#watches) {
      const { trigger } = watch.tally.rule.condition
      if (watch.open === undefined || (trigger !== "down" && trigger !== "heartbeat_missed")) continue
      watch.tally.add(watch.open, at, at)
      watch.open = undefined
    }
  }

  #judge({ at, certificate, isMaintenance, totalUs }: StoredCheck, status: CheckStatus, state: State): void {
    const observation: Observation = {
      status,
      totalUs,
      certificate,
      isFlapping: isFlapping(state.flapping),
      intervalMs: this.#monitor.intervalMs,
      maintenance: isMaintenance ? planned.maintenance : null
    }
    for (const watch of this.#watches) {
      const { condition } = watch.tally.rule
      if (condition.trigger === "down" || condition.trigger === "heartbeat_missed") continue
      lookBack(watch, condition, observation, at)
      const { memory, turn } = judgeRule({ id: "", condition }, watch.memory, observation, at)
      watch.memory = memory
      if (turn === undefined) continue
      if (turn.kind === "raised") watch.open = this.#span(at, turn.cause, watch.badSince)
      else if (turn.kind === "raised-again") watch.open?.again.push(at)
      else if (watch.open !== undefined) {
        watch.tally.add(watch.open, at, at)
        watch.open = undefined
      }
    }
  }

  #span(at: number, cause: CheckError, failingSince: number | undefined): SimulatedSpan {
    const { id, name } = this.#monitor
    return { monitorId: id, monitorName: name, firstFailureAt: failingSince ?? at, startedAt: at, cause, again: [] }
  }
}

/** A check that is degraded without an error was slow: whether that is too slow, the policy says as it is now. */
const evidenceOf = ({ attempts, error, found, totalUs }: StoredCheck): Evidence => ({
  status: found === "degraded" && error === null ? "up" : found,
  attempts,
  error,
  totalUs
})

/** Since when it has been like this: what looked otherwise in between for as long as the rule looks back ended it. */
const lookBack = (watch: Watch, condition: AlertCondition, observation: Observation, at: number): void => {
  if (watch.badSince !== undefined && at - watch.badAt > spanOf(condition, observation)) watch.badSince = undefined
  if (!isBad(condition, observation)) return
  watch.badSince ??= at
  watch.badAt = at
}

const isBad = (condition: AlertCondition, { isFlapping: flaps, status, totalUs }: Observation): boolean => {
  switch (condition.trigger) {
    case "degraded":
      return status === "degraded"
    case "slow_response":
      return totalUs !== null && totalUs > condition.aboveMs * 1000 && (status === "up" || status === "degraded")
    case "coverage_lost":
      return status === "unknown"
    case "flapping":
      return flaps || status === "down"
    default:
      return false
  }
}

/** Milliseconds. */
const spanOf = (condition: AlertCondition, { intervalMs }: Observation): number => {
  switch (condition.trigger) {
    case "slow_response":
    case "coverage_lost":
      return condition.windowSeconds * 1000
    case "flapping":
      return flapWindowMs
    default:
      return intervalMs * 1.5
  }
}
