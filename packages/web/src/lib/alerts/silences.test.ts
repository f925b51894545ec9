import { describe, expect, it } from "vitest"
import { matchersText, newSilence, rowsOfAddress, silenceIn, silenceOf, silencesHeadline } from "./silences.ts"

const id = "0e9a2b6e-6f0a-4d0c-9a6c-2d7f6a1b2c3d"
const monitors = [{ id, name: "Checkout API" }]
const now = Date.parse("2026-11-21T12:00:00Z")

describe("a silence", () => {
  it("is prefilled from the address, and from nothing else", () => {
    const params = new URLSearchParams(
      `matcher=monitor:equal:${id}&matcher=cause:not_equal:a:b&matcher=nothing&matcher=toString:equal:x`
    )
    expect(rowsOfAddress(params)).toEqual([
      { field: "monitor", is: "equal", value: id },
      { field: "cause", is: "not_equal", value: "a:b" }
    ])
    expect(newSilence([]).rows).toHaveLength(1)
  })

  it("reads as a sentence", () => {
    expect(
      matchersText(
        [
          { field: "monitor", is: "equal", value: id },
          { field: "tag", is: "not_equal", value: "eu" },
          { field: "severity", is: "equal", value: "warning" }
        ],
        monitors
      )
    ).toBe("Checkout API, not tagged eu, a warning")
    expect(matchersText([{ field: "monitor", is: "not_equal", value: id }], monitors)).toBe(
      "any monitor but Checkout API"
    )
    expect(matchersText([{ field: "cause", is: "equal", value: "connection_refused" }], [])).toBe(
      "caused by connection refused"
    )
    expect(matchersText([{ field: "trigger", is: "equal", value: "toString" }], [])).toBe("“toString”")
  })

  it("lasts from now on, from later on, or until a time on the reader's clock", () => {
    const form = (entries: ReadonlyArray<readonly [string, string]>) => {
      const data = new FormData()
      for (const [name, value] of [["reason", " Deploy "], ...entries] as const) data.append(name, value)
      return silenceOf(silenceIn(data), now, "Europe/Berlin")
    }
    const rows = [
      ["field", "monitor"],
      ["is", "equal"],
      ["value", id],
      ["field", "tag"],
      ["is", "equal"],
      ["value", ""]
    ] as const
    expect(form([...rows, ["duration", "3600"]])).toEqual({
      matchers: [{ field: "monitor", is: "equal", value: id }],
      reason: "Deploy",
      endsAt: "2026-11-21T13:00:00.000Z",
      noticeChannelId: null
    })
    expect(form([...rows, ["duration", "1800"], ["from", "2026-11-22T08:00"]])).toMatchObject({
      startsAt: "2026-11-22T07:00:00.000Z",
      endsAt: "2026-11-22T07:30:00.000Z"
    })
    expect(form([...rows, ["duration", "until"], ["until", "2026-11-22T08:00"]])).toMatchObject({
      endsAt: "2026-11-22T07:00:00.000Z"
    })
    // What says nothing goes as it is, for the API to name it.
    expect(
      form([
        ["field", "tag"],
        ["is", "equal"],
        ["value", ""],
        ["duration", "until"]
      ])
    ).toMatchObject({
      matchers: [{ field: "tag", is: "equal", value: "" }],
      endsAt: ""
    })
    expect(form([...rows, ["duration", "1e400"]]).endsAt).toBe("")
    expect(form([...rows, ["duration", "1e300"]]).endsAt).toBe("")
  })

  it("is counted while it holds", () => {
    expect(silencesHeadline([{ state: "over" }, { state: "coming" }])).toBe("Nothing is silenced.")
    expect(silencesHeadline([{ state: "active" }])).toBe("1 silence holds.")
  })
})
