import type { EscalationPolicy } from "@v-insight/domain/model/EscalationPolicy"
import { describe, expect, it } from "vitest"
import { changedSteps, type Choice, emptyStep, mostSteps, policiesHeadline, policySentence, swapped } from "./policy.ts"

const choices: ReadonlyArray<Choice> = [
  { value: "schedule:p", label: "Primary", group: "Whoever is on call in" },
  { value: "user:m", label: "mara@halyard.example", group: "People" },
  { value: "channel:o", label: "#ops", group: "Channels" }
]
const schedule = { type: "schedule", scheduleId: "p" }
const policy = (repeats: number, ...steps: ReadonlyArray<readonly [number, ...ReadonlyArray<object>]>) =>
  policySentence(
    {
      repeats,
      steps: steps.map(([waitSeconds, ...targets]) => ({ waitSeconds, targets }))
    } as unknown as EscalationPolicy,
    choices
  )

describe("a policy", () => {
  it("reads as a sentence", () => {
    expect(policy(0, [300, schedule], [600, { type: "user", userId: "m" }, { type: "channel", channelId: "o" }])).toBe(
      "After 5 minutes tell whoever is on call in Primary, then after 10 minutes more tell mara@halyard.example and #ops."
    )
    expect(policy(2, [0, schedule], [0, { type: "channel", channelId: "o" }])).toBe(
      "At once tell whoever is on call in Primary, then tell #ops. If nobody reacts, all of it again, 2 times."
    )
  })

  it("does not hide who is gone", () => {
    expect(policy(0, [60, { type: "schedule", scheduleId: "gone" }, { type: "user", userId: "gone" }])).toBe(
      "After 1 minute tell a deleted schedule and somebody who is gone."
    )
  })

  it("answers in the list's first line", () => {
    expect([0, 1, 2].map(policiesHeadline)).toEqual([
      "If nobody reacts, nobody else is told.",
      "1 policy tells others if nobody reacts.",
      "2 policies tell others if nobody reacts."
    ])
  })
})

describe("its form", () => {
  const step = (wait: string) => ({ wait, targets: [] })
  const values = { name: "", repeats: "0", steps: [step("1"), step("2"), step("3")] }
  const waits = (change: string) => changedSteps(values, change).steps.map(({ wait }) => wait)

  it("adds, takes away and changes places", () => {
    expect(waits("add")).toEqual(["1", "2", "3", emptyStep.wait])
    expect(waits("remove:1")).toEqual(["1", "3"])
    expect(waits("up:2")).toEqual(["1", "3", "2"])
    expect(waits("down:0")).toEqual(["2", "1", "3"])
  })

  it("does nothing where nothing can be done", () => {
    for (const change of ["up:0", "down:2", "remove:9", "remove:-1", "up:x", "nonsense:1", ""])
      expect(waits(change)).toEqual(["1", "2", "3"])
    expect(swapped([1, 2], 0, -1)).toEqual([1, 2])
    const full = { ...values, steps: Array.from({ length: mostSteps }, () => step("1")) }
    expect(changedSteps(full, "add").steps).toHaveLength(mostSteps)
  })
})
