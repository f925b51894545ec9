import { describe, expect, it } from "vitest"
import { compared } from "./report.ts"

const cause = { code: "assertion_failed", message: "Expected that JSON $.db equals up, but it is down." }
const firstBad = { at: "2026-01-01T00:01:00.000Z", detail: null }
const good = { status: "200", server: "halyard/4.17", TLS: "TLSv1.3", body: "under 100 bytes" }
const lastGood = { at: "2026-01-01T00:00:00.000Z", traits: good }

describe("what an incident was opened with", () => {
  it("is told without the checks, what failed and what changed first", () => {
    const bad = { ...good, status: "503", server: "halyard/4.18" }
    const found = compared({ cause, evidence: { lastGood, firstBad: { ...firstBad, traits: bad } } }, undefined)
    expect(found?.goodAt).toBe(lastGood.at)
    expect(found?.differences.map(({ name, good, bad, isChanged }) => [name, good, bad, isChanged])).toEqual([
      ["Error", "none", cause.message, true],
      ["Status", "200", "503", true],
      ["Server header", "halyard/4.17", "halyard/4.18", true],
      ["TLS version", "TLSv1.3", "TLSv1.3", false],
      ["Body size", "under 100 bytes", "under 100 bytes", false]
    ])
  })

  it("marks nothing as changed when nothing answered", () => {
    const found = compared({ cause, evidence: { lastGood, firstBad: { ...firstBad, traits: {} } } }, undefined)
    expect(found?.differences.filter(({ isChanged }) => isChanged).map(({ name }) => name)).toEqual(["Error"])
  })

  it("is nothing to compare without a good check before", () => {
    const evidence = { lastGood: null, firstBad: { ...firstBad, traits: {} } }
    expect(compared({ cause, evidence }, undefined)).toBeUndefined()
    expect(compared({ cause, evidence: null }, undefined)).toBeUndefined()
  })
})
