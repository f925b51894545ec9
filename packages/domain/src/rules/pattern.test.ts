/** Patterns of people over texts of strangers: right, and never long at it. */
import { assert, describe, it } from "@effect/vitest"
import { cpuNow } from "../testing/cpuNow.ts"
import { maxPatternLength, occurs, patternProblem } from "./pattern.ts"

describe("a pattern", () => {
  it.each([
    ["ok", "all ok here", true],
    ["^ok$", "not ok", false],
    ["(?i)STATUS: (up|ok)", "status: OK", true],
    ["\\d{4}-\\d{2}", "since 2026-11", true],
    ["^b$", "a\nb\nc", false],
    ["(?m)^b$", "a\nb\nc", true],
    ["\u00fc.\u{1f44b}", "\u00fc \u{1f44b}", true],
    ["", "anything", false],
    ["(", "(", false]
  ])("%j in %j: %s", (pattern, text, isFound) => assert.strictEqual(occurs(pattern, text), isFound))

  it.each([
    ["a|b", undefined],
    ["", "Write a regular expression"],
    ["(", "This regular expression cannot be read: missing closing ): `(`"],
    ["a{2", undefined],
    ["(?=a)", "This regular expression cannot be read: "],
    ["(a)\\1", "This regular expression cannot be read: invalid escape sequence: `\\1`"],
    ["a{1001}", "This regular expression cannot be read: invalid repeat count: `{1001}`"],
    ["(a{30}){40}", "This regular expression cannot be read: "],
    ["a".repeat(maxPatternLength + 1), "A regular expression may have at most 500 characters"],
    ["(a{900}|b{900})", "This regular expression repeats too much: make its counts smaller"]
  ])("%j: %s", (pattern, problem) => {
    const said = patternProblem(pattern)
    if (problem === undefined) assert.isUndefined(said)
    else assert.include(said ?? "", problem)
  })

  it("looks at the first 64 KB", () => {
    assert.isTrue(occurs("x", `${"a".repeat(65_535)}x`))
    assert.isFalse(occurs("x", `${"a".repeat(65_536)}x`))
  })

  // Each of these keeps a backtracking engine busy for longer than the universe lasts, or RE2 for seconds without
  // bounds. Two seconds are for a busy machine: none takes half a second alone.
  it.each([
    "(a+)+$",
    "(a|aa)+$",
    "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^ab]",
    "[ab]*a[ab]{300}[ab]",
    "\\pL{900}\\d",
    "(?s).{990}$",
    "(?:a?){300}a{300}"
  ])("%s ends soon on any text", (pattern) => {
    const random = Array.from({ length: 70_000 }, (_, index) => "ab"[Math.floor(Math.sin(index * index) * 1e6) & 1])
    for (const text of ["a".repeat(70_000), random.join("")]) {
      const started = cpuNow()
      occurs(pattern, text)
      assert.isBelow(cpuNow() - started, 2_000)
    }
  })

  it("is right however many are in use", () => {
    for (let round = 0; round < 2; round++)
      for (let index = 0; index < 600; index++) {
        assert.isTrue(occurs(`^x${index}$`, `x${index}`))
        assert.isFalse(occurs(`^x${index}$`, "x"))
      }
  })
})
