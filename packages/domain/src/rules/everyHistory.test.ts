/** What holds of every history of checks, whatever is found, planned or configured: 13,000 generated ones. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type AlertCondition } from "../model/AlertRule.ts"
import { isRaised, judgeRule, type Observation, type RuleMemory, type RuleTurn } from "./alerts.ts"
import {
  decide,
  type Decision,
  type Evidence,
  type Facts,
  gradeOf,
  initial,
  type Policy,
  type State
} from "./decide.ts"
import { decideAgain, recordOfCheck, recordOfRule, recordOfVerdict } from "./decisionRecord.ts"
import { flapWindowMs, isFlapping, turnsToFlap } from "./flapping.ts"
import { judge, undecided, type Verdict, type Vote, voteOf } from "./quorum.ts"

const oneOf = <const A extends ReadonlyArray<string | number>>(...values: A) => Schema.Literals(values)

const Step = Schema.Struct({
  status: oneOf("up", "down", "up", "down", "degraded", "unknown"),
  attempts: oneOf(1, 2, 3),
  /** Until the next check, seconds. */
  after: oneOf(1, 10, 60, 60, 300, 1000),
  /** In one of two windows, or in none. */
  work: oneOf("none", "none", "none", "a", "b"),
  /** How many checks in a row are like this one. */
  times: oneOf(1, 1, 2, 5),
  totalUs: Schema.NullOr(oneOf(1_000, 40_000, 900_000)),
  certificate: oneOf(0, 1, 2)
})
const History = Schema.Array(Step).check(Schema.isMaxLength(40))
const AnyPolicy = Schema.Struct({
  confirmations: oneOf(0, 1, 2, 3),
  recoveryChecks: oneOf(1, 2, 3),
  degradedAfterMs: Schema.NullOr(oneOf(20, 500))
})

interface Check {
  readonly at: number
  readonly evidence: Evidence
  readonly facts: Facts
  readonly certificate: Observation["certificate"]
}

const start = 1_780_000_000_000
const error = { code: "connection_refused", message: "The connection was refused." }

const checksOf = (history: typeof History.Type): ReadonlyArray<Check> => {
  let at = start
  return history.flatMap(({ after, attempts, certificate, status, times, totalUs, work }) =>
    Array.from({ length: times }, () => {
      at += after * 1000
      return {
        at,
        evidence: { status, attempts, totalUs, error: status === "down" ? error : null },
        facts: { maintenance: work === "none" ? null : { id: work, name: `Work ${work}` } },
        certificate:
          certificate === 0
            ? null
            : { fingerprint256: `AB:${certificate}`, validTo: `2026-0${5 + certificate}-15T00:00:00Z` }
      }
    })
  )
}

interface Decided extends Decision {
  readonly check: Check
  readonly before: State
}

const decideAll = (checks: ReadonlyArray<Check>, policy: Policy): ReadonlyArray<Decided> => {
  let before = initial
  return checks.map((check) => {
    const decision = decide(before, check.evidence, policy, check.facts, check.at)
    const decided = { ...decision, check, before }
    before = decision.state
    return decided
  })
}

const kindsOf = (decided: ReadonlyArray<Decided>) => decided.flatMap(({ event }) => event?.kind ?? [])
const runs = (runs: number) => ({ arbitrary: { runs, size: 40 }, timeout: 60_000 })

