import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { AlertCondition } from "../model/AlertRule.ts"
import { essenceOf, isRaised, judgeRule, type Observation, type RuleMemory } from "./alerts.ts"

const minute = 60_000
const day = 86_400_000
const start = 1_780_000_000_000 - (1_780_000_000_000 % (60 * minute))
const fine: Observation = {
  status: "up",
  totalUs: 20_000,
  certificate: null,
  isFlapping: false,
  intervalMs: minute,
  maintenance: null
}
const work = { id: "w", name: "Upgrade" }

/** Judges one check after the other; tells what turned, and with which words. */
const replay = (
  condition: AlertCondition,
  checks: ReadonlyArray<Partial<Observation> & { readonly at?: number }>,
  before?: RuleMemory
) => {
  let memory = before
  const turns = checks.map(({ at, ...found }, index) => {
    const judged = judgeRule({ id: "r", condition }, memory, { ...fine, ...found }, at ?? start + index * minute)
    ;({ memory } = judged)
    return judged.turn
  })
  return {
    memory,
    kinds: turns.map((turn) => turn?.kind ?? "-"),
    messages: turns.flatMap((turn) => turn?.cause.message ?? [])
  }
}
const times = <A>(count: number, value: A): ReadonlyArray<A> => Array.from({ length: count }, () => value)

describe("degraded", () => {
  const rule = { trigger: "degraded", checks: 2 } as const
  const bad = { status: "degraded" } as const

  it("is raised by so many in a row, ended by three good ones in a row", () => {
    const { kinds, messages } = replay(rule, [bad, {}, bad, bad, bad, {}, {}, bad, {}, {}, {}, {}])
    assert.deepStrictEqual(kinds, ["-", "-", "-", "raised", "-", "-", "-", "-", "-", "-", "ended", "-"])
    assert.deepStrictEqual(messages, ["2 checks in a row were degraded.", "3 checks in a row were good again."])
  })

  it("is neither raised nor ended by what could not be looked at or is down", () => {
    assert.deepStrictEqual(replay(rule, [bad, { status: "unknown" }, bad]).kinds, ["-", "-", "raised"])
    assert.deepStrictEqual(replay(rule, [bad, { status: "down" }, bad]).kinds, ["-", "-", "-"])
    assert.isTrue(isRaised(replay(rule, [bad, bad, {}, {}, { status: "down" }, {}]).memory))
  })

  it("forgets what it saw in planned work", () => {
    const planned = { ...bad, maintenance: work }
    assert.deepStrictEqual(replay(rule, [bad, planned, planned, planned, bad, bad]).kinds, [...times(5, "-"), "raised"])
  })
})

describe("slow responses", () => {
  const rule = { trigger: "slow_response", percentile: 90, aboveMs: 100, windowSeconds: 600 } as const
  const slow = { totalUs: 150_000 }

  it("are raised by a percentile of the window, and end well below the limit", () => {
    const { kinds, messages } = replay(rule, [...times(9, {}), slow, slow, ...times(9, {}), {}])
    assert.strictEqual(kinds.indexOf("raised"), 10)
    assert.strictEqual(kinds.indexOf("ended"), 19)
    assert.match(messages[0]!, /^The 90th percentile of 10 durations within 600 s is 150 ms, above 100 ms\.$/)
  })

  it("need five of them, or all that a short window can have", () => {
    assert.deepStrictEqual(replay(rule, times(5, slow)).kinds, [...times(4, "-"), "raised"])
    const short = { ...rule, windowSeconds: 60 }
    assert.deepStrictEqual(replay(short, [slow]).kinds, ["raised"])
  })

  it("do not end at the limit itself", () => {
    const kinds = replay(rule, [...times(5, slow), ...times(20, { totalUs: 95_000 })]).kinds
    assert.notInclude(kinds, "ended")
  })

  it("are those of good checks outside of planned work", () => {
    assert.notInclude(replay(rule, times(20, { ...slow, status: "down" })).kinds, "raised")
    assert.notInclude(replay(rule, times(20, { ...slow, maintenance: work })).kinds, "raised")
  })

  it("are kept for no more than 120 checks, evenly over the window", () => {
    const everySecond = Array.from({ length: 4000 }, (_, index) => ({ at: start + index * 1000, intervalMs: 1000 }))
    const { memory } = replay({ ...rule, windowSeconds: 3600 }, everySecond)
    assert.strictEqual(memory?.trigger, "slow_response")
    const { samples } = memory as Extract<RuleMemory, { readonly trigger: "slow_response" }>
    assert.lengthOf(samples, 120)
    assert.isAbove(samples.at(-1)![0] - samples[0]![0], 3500 * 1000)
  })
})

