import type { SimulatedRule, SimulationResult } from "@v-insight/domain/api/Simulations"
import { describe, expect, it } from "vitest"
import { newRule } from "./ruleValues.ts"
import { daysOf, figuresOf, isShort, marksOf, pagesOf, ticksOf, trialHeadline, trialLead, trialOf } from "./trial.ts"

const from = "2026-08-23T12:00:00.000Z"
const to = "2026-11-21T12:00:00.000Z"
const berlin = "Europe/Berlin"

const incident = (startedAt: string, minutes: number | null, toldAfter: number | null, pages = 1) =>
  ({
    monitorId: "m",
    monitorName: "Checkout",
    firstFailureAt: startedAt,
    startedAt,
    endedAt: minutes === null ? null : new Date(Date.parse(startedAt) + minutes * 60_000).toISOString(),
    toldAt: toldAfter === null ? null : new Date(Date.parse(startedAt) + toldAfter * 60_000).toISOString(),
    pages,
    cause: { code: "timeout", message: "It took too long." }
  }) as SimulatedRule["newest"][number]

const rule = (newest: SimulatedRule["newest"], change: Partial<SimulatedRule> = {}): SimulatedRule => ({
  monitors: 2,
  incidents: newest.length,
  untold: newest.filter(({ toldAt }) => toldAt === null).length,
  pages: newest.reduce((sum, { pages }) => sum + pages, 0),
  minutesDetected: 90,
  detectionDelay: { medianSeconds: 120, worstSeconds: 300 },
  newest,
  ...change
})
const result = (draft: SimulatedRule, present: SimulatedRule | null = null): SimulationResult => ({
  from,
  to,
  oldestCheckAt: from,
  checks: 1000,
  draft,
  present
})

const open = incident("2026-11-21T11:00:00.000Z", null, 2, 3)
const brief = incident("2026-10-07T12:00:00.000Z", 4, 0)
const untold = incident("2026-08-23T12:00:00.000Z", 1, null, 0)

describe("a dry run", () => {
  it("answers in its first line", () => {
    const headline = (pages: number) => trialHeadline(result(rule([], { pages })), 90)
    expect([0, 1, 2, 3].map(headline)).toEqual([
      "This rule would have paged nobody in 90 days.",
      "This rule would have paged once in 90 days.",
      "This rule would have paged twice in 90 days.",
      "This rule would have paged 3 times in 90 days."
    ])
  })

  it("stands beside the rule as it is kept", () => {
    const lead = (present: SimulatedRule | null) => trialLead(result(rule([open]), present))
    expect(lead(rule([open]))).toBe("The saved version would have paged 3 times.")
    expect(lead(rule([open, brief]))).toBe(
      "The saved version would have paged 4 times; one of those ended by itself within 5 minutes."
    )
    expect(lead(rule([brief, brief]))).toBe(
      "The saved version would have paged twice; 2 of those ended by themselves within 5 minutes."
    )
    expect(lead(rule([untold]))).toBe("The saved version would have paged nobody.")
    expect(lead(null)).toBe("People would have heard of a failure 2 minutes later, at worst 5 minutes later.")
    expect(trialLead(result(rule([], { detectionDelay: null })))).toBe("")
    const atOnce = rule([], { detectionDelay: { medianSeconds: 0, worstSeconds: 0 } })
    expect(trialLead(result(atOnce))).toBe("People would have heard of a failure at once.")
  })

  it("is a strip: what nobody was told of lies below what somebody was", () => {
    const marks = marksOf(rule([open, brief, untold]), { from, to }, berlin)
    expect(marks.map(({ kind, left }) => [kind, left])).toEqual([
      ["untold", 0],
      ["brief", 50],
      ["told", 100]
    ])
    expect(marks[1]?.title).toBe("7 Oct, Checkout")
  })

  it("names days as the reader's calendar does, when the clocks change within too", () => {
    expect(ticksOf({ from, to }, berlin).map(({ text }) => text)).toEqual(["1 Sept", "1 Oct", "1 Nov"])
  })

  it("tells each incident and the figures", () => {
    expect(pagesOf(rule([open, brief, untold]), to).map(({ lasted, told }) => `${lasted}, ${told}`)).toEqual([
      "1\u00a0h, still open, after 2\u00a0min, 3 times",
      "4\u00a0min, at once",
      "1\u00a0min, nobody"
    ])
    expect(Object.fromEntries(figuresOf(rule([open, untold])))).toMatchObject({
      Pages: "3",
      "Nobody told": "1",
      "Told after": "2\u00a0min",
      "At worst after": "5\u00a0min"
    })
    expect(Object.fromEntries(figuresOf(rule([], { detectionDelay: null })))).toMatchObject({ "Told after": "–" })
  })

  it("asks for what decides, and nothing else", () => {
    const { draft, ...rest } = trialOf({ ...newRule("UTC", ["a"]), isDelayed: true }, 30, "r")
    expect(draft).toEqual({
      condition: { trigger: "down" },
      scope: {},
      delaySeconds: 300,
      repeatSeconds: null,
      activeHours: null
    })
    expect(rest).toEqual({ days: 30, ruleId: "r" })
    expect(["90", "365", ""].map(daysOf)).toEqual([90, 7, 7])
  })

  it("says when less is kept than was asked for", () => {
    expect(isShort(result(rule([])))).toBe(false)
    expect(isShort({ ...result(rule([])), oldestCheckAt: "2026-10-22T00:00:00.000Z" })).toBe(true)
    expect(isShort({ ...result(rule([])), oldestCheckAt: null })).toBe(false)
  })
})
