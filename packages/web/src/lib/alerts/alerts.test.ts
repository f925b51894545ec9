import type { AlertRule } from "@v-insight/domain/model/AlertRule"
import { describe, expect, it } from "vitest"
import { addressOf } from "./address.ts"
import { amountOf, amountText, secondsOf } from "./amounts.ts"
import { clockOf, hoursIn, hoursOf, hoursText, hoursValues, minuteOf, usualHours } from "./hours.ts"
import { mannersIn, mannersOf, mannersOfChannel, quietText } from "./manners.ts"
import { rulesHeadline, silence, slotTexts } from "./ruleText.ts"
import { newRule, ruleIn, ruleOf, type RuleValues, valuesOfRule } from "./ruleValues.ts"
import { slotIssues } from "./slotIssues.ts"
import { triggers, triggerText } from "./triggers.ts"

const offered = {
  monitors: [
    { id: "1", name: "Checkout" },
    { id: "2", name: "Labels" }
  ],
  channels: [
    { id: "a", name: "Ops", enabled: true },
    { id: "b", name: "Mail", enabled: false }
  ],
  policies: [{ id: "p", name: "Nights" }],
  tags: []
}
const usual = newRule("Europe/Berlin", ["a"])

/** What a browser would send. */
const formOf = (entries: ReadonlyArray<readonly [string, string]>): FormData => {
  const form = new FormData()
  for (const [name, value] of entries) form.append(name, value)
  return form
}

describe("a rule reads as a sentence while it is filled in", () => {
  const texts = (change: Partial<RuleValues>) => slotTexts({ ...usual, ...change }, offered)

  it.each([
    [{}, "any monitor"],
    [{ every: false }, "any monitor"],
    [{ every: false, monitorIds: ["1"] }, "Checkout"],
    [
      { every: false, monitorIds: ["1", "2"], tags: ["eu", "us", "web"] },
      "Checkout, Labels or any monitor tagged eu, us or web"
    ],
    [{ every: false, monitorIds: ["gone"] }, "a deleted monitor"]
  ])("scope %#", (change, text) => expect(texts(change).scope).toBe(text))

  it("says who, when, how often and what else", () => {
    expect(texts({})).toEqual({
      scope: "any monitor",
      trigger: "is down",
      channels: "Ops",
      delay: "at once",
      repeat: "once",
      hours: "at any time",
      severity: "critical",
      policy: "nobody"
    })
    const other = texts({
      channelIds: ["a", "b"],
      isDelayed: true,
      isRepeated: true,
      hours: { ...usual.hours, isLimited: true },
      severity: "warning",
      policyId: "p"
    })
    expect(other).toMatchObject({
      channels: "Ops and Mail",
      delay: "once it has lasted 5 minutes",
      repeat: "again every 30 minutes until somebody acknowledges",
      hours: "on weekdays from 08:00 to 18:00 (Europe/Berlin)",
      severity: "a warning",
      policy: "Nights"
    })
    expect(texts({ channelIds: ["gone"], policyId: "gone" })).toMatchObject({
      channels: "nobody",
      policy: "a deleted policy"
    })
  })

  it("has words for every trigger", () => {
    expect(triggers.map((trigger) => triggerText(trigger, usual.limits))).toEqual([
      "is down",
      "is degraded in 3 checks in a row",
      "answers slower than 800 ms (p95 of 10 minutes)",
      "has a certificate that expires in 30, 14, 7 or 1 days",
      "does not call in time",
      "goes up and down again and again",
      "got less than 90 % of its checks in 15 minutes"
    ])
    expect(triggerText("ssl_expiry", { ...usual.limits, daysBefore: "1" })).toMatch(/expires in 1 day$/)
    expect(triggerText("degraded", { ...usual.limits, checks: "1" })).toBe("is degraded")
  })
})

