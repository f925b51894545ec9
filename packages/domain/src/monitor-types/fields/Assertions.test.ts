/** Which assertions can be saved, and what is said of the others. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { assertionsOf } from "./Assertions.ts"

const Settings = Schema.Struct({ assertions: assertionsOf(["status", "total_ms", "header", "body", "json"]) })
const decode = (assertion: unknown) =>
  Schema.decodeUnknownEffect(Settings)({ assertions: [assertion] }, { errors: "all" })

const problem = (assertion: unknown) =>
  Effect.map(Effect.exit(decode(assertion)), (exit) => (Exit.isFailure(exit) ? String(exit) : ""))

describe("assertions", () => {
  it.effect("may be left out, and are hard unless they say otherwise", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(Settings)({}), { assertions: [] })
      assert.deepStrictEqual(yield* decode({ source: "status", operator: "equals", expected: 200 }), {
        assertions: [{ source: "status", operator: "equals", expected: 200, severity: "down" }]
      })
    })
  )

  it.effect.each([
    { source: "status", operator: "exists" },
    { source: "total_ms", operator: "less_than", expected: 0.5, severity: "degraded" },
    { source: "header", property: "X-A", operator: "equals", expected: "" },
    { source: "body", operator: "matches", expected: "^ok$" },
    { source: "body", property: "", operator: "contains", expected: "ok" },
    { source: "json", property: "$.a[0]", operator: "equals", expected: 1 },
    { source: "json", property: "$", operator: "equals", expected: "x" },
    { source: "json", property: "$.a", operator: "at_least", expected: 1 }
  ])("take %j", (assertion) => Effect.asVoid(decode(assertion)))

  it.effect.each<[assertion: unknown, field: string, sentence: string]>([
    [{ source: "status", operator: "contains", expected: "2" }, "operator", "This is a number: compare it"],
    [{ source: "body", operator: "less_than", expected: 2 }, "operator", "This is text: compare it"],
    [{ source: "total_ms", operator: "less_than", expected: "500" }, "expected", "Write a number"],
    [{ source: "total_ms", operator: "less_than" }, "expected", "Write a number"],
    [{ source: "json", property: "$", operator: "less_than", expected: "x" }, "expected", "Write a number"],
    [{ source: "header", operator: "exists" }, "property", "Write the name of a header"],
    [{ source: "header", property: "a b", operator: "exists" }, "property", "Write the name of a header"],
    [{ source: "status", property: "a", operator: "exists" }, "property", "leave it out"],
    [{ source: "json", operator: "exists" }, "property", "A JSON path begins with $"],
    [{ source: "json", property: "$..a", operator: "exists" }, "property", "A JSON path leads to one place"],
    [{ source: "body", operator: "matches", expected: "(" }, "expected", "This regular expression cannot be read"],
    [{ source: "body", operator: "matches", expected: 1 }, "expected", "Write a regular expression"],
    [{ source: "body", operator: "contains", expected: "" }, "expected", "Write the text to look for"],
    [{ source: "body", operator: "equals" }, "expected", "Write what it is compared with"],
    [{ source: "body", operator: "equals", expected: 1 }, "expected", "Write text, in quotes"],
    [{ source: "body", operator: "exists", expected: 1 }, "expected", "leave it out"],
    [{ source: "body", operator: "equals", expected: "a".repeat(1001) }, "expected", ""],
    [{ source: "record", operator: "exists" }, "source", ""],
    [{ source: "body", operator: "is", expected: "a" }, "operator", ""]
  ])("refuse %j at %s", ([assertion, field, sentence]) =>
    Effect.gen(function* () {
      const text = yield* problem(assertion)
      assert.include(text, `["assertions"][0]["${field}"]`)
      assert.include(text, sentence)
    })
  )

  it.effect("are 20 at most", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 21 }, () => ({ source: "status", operator: "exists" }))
      const exit = yield* Effect.exit(Schema.decodeUnknownEffect(Settings)({ assertions: many }))
      assert.include(String(exit), "At most 20 assertions")
    })
  )
})