describe("certificates", () => {
  const rule = { trigger: "ssl_expiry", daysBefore: [30, 7] } as const
  const ends = "2026-09-01T00:00:00Z"
  const endsAt = Date.parse(ends)
  const shown = (fingerprint256: string, validTo = ends) => ({ certificate: { fingerprint256, validTo } })
  const daysLeft = (days: number, found: Partial<Observation>) => ({ ...found, at: endsAt - days * day })

  it("are told of once per threshold", () => {
    const looks = [60, 30, 29, 8, 7, 6.9, 6].map((days) => daysLeft(days, shown("A")))
    const { kinds, messages } = replay(rule, looks)
    assert.deepStrictEqual(kinds, ["-", "raised", "-", "-", "raised-again", "-", "-"])
    assert.strictEqual(messages[0], "The certificate expires in 30 days, on 2026-09-01: renew it.")
  })

  it("end with another certificate, which has thresholds of its own", () => {
    const { kinds, messages } = replay(rule, [
      daysLeft(7, shown("A")),
      daysLeft(6, shown("B", "2027-09-01T00:00:00Z")),
      daysLeft(5, shown("B", "2027-09-01T00:00:00Z"))
    ])
    assert.deepStrictEqual(kinds, ["raised", "ended", "-"])
    assert.strictEqual(messages[1], "Another certificate is shown, valid until 2027-09-01.")
  })

  it("that are shown by turns, the old and the new one, are not told of by turns", () => {
    const looks = Array.from({ length: 20 }, (_, n) =>
      daysLeft(5 - n / 100, n % 2 === 0 ? shown("A") : shown("B", "2027-09-01T00:00:00Z"))
    )
    assert.deepStrictEqual(
      replay(rule, looks).kinds.filter((kind) => kind !== "-"),
      ["raised", "ended"]
    )
  })

  it("defect 13: a certificate that has expired alerts, though nobody asked for day 0 and nothing connects any more", () => {
    const failing = { status: "down", certificate: null } as const
    const { kinds, messages } = replay(rule, [daysLeft(60, shown("A")), daysLeft(-1, failing), daysLeft(-2, failing)])
    assert.deepStrictEqual(kinds, ["-", "raised", "-"])
    assert.strictEqual(messages[0], "The certificate expired on 2026-09-01: renew it.")
    assert.deepStrictEqual(replay(rule, [daysLeft(-400, { ...shown("A"), status: "down" })]).kinds, ["raised"])
  })

  it("are told of after planned work, not in it", () => {
    const { kinds } = replay(rule, [daysLeft(7, { ...shown("A"), maintenance: work }), daysLeft(6, shown("A"))])
    assert.deepStrictEqual(kinds, ["-", "raised"])
  })
})

describe("flapping", () => {
  it("follows the monitor", () => {
    const { kinds } = replay({ trigger: "flapping" }, [{}, { isFlapping: true }, { isFlapping: true }, {}, {}])
    assert.deepStrictEqual(kinds, ["-", "raised", "-", "ended", "-"])
  })
})

describe("lost coverage", () => {
  const rule = { trigger: "coverage_lost", belowPercent: 80, windowSeconds: 600 } as const
  const blind = { status: "unknown" } as const

  it("counts what could not be looked at, and ends when half of what was missing is back", () => {
    const { kinds, messages } = replay(rule, [...times(15, {}), ...times(3, blind), ...times(12, {})])
    assert.strictEqual(kinds.indexOf("raised"), 17)
    assert.strictEqual(messages[0], "7 of 10 checks that were due within 10 minutes were observed, below 80 %.")
    assert.include(kinds.slice(18), "ended")
  })

  it("counts checks that were never done, at the first one after them", () => {
    const after = { at: start + 40 * minute }
    assert.deepStrictEqual(replay(rule, [...times(15, {}), after]).kinds.at(-1), "raised")
  })

  it.prop(
    "is not told of when every check was done, be they a little late",
    [
      Schema.Literals([1, 7, 10, 60, 300, 600]),
      Schema.Literals([300, 420, 600, 3600]),
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 39 }))).check(Schema.isMinLength(7))
    ],
    ([interval, windowSeconds, late]) => {
      const intervalMs = interval * 1000
      const checks = Array.from({ length: Math.ceil(5000 / interval) + 3 }, (_, n) => ({
        at: start + 1234 + n * intervalMs + (late[n % late.length]! * intervalMs) / 100,
        intervalMs
      }))
      assert.notInclude(replay({ ...rule, belowPercent: 100, windowSeconds }, checks).kinds, "raised")
    },
    { arbitrary: { runs: 50 } }
  )

  it("is judged when the window has been watched in whole", () => {
    assert.notInclude(replay(rule, times(9, blind)).kinds, "raised")
    assert.include(replay(rule, times(12, blind)).kinds, "raised")
  })

  it("begins anew after a pause", () => {
    const { memory } = replay(rule, times(30, {}))
    const after = Array.from({ length: 5 }, (_, n) => ({ at: start + (500 + n) * minute }))
    assert.notInclude(replay(rule, after, essenceOf(memory!)).kinds, "raised")
  })
})

describe("a rule whose trigger was changed", () => {
  it("begins without what it knew", () => {
    const { memory } = replay({ trigger: "flapping" }, [{ isFlapping: true }])
    assert.isFalse(isRaised(replay({ trigger: "degraded", checks: 2 }, [{}], memory).memory))
  })
})