describe("who would be told", () => {
  const rule = (channelIds: ReadonlyArray<string>, enabled = true, escalates = false) => ({
    channelIds,
    enabled,
    escalates
  })
  it("is said when it is nobody", () => {
    expect(silence(rule(["a", "b"]), offered.channels)).toBeUndefined()
    expect(silence(rule([]), offered.channels)).toBe("Nobody would be told.")
    expect(silence(rule([], true, true), offered.channels)).toBeUndefined()
    expect(silence(rule(["b"]), offered.channels)).toBe("Nobody would be told: every channel of it is off.")
    expect(silence(rule(["a"], false), offered.channels)).toBe("This rule is off.")
    expect(rulesHeadline([rule([]), rule(["b"])], offered.channels)).toBe("Nobody would be told.")
    expect(rulesHeadline([rule(["a"])], offered.channels)).toBe("1 rule tells somebody.")
    expect(rulesHeadline([rule(["a"]), rule(["a"])], offered.channels)).toBe("2 rules tell somebody.")
  })
})

describe("a rule's form", () => {
  const stored = (change: object) =>
    ({
      id: "r",
      name: "Slow",
      scope: { monitorIds: ["1"], tags: ["eu"] },
      severity: "warning",
      channelIds: ["a"],
      delaySeconds: 90,
      repeatSeconds: 3600,
      activeHours: { timeZone: "UTC", days: ["sat", "sun"], from: 0, to: 1440 },
      escalationPolicyId: "p",
      enabled: true,
      condition: { trigger: "down" },
      ...change
    }) as unknown as AlertRule

  it.each([
    { trigger: "down" },
    { trigger: "heartbeat_missed" },
    { trigger: "flapping" },
    { trigger: "degraded", checks: 5 },
    { trigger: "slow_response", percentile: 99, aboveMs: 250, windowSeconds: 90 },
    { trigger: "ssl_expiry", daysBefore: [21, 0] },
    { trigger: "coverage_lost", belowPercent: 50, windowSeconds: 3600 }
  ])("keeps a condition that nobody touches: %o", (condition) => {
    expect(ruleOf(valuesOfRule(stored({ condition }), "UTC")).condition).toEqual(condition)
  })

  it("keeps all the rest", () => {
    const { id: _, condition, ...rest } = stored({}) as unknown as Record<string, unknown>
    const hours = { timeZone: "UTC", days: ["sat", "sun"], from: 0, to: 0 }
    expect(ruleOf(valuesOfRule(stored({}), "UTC"))).toEqual({ ...rest, condition, activeHours: hours })
    const bare = stored({ delaySeconds: 0, repeatSeconds: null, activeHours: null, escalationPolicyId: null })
    expect(ruleOf(valuesOfRule(bare, "UTC"))).toMatchObject({
      delaySeconds: 0,
      repeatSeconds: null,
      activeHours: null,
      escalationPolicyId: null
    })
  })

  it("is read as a browser sends it", () => {
    const form = formOf([
      ["trigger", "slow_response"],
      ["limit.percentile", "95"],
      ["limit.aboveMs", "much"],
      ["limit.slowMinutes", "10"],
      ["every", "some"],
      ["tag", "eu"],
      ["monitorId", "1"],
      ["channelId", "a"],
      ["severity", "info"],
      ["delayed", "yes"],
      ["delay.amount", "2"],
      ["delay.unit", "hours"],
      ["repeated", "no"],
      ["repeat.amount", "5"],
      ["repeat.unit", "minutes"],
      ["hours.on", "always"],
      ["policyId", ""],
      ["name", ""]
    ])
    expect(ruleOf(ruleIn(form))).toEqual({
      name: "Is slow",
      // What is no number goes as it is, for the API to name it.
      condition: { trigger: "slow_response", percentile: 95, aboveMs: "much", windowSeconds: 600 },
      scope: { monitorIds: ["1"], tags: ["eu"] },
      severity: "info",
      channelIds: ["a"],
      delaySeconds: 7200,
      repeatSeconds: null,
      activeHours: null,
      escalationPolicyId: null,
      enabled: false
    })
    expect(ruleIn(formOf([["trigger", "toString"]])).trigger).toBe("down")
  })
})

