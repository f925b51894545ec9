import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { AlertCondition } from "../model/AlertRule.ts"
import type { CheckStatus } from "../model/CheckOutcome.ts"
import { decide, initial, ordinary } from "./decide.ts"
import { MonitorReplay, type ReplayedMonitor, type StoredCheck } from "./simulate.ts"
import { type ReplayedRule, RuleTally } from "./simulatedTally.ts"

const minute = 60_000
/** A Monday, 10:00 in UTC. */
const start = Date.parse("2026-11-16T10:00:00Z")
const error = { code: "connection_refused", message: "The connection was refused." }
const monitor: ReplayedMonitor = {
  id: "m",
  name: "Shop",
  isHeartbeat: false,
  intervalMs: minute,
  timeoutMs: 10_000,
  policy: { confirmations: 1, recoveryChecks: 1, degradedAfterMs: null },
  regions: ["default"],
  quorum: 1
}
const check = (at: number, found: CheckStatus, more: Partial<StoredCheck> = {}): StoredCheck => ({
  at,
  region: "default",
  found,
  isMaintenance: false,
  attempts: 1,
  totalUs: 20_000,
  error: found === "down" ? error : null,
  certificate: null,
  ...more
})
const down: AlertCondition = { trigger: "down" }
const ruleOf = (condition: AlertCondition, more: Partial<ReplayedRule> = {}): ReplayedRule => ({
  condition,
  delaySeconds: 0,
  repeatSeconds: null,
  activeHours: null,
  ...more
})

/** A check a minute: d down, u up, g degraded, ? unknown, D down in maintenance, M up in it. */
const letters: Readonly<Record<string, CheckStatus>> = { u: "up", M: "up", d: "down", D: "down", g: "degraded" }
const story = (text: string, more: Partial<StoredCheck> = {}): ReadonlyArray<StoredCheck> =>
  text.split("").map((letter, n) =>
    check(start + n * minute, letters[letter] ?? "unknown", {
      isMaintenance: letter === "D" || letter === "M",
      ...(letter === "g" ? { error } : {}),
      ...more
    })
  )

const replay = (checks: ReadonlyArray<StoredCheck>, rule: ReplayedRule, of: Partial<ReplayedMonitor> = {}) => {
  const tally = new RuleTally(rule)
  const one = new MonitorReplay({ ...monitor, ...of }, [tally])
  for (const each of checks) one.feed(each)
  one.finish((checks.at(-1)?.at ?? start) + minute)
  return tally.result
}
const at = (instant: number | null | undefined) =>
  instant === null || instant === undefined ? null : (instant - start) / minute
const timesOf = ({ newest }: ReturnType<typeof replay>) =>
  newest.map(({ endedAt, firstFailureAt, startedAt, toldAt }) => [firstFailureAt, startedAt, toldAt, endedAt].map(at))

describe("a replay of `down`", () => {
  it("tells of each outage: when it began, opened, was told of, and ended", () => {
    const result = replay(story("uudddduuuddu"), ruleOf(down))
    assert.deepStrictEqual(timesOf(result), [
      [9, 10, 10, 11],
      [2, 3, 3, 6]
    ])
    assert.deepInclude(result, { monitors: 1, incidents: 2, untold: 0, pages: 2, minutesDetected: 4 })
    assert.deepStrictEqual(result.detectionDelay, { medianSeconds: 60, worstSeconds: 60 })
  })

  it("does not tell of what is over before the delay is", () => {
    const result = replay(story("uudddduuuddu"), ruleOf(down, { delaySeconds: 120 }))
    assert.deepStrictEqual(
      timesOf(result).map(([, , told]) => told),
      [null, 5]
    )
    assert.deepInclude(result, { incidents: 2, untold: 1, pages: 1 })
    assert.deepStrictEqual(result.detectionDelay, { medianSeconds: 180, worstSeconds: 180 })
  })

  it("repeats until it is over", () => {
    assert.strictEqual(replay(story(`u${"d".repeat(11)}u`), ruleOf(down, { repeatSeconds: 180 })).pages, 4)
    assert.strictEqual(replay(story("udddu"), ruleOf(down, { repeatSeconds: 60 })).pages, 2)
  })

  it("leaves what is open at the end open", () => {
    const result = replay(story("udd"), ruleOf(down, { delaySeconds: 60 }))
    assert.deepStrictEqual(timesOf(result), [[1, 2, null, null]])
    assert.deepInclude(result, { incidents: 1, untold: 1, minutesDetected: 1 })
  })

  it("opens nothing in planned work", () => {
    assert.strictEqual(replay(story("uDDDMMu"), ruleOf(down)).incidents, 0)
    assert.deepStrictEqual(timesOf(replay(story("uDDDddu"), ruleOf(down))), [[4, 5, 5, 6]])
  })

  it("holds messages until the hours begin, and repeats within them", () => {
    const hours = { timeZone: "UTC", days: ["mon", "tue"], from: 600, to: 660 } as const
    const activeHours = { ...hours, days: [...hours.days] }
    // Down from 10:05 on Monday until 10:30 on Tuesday.
    const checks = [
      check(start, "up"),
      ...story("dd").map((one) => ({ ...one, at: one.at + 4 * minute })),
      check(start + 1470 * minute, "up")
    ]
    const result = replay(checks, ruleOf(down, { repeatSeconds: 1200, activeHours }))
    // 10:05, 10:25, 10:45; 11:05 waits until 10:00, then 10:20.
    assert.strictEqual(result.pages, 5)
    const evening = { ...activeHours, from: 1200, to: 1260 }
    assert.deepStrictEqual(timesOf(replay(checks, ruleOf(down, { activeHours: evening }))), [[4, 5, 600, 1470]])
    assert.strictEqual(replay(story("uddu"), ruleOf(down, { activeHours: evening })).untold, 1)
  })
})

