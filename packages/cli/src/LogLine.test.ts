/** Lines of children as people see them. */
import { assert, describe, it } from "@effect/vitest"
import { format, isComplaint, parse } from "./LogLine.ts"

const now = "2026-01-02T03:04:05.678Z"

describe("LogLine", () => {
  it("shows a line of Effect's JSON logger with what was annotated", () => {
    const line = parse(
      JSON.stringify({
        level: "INFO",
        fiberId: "#1",
        timestamp: "2026-01-02T01:00:00.001Z",
        message: "listening",
        annotations: { port: 8080, host: "all of them" },
        spans: {}
      })
    )
    assert.strictEqual(format("api", line, now), '01:00:00.001 api       listening port=8080 host="all of them"')
  })

  it("names what is worse than information, and keeps one line", () => {
    const line = parse(JSON.stringify({ level: "error", message: "It broke", cause: "Error: x\n    at y" }))
    assert.isTrue(isComplaint(line))
    assert.strictEqual(format("web", line, now), '03:04:05.678 web       ERROR It broke cause="Error: x\\n    at y"')
  })

  for (const text of ["plain words", "{ no json", "[1]", '{"level":"info"}', "null"]) {
    it(`passes ${text} on as it is`, () => {
      assert.strictEqual(format("worker", parse(text), now), `03:04:05.678 worker    ${text}`)
    })
  }
})