describe("amounts and hours", () => {
  it("are written in the largest unit that divides them", () => {
    expect([90, 60, 7200, 86_400, 0].map((seconds) => amountText(amountOf(seconds)))).toEqual([
      "90 seconds",
      "1 minute",
      "2 hours",
      "1 day",
      "0 seconds"
    ])
    expect(secondsOf({ amount: "1.5", unit: "hours" })).toBe(5400)
    expect(secondsOf({ amount: "", unit: "hours" })).toBe("")
  })

  it("are clock times", () => {
    expect([0, 510, 1439, 1440].map(clockOf)).toEqual(["00:00", "08:30", "23:59", "00:00"])
    expect(["08:30", "08:30:00", "half past"].map(minuteOf)).toEqual([510, 510, "half past"])
  })

  it("say which days, and whether they reach into the next one", () => {
    const text = (days: ReadonlyArray<string>, from: string, to: string) =>
      hoursText({ days, from, to, timeZone: "UTC" })
    expect(text(["mon", "wed"], "22:00", "06:00")).toBe("on Mon and Wed from 22:00 to 06:00 the next day (UTC)")
    expect(text(["sun", "sat"], "00:00", "00:00")).toBe("on weekends (UTC)")
    expect(text(["tue"], "08:00", "09:00")).toBe("on Tue from 08:00 to 09:00 (UTC)")
    expect(text([], "08:00", "09:00")).toBe("on no day from 08:00 to 09:00 (UTC)")
  })

  it("come back as they were given", () => {
    const given = { timeZone: "UTC", days: ["mon"], from: 60, to: 120 } as const
    const otherwise = usualHours("08:00", "18:00", "UTC")
    expect(hoursOf(hoursValues(given, otherwise))).toEqual(given)
    expect(hoursOf(hoursIn(formOf([["h.on", "always"]]), "h"))).toBeNull()
  })
})

describe("a channel's manners", () => {
  it("are quiet hours and a storm budget", () => {
    const form = formOf([
      ["quiet.on", "some"],
      ["quiet.day", "mon"],
      ["quiet.from", "22:00"],
      ["quiet.to", "06:00"],
      ["quiet.timeZone", "Europe/Berlin"],
      ["exceptCritical", "on"],
      ["storm.messages", "20"],
      ["storm.amount", "5"],
      ["storm.unit", "minutes"]
    ])
    const manners = mannersOf(mannersIn(form))
    expect(manners).toEqual({
      quietHours: { timeZone: "Europe/Berlin", days: ["mon"], from: 1320, to: 360, exceptCritical: true },
      stormBudget: { messages: 20, seconds: 300 }
    })
    expect(mannersOf(mannersOfChannel(manners as never, "UTC"))).toEqual(manners)
    expect(quietText(mannersIn(form))).toBe("on Mon from 22:00 to 06:00 the next day (Europe/Berlin), except critical")
  })
})

describe("a channel's address", () => {
  it.each([
    [{ url: "https://hooks.example.org/a" }, "hooks.example.org/a"],
    [{ to: "ops@example.org", host: "mail.example.org" }, "ops@example.org"],
    [{ server: "https://ntfy.sh", topic: "ops" }, "ntfy.sh ops"],
    [{ region: "eu" }, "eu"],
    [{}, "kept secret"]
  ])("is told in few words: %o", (settings, address) => expect(addressOf(settings)).toBe(address))
})

describe("what is wrong with a rule", () => {
  const problem = (issues: ReadonlyArray<{ path: string; message: string }>) =>
    ({ status: 422, code: "VALIDATION_ERROR", message: "", retryAfterSeconds: null, requestId: "", issues }) as const

  it("is told by slot, once, and in words", () => {
    const told = slotIssues(
      problem([
        { path: "condition.aboveMs", message: "Expected number" },
        { path: "condition.windowSeconds", message: "Expected number" },
        { path: "activeHours.timeZone", message: "Write a time zone by its IANA name, such as Europe/Berlin or UTC" },
        { path: "name", message: "Write a name" }
      ])
    )
    expect(told.map(({ slot }) => slot)).toEqual(["trigger", "hours"])
    expect(told.map(({ message }) => message).join(" ")).toMatch(/^Write the limits .* such as Europe\/Berlin or UTC$/)
    expect(slotIssues(undefined)).toEqual([])
  })
})
