import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { AlertTrigger } from "../model/AlertRule.ts"
import { Severity } from "../model/Severity.ts"
import { SilenceMatcher } from "../model/Silence.ts"
import { type ActiveSilence, isMatched, silenceOf, type SilenceSubject } from "./silences.ts"

const subject: SilenceSubject = {
  monitorId: "m1",
  monitorType: "http",
  tags: ["web", "eu"],
  trigger: "down",
  severity: "critical",
  cause: "timeout"
}
const matcher = (field: SilenceMatcher["field"], is: SilenceMatcher["is"], value: string): SilenceMatcher => ({
  field,
  is,
  value
})

describe("a silence", () => {
  it.each([
    ["the monitor", [matcher("monitor", "equal", "m1")], true],
    ["another monitor", [matcher("monitor", "equal", "m2")], false],
    ["one of the tags", [matcher("tag", "equal", "eu")], true],
    ["a tag it does not carry", [matcher("tag", "equal", "us")], false],
    ["that it lacks a tag", [matcher("tag", "not_equal", "us")], true],
    ["not what carries the tag", [matcher("tag", "not_equal", "web")], false],
    ["the kind", [matcher("type", "equal", "http")], true],
    ["the trigger", [matcher("trigger", "not_equal", "down")], false],
    ["the severity", [matcher("severity", "equal", "critical")], true],
    ["the cause", [matcher("cause", "equal", "timeout")], true],
    ["only what all matchers match", [matcher("type", "equal", "http"), matcher("cause", "equal", "refused")], false],
    ["what all matchers match", [matcher("tag", "equal", "web"), matcher("tag", "equal", "eu")], true],
    ["nothing without matchers", [], false]
  ] as const)("matches %s", (_, matchers, expected) => assert.strictEqual(isMatched(matchers, subject), expected))

  const silence = (endsAt: number, startsAt = 0): ActiveSilence => ({
    matchers: [matcher("type", "equal", "http")],
    reason: "work",
    startsAt,
    endsAt
  })

  it("holds from its beginning until before its end, the longest of several", () => {
    assert.strictEqual(silenceOf([silence(10)], subject, 10), undefined)
    assert.strictEqual(silenceOf([silence(10, 5)], subject, 4), undefined)
    assert.strictEqual(silenceOf([silence(10), silence(30), silence(20)], subject, 5)?.endsAt, 30)
  })

  const Subject = Schema.Struct({
    monitorId: Schema.String,
    monitorType: Schema.String,
    tags: Schema.Array(Schema.String),
    trigger: AlertTrigger,
    severity: Severity,
    cause: Schema.String
  })

  it.prop(
    "one matcher more never matches more",
    [Schema.Array(SilenceMatcher), SilenceMatcher, Subject],
    ([some, one, subject]) => {
      if (some.length > 0 && isMatched([...some, one], subject)) assert.isTrue(isMatched(some, subject))
    }
  )

  it.prop("a matcher and its contrary share out everything", [SilenceMatcher, Subject], ([one, subject]) => {
    const contrary = matcher(one.field, one.is === "equal" ? "not_equal" : "equal", one.value)
    assert.notStrictEqual(isMatched([one], subject), isMatched([contrary], subject))
  })
})
