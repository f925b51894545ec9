import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type BelievedStatus, type DecisionEvent, initial } from "./decide.ts"
import { judge, type Judgement, majorityOf, patienceMs, undecided, type Verdict, type Vote, voteOf } from "./quorum.ts"

const vote = (region: string, status: BelievedStatus, since = 1, saidDown = status === "down"): Vote => ({
  region,
  status,
  since,
  saidDown
})
const votesOf = (...statuses: ReadonlyArray<BelievedStatus>) =>
  statuses.map((status, n) => vote(`r${n}`, status, n + 1))
const statusOf = (statuses: ReadonlyArray<BelievedStatus>, quorum: number, verdict: Verdict = undecided) =>
  judge(verdict, votesOf(...statuses), quorum).verdict.status

describe("a quorum of regions", () => {
  it.each<[ReadonlyArray<BelievedStatus>, number, BelievedStatus]>([
    [["up", "up", "up"], 2, "up"],
    [["up", "degraded", "up"], 2, "degraded"],
    [["down", "up", "up"], 2, "degraded"],
    [["down", "down", "up"], 2, "down"],
    [["down", "up", "unknown"], 2, "degraded"],
    [["down", "down", "unknown"], 2, "down"],
    [["down", "unknown", "unknown"], 2, "unknown"],
    [["up", "unknown", "unknown"], 2, "unknown"],
    [["up", "unknown"], 2, "unknown"],
    [["down", "up"], 1, "down"],
    [["up", "unknown"], 1, "up"],
    [["pending", "pending"], 2, "pending"],
    [["up", "pending"], 2, "pending"],
    [["unknown", "unknown", "unknown"], 1, "unknown"]
  ])("%j, of which it takes %i: %s", (statuses, quorum, expected) => {
    assert.strictEqual(statusOf(statuses, quorum), expected)
  })

  it("is more than half when nobody has said", () => {
    assert.deepStrictEqual([1, 2, 3, 4, 5].map(majorityOf), [1, 2, 2, 3, 3])
  })

  it("goes down when the K-th region does, not when the last one is heard", () => {
    const { event, speaker, verdict } = judge(
      undecided,
      [vote("a", "down", 30), vote("b", "up", 50), vote("c", "down", 20), vote("d", "down", 40)],
      2
    )
    assert.deepStrictEqual(verdict, { status: "down", since: 30, isIncidentOpen: true })
    assert.strictEqual(event, "went-down")
    assert.strictEqual(speaker, "a")
  })

  it("has not recovered because a region went blind that had found it down", () => {
    const down = judge(undecided, [vote("a", "down", 1), vote("b", "down", 2), vote("c", "up", 0)], 2).verdict
    const blind = judge(down, [vote("a", "down", 1), vote("b", "unknown", 9, true), vote("c", "up", 0)], 2)
    assert.deepStrictEqual(blind.verdict, { status: "unknown", since: 9, isIncidentOpen: true })
    assert.isUndefined(blind.event)
    const seen = judge(blind.verdict, [vote("a", "down", 1), vote("b", "up", 12), vote("c", "up", 0)], 2)
    assert.deepStrictEqual(seen.verdict, { status: "degraded", since: 12, isIncidentOpen: false })
    assert.strictEqual(seen.event, "recovered")
  })

  it("opens no second incident after a time in which nobody could see", () => {
    const down = judge(undecided, votesOf("down", "down"), 2).verdict
    const blind = judge(down, votesOf("unknown", "unknown"), 2)
    assert.strictEqual(blind.verdict.status, "unknown")
    assert.isUndefined(judge(blind.verdict, votesOf("down", "down"), 2).event)
  })

  it("calls a region blind that was not heard of for three intervals", () => {
    const patience = patienceMs({ intervalMs: 60_000, timeoutMs: 10_000, confirmations: 1 })
    assert.strictEqual(patience, 180_000)
    const state = { ...initial, status: "up" as const, since: 5_000 }
    assert.deepStrictEqual(voteOf("a", state, 10_000, 190_000, patience), vote("a", "up", 5_000))
    assert.deepStrictEqual(voteOf("a", state, 10_000, 190_001, patience), vote("a", "unknown", 190_000))
  })

  it("waits for a failing check with all its tries, however short the interval", () => {
    assert.strictEqual(patienceMs({ intervalMs: 10_000, timeoutMs: 10_000, confirmations: 10 }), 142_000)
  })
})

/** A result of a region: who, and what it believes then. */
const Turn = Schema.Struct({
  region: Schema.Literals(["a", "b", "c"]),
  status: Schema.Literals(["up", "degraded", "down", "unknown"])
})
const Turns = Schema.Array(Turn).check(Schema.isMaxLength(12))
const Quorum = Schema.Literals([1, 2, 3])

/** Applies turns one by one, looking after each. */
const replay = (turns: ReadonlyArray<typeof Turn.Type>, quorum: number) => {
  const votes = new Map<string, Vote>(["a", "b", "c"].map((region) => [region, vote(region, "pending", 0)]))
  const events: Array<DecisionEvent["kind"]> = []
  let judgement: Judgement = { verdict: undecided, event: undefined, speaker: "a", reasons: [] }
  for (const [n, { region, status }] of turns.entries()) {
    const saidDown = status === "unknown" ? votes.get(region)!.saidDown : status === "down"
    votes.set(region, vote(region, status, n + 1, saidDown))
    judgement = judge(judgement.verdict, [...votes.values()], quorum)
    if (judgement.event !== undefined) events.push(judgement.event)
  }
  return { events, judgement, votes: [...votes.values()] }
}

const permutationsOf = <A>(list: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  list.length < 2
    ? [list]
    : list.flatMap((first, n) => permutationsOf(list.toSpliced(n, 1)).map((rest) => [first, ...rest]))

describe("whatever the results", () => {
  it.prop("the order in which regions stand or are heard does not matter", [Turns, Quorum], ([turns, quorum]) => {
    const { judgement, votes } = replay(turns, quorum)
    for (const order of permutationsOf(votes)) {
      const { event, verdict } = judge(judgement.verdict, order, quorum)
      assert.deepStrictEqual(verdict, judgement.verdict)
      assert.isUndefined(event)
    }
  })

  it.prop(
    "one result of each region comes to the same in any order",
    [Schema.Tuple([Turn, Turn, Turn]), Quorum],
    ([[a, b, c], quorum]) => {
      const turns = [
        { ...a, region: "a" as const },
        { ...b, region: "b" as const },
        { ...c, region: "c" as const }
      ]
      const statuses = permutationsOf(turns).map((order) => replay(order, quorum).judgement.verdict.status)
      assert.lengthOf(new Set(statuses), 1)
    }
  )

  it.prop(
    "incidents open and close in turn, and down is never said by fewer than K",
    [Turns, Quorum],
    ([turns, quorum]) => {
      const { events, judgement, votes } = replay(turns, quorum)
      assert.deepStrictEqual(
        events,
        events.map((_, n) => (n % 2 === 0 ? "went-down" : "recovered"))
      )
      assert.strictEqual(judgement.verdict.isIncidentOpen, events.length % 2 === 1)
      const downs = votes.filter(({ status }) => status === "down").length
      const voters = votes.filter(({ status }) => status !== "unknown" && status !== "pending").length
      assert.strictEqual(judgement.verdict.status === "down", downs >= quorum)
      if (voters < quorum) assert.include(["unknown", "pending"], judgement.verdict.status)
    }
  )
})