describe("every history of a monitor", () => {
  it.prop(
    "opens and ends incidents in turns, never two at once; an end only after an opening",
    [History, AnyPolicy],
    ([history, policy]) => {
      const decided = decideAll(checksOf(history), policy)
      const turns = kindsOf(decided).filter((kind) => kind === "went-down" || kind === "recovered")
      turns.forEach((kind, index) => assert.strictEqual(kind, index % 2 === 0 ? "went-down" : "recovered"))
      for (const { event, state, before } of decided) {
        if (event?.kind === "went-down") assert.isFalse(before.isIncidentOpen)
        else if (event?.kind === "recovered") assert.isTrue(before.isIncidentOpen)
        else assert.strictEqual(state.isIncidentOpen, before.isIncidentOpen)
      }
    },
    runs(2_000)
  )

  it.prop(
    "opens no incident without a failing check, and none without its confirmations, all of them outside of planned work",
    [History, AnyPolicy],
    ([history, policy]) => {
      let failures = 0
      for (const { check, event } of decideAll(checksOf(history), policy)) {
        const { evidence, facts } = check
        if (evidence.status === "down") failures = facts.maintenance === null ? failures + evidence.attempts : 0
        else if (evidence.status !== "unknown") failures = 0
        if (event?.kind !== "went-down") continue
        assert.strictEqual(evidence.status, "down")
        assert.isAbove(failures, policy.confirmations)
      }
    },
    runs(2_000)
  )

  it.prop(
    "never opens an incident in planned work, and notes a failure in it once per window",
    [History, AnyPolicy],
    ([history, policy]) => {
      let noted: string | undefined
      for (const { check, event, state } of decideAll(checksOf(history), policy)) {
        const { maintenance } = check.facts
        if (maintenance === null) noted = undefined
        if (event?.kind === "failed-in-maintenance") {
          assert.isNotNull(maintenance)
          assert.notStrictEqual(noted, maintenance!.id)
          noted = maintenance!.id
        }
        if (maintenance === null) {
          assert.notStrictEqual(event?.kind, "failed-in-maintenance")
          if (check.evidence.status !== "unknown") assert.notStrictEqual(state.status, "maintenance")
        } else assert.notInclude(["went-down", "degraded"], event?.kind)
      }
    },
    runs(2_000)
  )

  it.prop(
    "is decided again to the same bytes, each decision by itself and all of them together",
    [History, AnyPolicy],
    ([history, policy]) => {
      const checks = checksOf(history)
      const records = decideAll(checks, policy).map((decided) => {
        const { check, before } = decided
        const { at, evidence, facts } = check
        return recordOfCheck({ at, before, evidence, facts, policy }, decided)
      })
      for (const record of records) assert.strictEqual(decideAgain(record), record)
      assert.deepStrictEqual(decideAll(checks, policy), decideAll(checks, policy))
    },
    runs(2_000)
  )

  it.prop(
    "remembers little, tells why with every event, and flaps within bounds",
    [History, AnyPolicy],
    ([history, policy]) => {
      const openings: Array<number> = []
      for (const { check, event, reasons, state } of decideAll(checksOf(history), policy)) {
        assert.isAtMost(state.flapping.turns.length, turnsToFlap)
        assert.isAtMost(state.successes, policy.recoveryChecks)
        assert.isBelow(JSON.stringify(state).length, 400)
        assert.strictEqual(reasons.length > 0, event !== undefined)
        if (isFlapping(state.flapping)) assert.isTrue(state.isIncidentOpen)
        if (event?.kind !== "went-down") continue
        openings.push(check.at)
        assert.isAtMost(openings.filter((at) => at > check.at - flapWindowMs).length, 6)
      }
    },
    runs(2_000)
  )
})

const conditions: ReadonlyArray<AlertCondition> = [
  { trigger: "degraded", checks: 2 },
  { trigger: "slow_response", percentile: 90, aboveMs: 100, windowSeconds: 600 },
  { trigger: "ssl_expiry", daysBefore: [30, 14, 7] },
  { trigger: "flapping" },
  { trigger: "coverage_lost", belowPercent: 80, windowSeconds: 600 },
  { trigger: "down" }
]

interface Judged {
  readonly condition: AlertCondition
  readonly before: RuleMemory | undefined
  readonly memory: RuleMemory | undefined
  readonly turn: RuleTurn | undefined
  readonly observation: Observation
  readonly at: number
}

