import { describe, expect, it } from "vitest"
import { groupOf, headline, isStatus, order, remainder } from "./status.ts"

const none = { total: 0, up: 0, degraded: 0, down: 0, unknown: 0, pending: 0, paused: 0, maintenance: 0 }
const say = (pieces: ReadonlyArray<{ text: string }> | undefined) => pieces?.map(({ text }) => text).join("")

describe("the first line of the list", () => {
  it.each([
    [none, "Nothing is watched yet.", undefined],
    [{ ...none, total: 1, up: 1 }, "1 up.", undefined],
    [{ ...none, total: 52, up: 52 }, "All 52 up.", undefined],
    [
      { ...none, total: 60, down: 2, degraded: 2, up: 52, unknown: 1, maintenance: 1, paused: 2 },
      "2 down, 2 degraded, 52 up.",
      "1 without data, 1 in maintenance, 2 paused."
    ],
    [{ ...none, total: 3, paused: 2, pending: 1 }, "2 paused, 1 waiting for the first check.", undefined],
    [{ ...none, total: 3, up: 2, pending: 1 }, "2 up.", "1 waiting for the first check."]
  ])("%j", (summary, first, rest) => {
    expect(say(headline(summary))).toBe(first)
    expect(say(remainder(summary))).toBe(rest)
  })

  it("makes the counts filters", () => {
    expect(headline({ ...none, total: 3, down: 1, up: 2 }).filter(({ status }) => status !== undefined)).toEqual([
      { text: "1 down", status: "down" },
      { text: "2 up", status: "up" }
    ])
  })
})

describe("states", () => {
  it("are grouped by what they ask of the reader", () => {
    expect(order.map(groupOf)).toEqual(["needs you", "needs you", "needs you", "planned", "planned", "fine", "fine"])
  })

  it("are known by name only", () => {
    expect([isStatus("down"), isStatus("Down"), isStatus(null)]).toEqual([true, false, false])
  })
})
