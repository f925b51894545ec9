import type { AlertRule } from "@v-insight/domain/model/AlertRule"
import { describe, expect, it } from "vitest"
import { channelsText, rulesHeadline, scopeText, silence } from "./sentence.ts"

const monitors = [
  { id: "1", name: "Checkout" },
  { id: "2", name: "Labels" }
]
const channels = [
  { id: "a", name: "Ops", enabled: true },
  { id: "b", name: "Mail", enabled: false }
]
const scope = (monitorIds: ReadonlyArray<string>, tags: ReadonlyArray<string>) =>
  ({ monitorIds, tags }) as AlertRule["scope"]
const rule = (channelIds: ReadonlyArray<string>, enabled = true) => ({ channelIds, enabled }) as unknown as AlertRule

describe("a rule reads as a sentence", () => {
  it.each([
    [scope([], []), "any monitor"],
    [scope(["1"], []), "Checkout"],
    [scope(["1", "2"], ["eu", "us", "web"]), "Checkout, Labels or any monitor tagged eu, us or web"],
    [scope(["gone"], []), "a deleted monitor"]
  ])("%#", (given, text) => {
    expect(scopeText(given, monitors)).toBe(text)
  })

  it("names who is told", () => {
    expect(channelsText(["a", "b"], channels)).toBe("Ops and Mail")
    expect(channelsText(["gone"], channels)).toBeUndefined()
  })

  it("says when nobody is", () => {
    expect(silence(rule(["a", "b"]), channels)).toBeUndefined()
    expect(silence(rule([]), channels)).toBe("Nobody would be told.")
    expect(silence(rule(["b"]), channels)).toBe("Nobody would be told: every channel of it is off.")
    expect(silence(rule(["a"], false), channels)).toBe("This rule is off.")
    expect(rulesHeadline([rule([]), rule(["b"])], channels)).toBe("Nobody would be told.")
    expect(rulesHeadline([rule(["a"]), rule(["a"])], channels)).toBe("2 rules tell somebody.")
  })
})
