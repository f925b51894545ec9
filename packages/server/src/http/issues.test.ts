/** What a caller reads who got a field wrong: never a name that only our code has. */
import { assert, it } from "@effect/vitest"
import { AlertRuleInput } from "@v-insight/domain/api/AlertRules"
import { MonitorInput, MonitorPatch } from "@v-insight/domain/api/Monitors"
import { AlertTrigger } from "@v-insight/domain/model/AlertRule"
import { AssertionOperator, AssertionSeverity } from "@v-insight/domain/model/Assertion"
import { monitorTypeNames } from "@v-insight/domain/monitor-types/registry"
import { Result, Schema } from "effect"
import { issuesOf } from "./issues.ts"

const decode = Schema.decodeUnknownResult(
  Schema.Struct({ trigger: AlertTrigger, operator: AssertionOperator, severity: AssertionSeverity })
)

it("says what may stand there", () => {
  const found = decode({ trigger: "x", operator: 7, severity: null }, { errors: "all" })
  const issues = Result.isFailure(found) ? issuesOf(found.failure.issue) : []
  assert.deepStrictEqual(
    issues.map(({ path, message }) => [path, message.split(" ").slice(0, 2).join(" ")]),
    [
      ["trigger", "Write down,"],
      ["operator", "Write how"],
      ["severity", "Write down"]
    ]
  )
})

/** Path and sentence of everything that is wrong with `input`. */
const wrong = (schema: Schema.Codec<unknown, unknown>, input: unknown) => {
  const found = Schema.decodeUnknownResult(schema)(input, { errors: "all", onExcessProperty: "error" })
  return Result.isFailure(found) ? issuesOf(found.failure.issue).map(({ path, message }) => [path, message]) : []
}

it("says what to send instead of what is of the wrong type", () => {
  const schema = Schema.Struct({
    count: Schema.Int,
    note: Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.isMaxLength(3)))),
    isOn: Schema.Boolean,
    either: Schema.Union([Schema.String, Schema.Number]).annotate({ identifier: "TextOrNumber" }),
    level: Schema.Literals(["low", "middle", "high"]).annotate({ identifier: "Level" }),
    rows: Schema.Array(Schema.Struct({ name: Schema.String }).annotate({ identifier: "Row" })),
    headers: Schema.Record(Schema.String, Schema.String),
    page: Schema.FiniteFromString
  })
  const input = {
    count: "1",
    note: 7,
    isOn: "yes",
    either: true,
    level: "no",
    rows: ["x", { name: 1 }],
    headers: [],
    page: 3
  }
  assert.deepStrictEqual(wrong(schema, input), [
    ["count", "Write a number"],
    ["note", "Write text"],
    ["isOn", "Write true or false"],
    ["either", "Write text or a number"],
    ["level", "Write low, middle or high"],
    ["rows.0", "Send an object"],
    ["rows.1.name", "Write text"],
    ["headers", "Send an object of names and values"],
    ["page", "Write text"]
  ])
  assert.deepStrictEqual(wrong(Schema.Struct({ rows: Schema.Array(Schema.Null) }), { rows: 5 }), [
    ["rows", "Send a list"]
  ])
})

it("shows no name of a schema for a monitor of any kind", () => {
  const kinds = monitorTypeNames.flatMap((type) =>
    ["x", 5, null, []].flatMap((settings) => wrong(MonitorInput, { type, settings }))
  )
  assert.lengthOf(kinds, monitorTypeNames.length * 4)
  for (const issue of kinds)
    assert.deepStrictEqual(issue, ["settings", "Send an object with the settings of this kind"])
  const settings = { url: 5, headers: "x", followRedirects: "yes", token: 7, expectedStatus: false, method: {} }
  const found = wrong(MonitorInput, { type: "http", settings, inverted: "no", intervalSeconds: "60", tags: "a" })
  assert.sameMembers(
    found.map(([path]) => path!),
    [...Object.keys(settings).map((name) => `settings.${name}`), "inverted", "intervalSeconds", "tags"]
  )
  for (const [, message] of found) assert.match(message!, /^(Write|Send) [a-z]/)
})

it("puts rules in words", () => {
  const input = { name: " a", settings: 5, intervalSeconds: 1.5, timeoutSeconds: 61 }
  assert.deepStrictEqual(wrong(MonitorPatch, input), [
    ["name", "Leave out blanks at the beginning and at the end"],
    ["settings", "Send an object with the settings of this kind"],
    ["intervalSeconds", "Write a whole number"],
    ["timeoutSeconds", "Write a number between 1 and 60"]
  ])
  const rule = { name: "a", condition: { trigger: "down" }, channelIds: ["x"] }
  assert.deepStrictEqual(wrong(AlertRuleInput, rule), [["channelIds.0", "Write the id as it was given: a UUID"]])
})