const judgeAll = (history: typeof History.Type, policy: Policy, condition: AlertCondition): ReadonlyArray<Judged> => {
  let before: RuleMemory | undefined
  return decideAll(checksOf(history), policy).map(({ check, state }) => {
    const observation: Observation = {
      status: gradeOf(check.evidence, policy),
      totalUs: check.evidence.totalUs,
      certificate: check.certificate,
      isFlapping: isFlapping(state.flapping),
      intervalMs: 60_000,
      maintenance: check.facts.maintenance
    }
    const { memory, turn } = judgeRule({ id: "r", condition }, before, observation, check.at)
    const judged = { condition, before, memory, turn, observation, at: check.at }
    before = memory
    return judged
  })
}

describe("every history of a rule", () => {
  it.prop(
    "is raised and ended in turns, never raised in planned work, and remembers little",
    [History, AnyPolicy],
    ([history, policy]) => {
      for (const condition of conditions) {
        for (const { before, memory, observation, turn } of judgeAll(history, policy, condition)) {
          const wasRaised = isRaised(before)
          if (turn === undefined) assert.strictEqual(isRaised(memory), wasRaised)
          else {
            assert.strictEqual(wasRaised, turn.kind !== "raised")
            assert.strictEqual(isRaised(memory), turn.kind !== "ended")
            assert.isNotEmpty(turn.reasons)
            if (turn.kind !== "ended") assert.isNull(observation.maintenance)
          }
          assert.isBelow(JSON.stringify(memory ?? null).length, 3_000)
        }
      }
    },
    runs(500)
  )

  it.prop(
    "is judged again to the same bytes",
    [History, AnyPolicy],
    ([history, policy]) => {
      for (const condition of conditions) {
        for (const { at, before, memory, observation, turn } of judgeAll(history, policy, condition)) {
          const record = recordOfRule(
            { at, before: before ?? null, observation, rule: { id: "r", condition } },
            { memory, turn }
          )
          assert.strictEqual(decideAgain(record), record)
        }
      }
    },
    runs(500)
  )
})

const Turns = Schema.Array(
  Schema.Struct({
    region: oneOf("a", "b", "c"),
    status: oneOf("up", "degraded", "down", "unknown"),
    work: Schema.Boolean,
    after: oneOf(1, 30, 120)
  })
).check(Schema.isMaxLength(30))

describe("every history of three regions", () => {
  it.prop(
    "comes to the same in whatever order regions stand, never pages in planned work alone, and is judged again to the same bytes",
    [Turns, oneOf(1, 2, 3)],
    ([turns, quorum]) => {
      const states = new Map<string, State>(["a", "b", "c"].map((region) => [region, initial]))
      let verdict: Verdict = undecided
      let at = start
      let sawFailure = false
      for (const { after, region, status, work } of turns) {
        at += after * 1000
        const evidence = { status, attempts: 1, error: null, totalUs: null }
        const facts = { maintenance: work ? { id: "w", name: "Work" } : null }
        const policy = { confirmations: 0, recoveryChecks: 1, degradedAfterMs: null }
        states.set(region, decide(states.get(region)!, evidence, policy, facts, at).state)
        sawFailure ||= status === "down" && !work
        const votes: ReadonlyArray<Vote> = [...states].map(([name, state]) => voteOf(name, state, at, at, 1))
        const judgement = judge(verdict, votes, quorum)
        const reversed = judge(verdict, votes.toReversed(), quorum)
        assert.deepStrictEqual(reversed.verdict, judgement.verdict)
        assert.strictEqual(reversed.event, judgement.event)
        if (judgement.event === "went-down") {
          assert.isTrue(sawFailure)
          assert.isFalse(verdict.isIncidentOpen)
          assert.isAtLeast(votes.filter((vote) => vote.status === "down").length, quorum)
        }
        if (judgement.event === "recovered") assert.isTrue(verdict.isIncidentOpen)
        assert.strictEqual(judgement.event === undefined, judgement.reasons.length === 0)
        const record = recordOfVerdict({ before: verdict, votes, quorum }, judgement)
        assert.strictEqual(decideAgain(record), record)
        verdict = judgement.verdict
      }
    },
    runs(2_000)
  )
})
