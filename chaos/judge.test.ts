import { assert, describe, it } from "@effect/vitest"
import { decide, initial, ordinary } from "@v-insight/domain/rules/decide"
import { recordOfCheck } from "@v-insight/domain/rules/decisionRecord"
import { type Act, type Evidence, judge, type Row, type Tables } from "./judge.ts"

const intervalMs = 2_000
const monitor = {
  tenantId: "t",
  id: "m",
  isFlaky: false,
  intervalMs,
  confirmations: 0,
  recoveryChecks: 1
}
const act = (name: string, since: number, until: number, blindLimitMs: number): Act => ({
  name,
  since,
  until,
  calmMs: 0,
  effects: { blindLimitMs }
})
const check = (slot: number, status: Row["status"] = "up"): Row => ({
  monitor: "m",
  slot,
  checkedAt: slot + 10,
  status,
  attempts: 1,
  code: status === "down" ? "unexpected_status" : null,
  message: status === "down" ? "Bad." : null
})

/** Twenty seconds, a fault in the middle, all as it should be. */
const evidence: Evidence = {
  monitors: [monitor],
  acts: [act("start", 0, 10_000, 5_000), act("kill", 10_000, 18_000, 6_000), act("stop", 18_000, 20_000, 2_000)],
  seen: new Set(["m/4000"]),
  deliveries: [],
  trespasses: 0
}
const slots = Array.from({ length: 9 }, (_, index) => (index + 1) * intervalMs)
const tables: Tables = {
  rows: slots.map((slot) => check(slot)),
  states: [
    {
      monitor: "m",
      lastSlot: 18_000,
      status: "up",
      since: 2010,
      failures: 0,
      successes: 0,
      isIncidentOpen: false,
      flapping: { turns: [], since: null, isWell: false },
      notedIn: null
    }
  ],
  incidents: [],
  decisions: [],
  notifications: []
}
const without = (...missing: ReadonlyArray<number>): Tables => ({
  ...tables,
  rows: tables.rows.filter(({ slot }) => !missing.includes(slot))
})
const complaints = (changed: Tables, of: Evidence = evidence): string => judge(of, changed).complaints.join("; ")

describe("the judge of chaos", () => {
  it("has nothing to say of what is right", () => {
    assert.strictEqual(complaints(tables), "")
  })

  it("allows a fault its gap, and no longer one", () => {
    const short = judge(evidence, without(12_000, 14_000))
    assert.deepStrictEqual(short.complaints, [])
    assert.deepStrictEqual(
      short.figures.map(({ missedSlots }) => missedSlots),
      [0, 2, 0]
    )
    const strict = { ...evidence, acts: [evidence.acts[0]!, act("kill", 10_000, 18_000, 3_000), evidence.acts[2]!] }
    assert.match(complaints(without(12_000, 14_000), strict), /^kill: a monitor was not watched for 4000 ms/)
    assert.deepStrictEqual(judge(strict, without(12_000, 14_000), 2).complaints, [])
  })

  it("counts a gap for what it began with", () => {
    assert.match(complaints(without(4_000, 6_000, 8_000, 10_000)), /start: a monitor was not watched/)
  })

  it("misses a monitor that was never checked, or no more", () => {
    const never = { ...tables, rows: [], states: [{ ...tables.states[0]!, lastSlot: 0, status: "pending" as const }] }
    assert.match(complaints(never), /start: a monitor was not watched/)
    assert.match(complaints(without(...slots.slice(1))), /start: a monitor was not watched/)
  })

  it("sees a slot that was written twice", () => {
    assert.match(complaints({ ...tables, rows: [...tables.rows, check(18_000)] }), /1 slots were written twice/)
  })

  it("sees that a committed result is gone", () => {
    assert.match(complaints(without(4_000)), /1 results that were committed are gone/)
  })

  it("sees a state, an incident or a notification that does not follow from the checks", () => {
    const state = { ...tables.states[0]!, failures: 1 }
    assert.match(complaints({ ...tables, states: [state] }), /the state of m is not what its checks lead to/)
    const incidents = [{ id: "i", key: "m 4010 6010 unexpected_status Bad." }]
    assert.match(complaints({ ...tables, incidents }), /1 incidents are not what/)
    assert.match(complaints({ ...tables, incidents }), /2 notifications are not what/)
  })

  it("sees an incident that ought to be there, and a healthy target that was called down", () => {
    const rows = tables.rows.map((row) => (row.slot === 4_000 ? check(4_000, "down") : row))
    const states = [{ ...tables.states[0]!, since: 6010 }]
    const said = complaints({ ...tables, rows, states })
    assert.match(said, /1 incidents are not what/)
    assert.match(said, /1 checks of healthy targets say down/)
  })

  it("sees a decision that does not follow from the checks, or comes out otherwise when it is made again", () => {
    const evidence = { status: "up", attempts: 1, error: null, totalUs: null } as const
    const policy = { confirmations: 0, recoveryChecks: 1, degradedAfterMs: null }
    const basis = { before: initial, evidence, policy, facts: ordinary, at: 4_010 }
    const record = recordOfCheck(basis, decide(initial, evidence, policy, ordinary, 4_010))
    const key = "m 4010 went-down"
    assert.match(complaints({ ...tables, decisions: [{ key, record }] }), /1 decisions are not what/)
    assert.notMatch(complaints({ ...tables, decisions: [{ key, record }] }), /otherwise/)
    const forged = record.replace("4010", "4011")
    assert.match(complaints({ ...tables, decisions: [{ key, record: forged }] }), /1 decisions come out otherwise/)
  })

  it("sees two open incidents of one monitor", () => {
    const incidents = ["a", "b"].map((id) => ({ id, key: `m 4010 open ${id}` }))
    assert.match(complaints({ ...tables, incidents }), /1 monitors have more than one open incident/)
  })

  it("sees an end that is told before its beginning, and what was sent and never came", () => {
    const deliveries = [{ id: "n", incidentId: "i", type: "incident.resolved", at: 1_000 }]
    assert.match(complaints(tables, { ...evidence, deliveries }), /1 incidents were told to be over/)
    const notifications = [{ id: "n", key: "i incident.opened", status: "sent", sentAt: 2_000 }]
    assert.match(complaints({ ...tables, notifications }), /1 notifications count as sent and never came/)
  })

  it("sees a message that came twice though nobody was killed", () => {
    const delivery = { id: "n", incidentId: "i", type: "incident.opened", at: 11_000 }
    const deliveries = [delivery, { ...delivery, at: 12_000 }]
    assert.match(complaints(tables, { ...evidence, deliveries }), /kill: incident.opened came again/)
    const killed = { ...evidence.acts[1]!, effects: { blindLimitMs: 6_000, mayRepeat: true } }
    const acts = [evidence.acts[0]!, killed, evidence.acts[2]!]
    assert.strictEqual(complaints(tables, { ...evidence, acts, deliveries }), "")
  })

  it("sees writes of a worker that owns nothing", () => {
    assert.match(complaints(tables, { ...evidence, trespasses: 2 }), /2 writes came from a worker that did not own/)
  })

  it("wants every worker to end in order and in time", () => {
    const stop = {
      ...evidence.acts[2]!,
      effects: { blindLimitMs: 2_000, exits: [{ name: "w1", code: "SIGABRT", ms: 20 }] }
    }
    const acts = [evidence.acts[0]!, evidence.acts[1]!, stop]
    assert.match(complaints(tables, { ...evidence, acts }), /stop: w1 ended with SIGABRT/)
  })
})
