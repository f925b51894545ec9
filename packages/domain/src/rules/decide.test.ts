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

  it("defect 3: one failing try is not enough when one confirmation is asked for", () => {
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

/** Every second, or as said; the events by name, with the second. */
const tell = (
  history: ReadonlyArray<Evidence & { readonly at?: number; readonly work?: string }>,
  limits: Partial<Policy> = {}
) => {
  const policy = { confirmations: 1, recoveryChecks: 1, degradedAfterMs: null, ...limits }
  let state: State = initial
  const said: Array<string> = []
  const reasons: Array<string> = []
  history.forEach(({ at, work, ...evidence }, index) => {
    const facts = { maintenance: work === undefined ? null : { id: work, name: work } }
    const decision = decide(state, evidence, policy, facts, (at ?? index) * 1000)
    state = decision.state
    if (decision.event !== undefined) said.push(`${decision.event.kind} ${at ?? index}`)
    reasons.push(...decision.reasons.map(({ message }) => message))
  })
  return { state, said, reasons }
}
const during = (evidence: Evidence, work = "Upgrade") => ({ ...evidence, work })

describe("latency", () => {
  const took = (ms: number): Evidence => ({ ...up, totalUs: ms * 1000 })

  it("above the limit makes a good check degraded, and a bad one no better", () => {
    const { reasons, said, state } = tell([took(500), took(501), took(900), took(20)], { degradedAfterMs: 500 })
    assert.deepStrictEqual(said, ["degraded 1"])
    assert.deepStrictEqual(reasons, ["It took 501 ms; above 500 ms it is degraded."])
    assert.strictEqual(state.status, "up")
    assert.strictEqual(tell([{ ...down(2), totalUs: 1 }], { degradedAfterMs: 500 }).state.status, "down")
  })
})

describe("planned work", () => {
  it("defect 2: planned work opens no incident, and tells once per window why not", () => {
    const { reasons, said, state } = tell([up, during(down(2)), during(down(2)), during(up), during(down(2))])
    assert.deepStrictEqual(said, ["failed-in-maintenance 1"])
    assert.deepStrictEqual(reasons, [
      "The check failed: refused",
      "Nobody is told: maintenance “Upgrade” is on. What still fails after it is confirmed anew."
    ])
    assert.strictEqual(state.status, "maintenance")
    assert.lengthOf(tell([during(down(2), "a"), during(down(2), "b"), up, during(down(2), "b")]).said, 3)
  })

  it("confirms what fails after it anew", () => {
    const { said, state } = tell([down(1), during(down(2)), down(1)])
    assert.deepStrictEqual(said, ["failed-in-maintenance 1"])
    assert.strictEqual(state.status, "unknown")
    assert.deepStrictEqual(tell([during(down(2)), down(1), down(1)]).said.at(-1), "went-down 2")
  })

  it("leaves an incident open that was open before, and lets it end by good checks", () => {
    const open = tell([down(2), during(down(2))])
    assert.deepStrictEqual([open.said, open.state.status], [["went-down 0"], "down"])
    const over = tell([down(2), during(down(2)), during(up)])
    assert.deepStrictEqual([over.said, over.state.status], [["went-down 0", "recovered 2"], "maintenance"])
  })
})

describe("flapping", () => {
  const once = [down(2), up]
  const storm = [...once, ...once, ...once]

  it("begins with the fifth turn within an hour: from then on good checks end nothing", () => {
    const { reasons, said, state } = tell([...storm, ...once, ...once])
    assert.deepStrictEqual(said, ["went-down 0", "recovered 1", "went-down 2", "recovered 3", "went-down 4"])
    assert.isTrue(state.isIncidentOpen)
    assert.strictEqual(state.status, "down")
    assert.include(reasons.at(-1), "5 times within 60 minutes")
  })

  it("ends when it has kept well for 15 minutes", () => {
    const calm = (at: number) => ({ ...up, at })
    const { reasons, said } = tell([...storm, calm(600), calm(904), calm(905), calm(960)])
    assert.deepStrictEqual(said.slice(-1), ["recovered 905"])
    assert.include(reasons.at(-1), "15 minutes")
  })

  it("ends when it has kept down for 15 minutes: an hour later a good check is believed again", () => {
    const later = (evidence: Evidence, at: number) => ({ ...evidence, at })
    const { said } = tell([...storm, later(down(2), 10), later(down(2), 910), later(up, 970)])
    // Still too many turns within the hour: it flaps again, and is not taken for well at once.
    assert.deepStrictEqual(said.slice(-2), ["stopped-flapping 910", "began-flapping 970"])
    assert.deepStrictEqual(tell([...storm, later(down(2), 10), later(down(2), 910), later(up, 5000)]).said.slice(-2), [
      "stopped-flapping 910",
      "recovered 5000"
    ])
  })

  it("holds back a recovery that is the fifth turn", () => {
    const turns = [down(2), up, down(2), up].map((evidence, n) => ({ ...evidence, at: n * 1100 }))
    const last = [down(2), up].map((evidence, n) => ({ ...evidence, at: 4000 + n }))
    assert.deepStrictEqual(tell([...turns, ...last]).said.slice(-1), ["began-flapping 4001"])
  })

  it("is left alone by the same evidence once more: a state that says the same is the same object", () => {
    const policy = { confirmations: 1, recoveryChecks: 1, degradedAfterMs: null }
    const { state } = decide(initial, up, policy, ordinary, 0)
    assert.strictEqual(decide(state, up, policy, ordinary, 1).state, state)
  })

  it("is no storm when turns are rare", () => {
    const rare = Array.from({ length: 40 }, (_, n) => ({ ...(n % 2 === 0 ? down(2) : up), at: n * 1000 }))
    assert.lengthOf(tell(rare).said, 40)
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
