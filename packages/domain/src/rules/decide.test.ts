import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { decide, type DecisionEvent, type Evidence, initial, ordinary, type Policy, type State } from "./decide.ts"

const cause = { code: "connection_refused", message: "refused" }
const up: Evidence = { status: "up", attempts: 1, error: null, totalUs: null }
const degraded: Evidence = { status: "degraded", attempts: 1, error: null, totalUs: null }
const blind: Evidence = { status: "unknown", attempts: 1, error: null, totalUs: null }
const down = (attempts = 1): Evidence => ({ status: "down", attempts, error: cause, totalUs: null })

const replay = (history: ReadonlyArray<Evidence>, limits: Omit<Policy, "degradedAfterMs">) => {
  const policy: Policy = { degradedAfterMs: null, ...limits }
  let state: State = initial
  const events: Array<DecisionEvent> = []
  history.forEach((evidence, index) => {
    const decision = decide(state, evidence, policy, ordinary, (index + 1) * 1000)
    state = decision.state
    const { event } = decision
    if (event?.kind === "went-down" || event?.kind === "recovered") events.push(event)
  })
  return { state, events }
}

describe("decide", () => {
  const once = { confirmations: 1, recoveryChecks: 1 }

  it("one failing try is not enough when one confirmation is asked for", () => {
    const { events, state } = replay([up, down(1)], once)
    assert.deepStrictEqual(events, [])
    assert.strictEqual(state.status, "up")
  })

  it("goes down within one slot when the confirmation fails too", () => {
    const { events, state } = replay([up, down(2)], once)
    assert.deepStrictEqual(events, [{ kind: "went-down", at: 2000, cause }])
    assert.strictEqual(state.status, "down")
    assert.strictEqual(state.since, 2000)
  })

  it("adds failing tries of neighbouring slots", () => {
    assert.lengthOf(replay([up, down(1), down(1)], once).events, 1)
  })

  it("forgets failing tries after a good check", () => {
    assert.lengthOf(replay([up, down(1), up, down(1)], once).events, 0)
  })

  it("opens at once without confirmations", () => {
    assert.lengthOf(replay([down(1)], { confirmations: 0, recoveryChecks: 1 }).events, 1)
  })

  it("opens one incident for one outage", () => {
    assert.lengthOf(replay([down(2), down(2), down(2)], once).events, 1)
  })

  it("recovers after as many good checks in a row as asked for", () => {
    const policy = { confirmations: 0, recoveryChecks: 2 }
    assert.deepStrictEqual(
      replay([down(), up, down(), up, up], policy).events.map(({ at, kind }) => [kind, at]),
      [
        ["went-down", 1000],
        ["recovered", 5000]
      ]
    )
    assert.strictEqual(replay([down(), up], policy).state.status, "down")
  })

  it("degraded is no outage, and ends one", () => {
    assert.deepStrictEqual(replay([degraded, degraded], once), {
      state: { ...initial, status: "degraded", since: 1000 },
      events: []
    })
    assert.strictEqual(replay([down(2), degraded], once).events[1]?.kind, "recovered")
  })

  it("a blind slot neither opens nor closes, and keeps the evidence around it", () => {
    assert.lengthOf(replay([up, blind, blind], once).events, 0)
    assert.lengthOf(replay([down(1), blind, down(1)], once).events, 1)
    const { events, state } = replay([down(2), blind, up], once)
    assert.deepStrictEqual(
      events.map(({ kind }) => kind),
      ["went-down", "recovered"]
    )
    assert.isFalse(state.isIncidentOpen)
  })
})

const AnyEvidence = Schema.Struct({
  status: Schema.Literals(["up", "degraded", "down", "unknown"]),
  attempts: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 })),
  error: Schema.Null,
  totalUs: Schema.Null
})
const History = Schema.Array(AnyEvidence).check(Schema.isMaxLength(60))
const AnyPolicy = Schema.Struct({
  confirmations: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
  recoveryChecks: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 }))
})

describe("every history", () => {
  it.prop("opens and closes in turns, never twice", [History, AnyPolicy], ([history, policy]) => {
    const kinds = replay(history, policy).events.map(({ kind }) => kind)
    kinds.forEach((kind, index) => assert.strictEqual(kind, index % 2 === 0 ? "went-down" : "recovered"))
  })

  it.prop(
    "has no incident without more failing tries in a row than confirmations",
    [History, AnyPolicy],
    ([history, policy]) => {
      for (const event of replay(history, policy).events) {
        if (event.kind !== "went-down") continue
        let failures = 0
        for (let index = event.at / 1000 - 1; index >= 0; index--) {
          const { attempts, status } = history[index]!
          if (status === "down") failures += attempts
          else if (status !== "unknown") break
        }
        assert.isAbove(failures, policy.confirmations)
      }
    }
  )

  it.prop("replays to the same end", [History, AnyPolicy], ([history, policy]) => {
    assert.deepStrictEqual(replay(history, policy), replay(history, policy))
  })

  it.prop(
    "ends with an open incident exactly when the last event opened one",
    [History, AnyPolicy],
    ([history, policy]) => {
      const { events, state } = replay(history, policy)
      assert.strictEqual(state.isIncidentOpen, events.at(-1)?.kind === "went-down")
    }
  )
})
