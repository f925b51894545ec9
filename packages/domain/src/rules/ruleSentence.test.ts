import { assert, describe, it } from "@effect/vitest"
import type { ActiveHours } from "../model/ActiveHours.ts"
import { type AlertCondition, alertRuleDefaults } from "../model/AlertRule.ts"
import { duration, hoursText, ruleSentence } from "./ruleSentence.ts"

type Rule = Parameters<typeof ruleSentence>[0]
type Names = Parameters<typeof ruleSentence>[1]

const rule: Rule = { ...alertRuleDefaults, condition: { trigger: "down" }, tags: [] }
const names: Names = { monitors: [], monitorCount: 0, channels: ["Pager"], policy: null }
const office: ActiveHours = {
  timeZone: "Europe/Berlin",
  days: ["mon", "tue", "wed", "thu", "fri"],
  from: 480,
  to: 1080
}

describe("a rule reads back", () => {
  it("as one sentence with everything that it says", () => {
    const said = ruleSentence(
      { ...rule, tags: ["prod"], delaySeconds: 120, repeatSeconds: 1800, activeHours: office },
      { ...names, channels: ["#ops", "Ana's phone"] }
    )
    assert.strictEqual(
      said,
      "When any monitor tagged prod is down for 2 minutes, tell #ops and Ana's phone at once, again every 30 minutes until somebody acknowledges, on weekdays from 08:00 to 18:00 (Europe/Berlin)."
    )
  })

  const conditions: ReadonlyArray<readonly [AlertCondition, string]> = [
    [{ trigger: "down" }, "is down"],
    [{ trigger: "heartbeat_missed" }, "does not call in time"],
    [{ trigger: "degraded", checks: 1 }, "is degraded"],
    [{ trigger: "degraded", checks: 3 }, "is degraded in 3 checks in a row"],
    [
      { trigger: "slow_response", percentile: 95, aboveMs: 800, windowSeconds: 300 },
      "answers slower than 800 ms (the 95th percentile of 5 minutes)"
    ],
    [
      { trigger: "slow_response", percentile: 50, aboveMs: 1200, windowSeconds: 90 },
      "answers slower than 1200 ms (the median of 1 minute and 30 seconds)"
    ],
    [{ trigger: "ssl_expiry", daysBefore: [1] }, "has a certificate that expires in 1 day"],
    [{ trigger: "ssl_expiry", daysBefore: [7, 30, 14] }, "has a certificate that expires in 30, 14 or 7 days"],
    [{ trigger: "ssl_expiry", daysBefore: [0, 7] }, "has a certificate that expires in 7 days or has expired"],
    [{ trigger: "ssl_expiry", daysBefore: [0] }, "has a certificate that has expired"],
    [{ trigger: "flapping" }, "goes up and down again and again"],
    [
      { trigger: "coverage_lost", belowPercent: 90, windowSeconds: 600 },
      "got less than 90 % of its checks in 10 minutes"
    ]
  ]
  for (const [condition, text] of conditions) {
    it(`of ${condition.trigger}: ${text}`, () => {
      assert.strictEqual(ruleSentence({ ...rule, condition }, names), `When any monitor ${text}, tell Pager at once.`)
    })
  }

  it("with a delay, whatever the trigger is", () => {
    const said = ruleSentence({ ...rule, condition: { trigger: "flapping" }, delaySeconds: 60 }, names)
    assert.strictEqual(
      said,
      "When any monitor goes up and down again and again and that lasts for 1 minute, tell Pager at once."
    )
  })

  it("with severity, and with whom else it brings in", () => {
    assert.strictEqual(
      ruleSentence({ ...rule, severity: "warning" }, { ...names, policy: "Night shift" }),
      "When any monitor is down, tell Pager at once, as a warning, and follow Night shift until somebody acknowledges."
    )
    assert.strictEqual(
      ruleSentence({ ...rule, severity: "info" }, { ...names, channels: [] }),
      "When any monitor is down, tell no channel at once, for information."
    )
  })

  const scopes: ReadonlyArray<readonly [ReadonlyArray<string>, ReadonlyArray<string>, number, string]> = [
    [[], [], 0, "any monitor"],
    [["a", "b"], [], 0, "any monitor tagged a or b"],
    [[], ["Shop"], 1, "Shop"],
    [[], ["A", "B", "C", "D"], 4, "A, B, C or D"],
    [[], ["A", "B", "C", "D"], 5, "A, B, C or 2 other monitors"],
    [["a"], ["Shop", "Blog"], 2, "Shop, Blog or any monitor tagged a"],
    // Its monitors are there, but none of them has a name to tell.
    [[], [], 1, "1 other monitor"]
  ]
  for (const [tags, monitors, monitorCount, text] of scopes) {
    it(`of ${text}`, () => {
      const said = ruleSentence({ ...rule, tags }, { ...names, monitors, monitorCount })
      assert.strictEqual(said, `When ${text} is down, tell Pager at once.`)
    })
  }
})

describe("hours", () => {
  const times: ReadonlyArray<readonly [Partial<ActiveHours>, string]> = [
    [{}, "on weekdays from 08:00 to 18:00 (Europe/Berlin)"],
    [{ days: ["sun", "sat"], timeZone: "UTC" }, "on weekends from 08:00 to 18:00 (UTC)"],
    [{ days: ["tue", "mon", "fri"] }, "on Monday, Tuesday and Friday from 08:00 to 18:00 (Europe/Berlin)"],
    [{ from: 1320, to: 360 }, "on weekdays from 22:00 to 06:00 the next day (Europe/Berlin)"],
    [{ from: 0, to: 1440 }, "on weekdays (Europe/Berlin)"],
    [
      { days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: 90, to: 1440 },
      "every day from 01:30 to 24:00 (Europe/Berlin)"
    ]
  ]
  for (const [hours, text] of times)
    it(`are told: ${text}`, () => assert.strictEqual(hoursText({ ...office, ...hours }), text))
})

it("durations are told in the largest units that fit", () => {
  assert.deepStrictEqual([0, 1, 59, 60, 90, 3600, 5400, 86_400, 90_061].map(duration), [
    "0 seconds",
    "1 second",
    "59 seconds",
    "1 minute",
    "1 minute and 30 seconds",
    "1 hour",
    "1 hour and 30 minutes",
    "1 day",
    "1 day, 1 hour, 1 minute and 1 second"
  ])
})