describe("a replay of several regions", () => {
  const regions = ["eu", "us", "asia"]
  const from = (region: string, text: string) => story(text, { region })
  const together = (...all: ReadonlyArray<ReadonlyArray<StoredCheck>>) => all.flat().sort((a, b) => a.at - b.at)

  it("wants as many of them as the monitor does", () => {
    const checks = together(from("eu", "udddduu"), from("us", "uuuuuuu"), from("asia", "uuddduu"))
    assert.deepStrictEqual(timesOf(replay(checks, ruleOf(down), { regions, quorum: 2 })), [[1, 3, 3, 5]])
    assert.strictEqual(replay(checks, ruleOf(down), { regions, quorum: 3 }).incidents, 0)
    assert.strictEqual(replay(checks, ruleOf(down), { regions, quorum: 1 }).incidents, 1)
  })

  it("judges other rules in the first one, and leaves out regions of the past", () => {
    const checks = together(from("eu", "uggguuu"), from("us", "ggggggg"), from("gone", "ddddddd"))
    const rule = ruleOf({ trigger: "degraded", checks: 2 })
    assert.deepStrictEqual(timesOf(replay(checks, rule, { regions: ["eu", "us"], quorum: 1 })), [[1, 2, 2, 6]])
  })
})

describe("a replay of other rules", () => {
  it("of slow responses counts from the first slow check", () => {
    const rule = ruleOf({ trigger: "slow_response", percentile: 50, aboveMs: 100, windowSeconds: 300 })
    const checks = story("u".repeat(30)).map((one, n) => ({ ...one, totalUs: n >= 10 && n < 20 ? 200_000 : 20_000 }))
    assert.deepStrictEqual(timesOf(replay(checks, rule)), [[10, 12, 12, 22]])
  })

  it("of certificates pages again with each threshold", () => {
    const rule = ruleOf({ trigger: "ssl_expiry", daysBefore: [2, 1] })
    const certificate = { fingerprint256: "A", validTo: "2026-11-18T10:10:00Z" }
    const checks = story("u".repeat(3000), { certificate })
    assert.deepInclude(replay(checks, rule), { incidents: 1, pages: 3 })
  })

  it("of heartbeats is of heartbeat monitors whose call did not come", () => {
    const rule = ruleOf({ trigger: "heartbeat_missed" })
    const late = { error: { code: "heartbeat_late", message: "It is late." } }
    const of = { isHeartbeat: true, policy: { ...monitor.policy, confirmations: 0 } }
    const checks = [check(start, "up"), check(start + minute, "down", late), check(start + 2 * minute, "up")]
    assert.strictEqual(replay(checks, rule, of).incidents, 1)
    assert.strictEqual(replay(checks, rule, { ...of, isHeartbeat: false }).incidents, 0)
    assert.strictEqual(replay(story("uddu"), rule, of).incidents, 0)
  })

  it("takes degraded checks without an error for slow ones, and asks the policy of today", () => {
    const rule = ruleOf({ trigger: "degraded", checks: 1 })
    const slow = story("uuu").map((one) => ({ ...one, found: "degraded" as const, totalUs: 500_000 }))
    assert.strictEqual(replay(slow, rule, { policy: { ...monitor.policy, degradedAfterMs: 400 } }).incidents, 1)
    assert.strictEqual(replay(slow, rule, { policy: { ...monitor.policy, degradedAfterMs: 600 } }).incidents, 0)
  })
})

describe("whatever was found", () => {
  const Story = Schema.Array(Schema.Literals(["u", "d", "d", "g", "?"])).check(Schema.isMaxLength(60))

  it.prop("a replay opens and ends what the worker's reducer opens and ends", [Story], ([found]) => {
    const checks = story(found.join(""))
    let state = initial
    const turns: Array<number> = []
    for (const { at: now, attempts, error: cause, found: status, totalUs } of checks) {
      const evidence = { status, attempts, totalUs, error: cause }
      const decision = decide(state, evidence, monitor.policy, ordinary, now)
      ;({ state } = decision)
      if (decision.event?.kind === "went-down" || decision.event?.kind === "recovered") turns.push(now)
    }
    const { newest } = replay(checks, ruleOf(down))
    assert.deepStrictEqual(
      newest.toReversed().flatMap(({ endedAt, startedAt }) => (endedAt === null ? [startedAt] : [startedAt, endedAt])),
      turns
    )
  })
})
