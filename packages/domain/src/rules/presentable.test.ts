import { assert, describe, it } from "@effect/vitest"
import { type CheckOutcome, noTimings } from "../model/CheckOutcome.ts"
import { judge } from "./assertions.ts"
import { hideNothing, hiding } from "./hide.ts"
import { presentable } from "./presentable.ts"

const hostile = "\0\ud800 x"
const outcomeOf = (text: string, many: number): CheckOutcome => ({
  status: "down",
  timings: noTimings,
  httpStatus: 500,
  error: { code: "x", message: text },
  certificate: { subject: text, issuer: text, validFrom: "", validTo: "", fingerprint256: "" },
  address: null,
  attempts: 1,
  detail: {
    tlsVersion: text,
    redirects: Array.from({ length: many }, () => text),
    assertions: Array.from({ length: many }, () => ({
      assertion: text,
      actual: text,
      isMet: false,
      severity: "down" as const
    })),
    traits: Object.fromEntries(Array.from({ length: many }, (_, index) => [`${index}${text}`, text])),
    response: { headers: Array.from({ length: many }, () => [text, text]), body: text, isTruncated: false }
  }
})

describe("presentable", () => {
  it("leaves what is fine as it is", () => {
    const fine = outcomeOf("fine ☃", 3)
    assert.deepStrictEqual(presentable(fine, hideNothing), fine)
  })

  it("takes out what PostgreSQL cannot store", () => {
    const text = JSON.stringify(presentable(outcomeOf(hostile, 3), hideNothing))
    assert.notMatch(text, /\\u0000|\\ud8/)
    assert.include(text, "\ufffd\ufffd x")
  })

  it("takes out secrets everywhere", () => {
    const { detail, ...outcome } = presentable(outcomeOf("it is hunter22 again", 3), hiding(["hunter22"]))
    // What an assertion says is not the target's.
    const assertions = detail!.assertions.map(({ actual }) => actual)
    const text = JSON.stringify({ ...outcome, detail: { ...detail, assertions } })
    assert.notInclude(text, "hunter22")
  })

  it("does not tell whether an assertion has guessed a secret, but hides what was found", () => {
    const hide = hiding(["ghp_abcdefghijklmnopqrstuvwxyz"])
    const told = (expected: string, found: string) => {
      const { error, verdicts } = judge(
        [{ source: "header", property: "x", operator: "equals", expected, severity: "down" }],
        { timings: noTimings, headers: [["x", found]] },
        0
      )
      const outcome = outcomeOf("", 0)
      return presentable({ ...outcome, error, detail: { ...outcome.detail!, assertions: verdicts } }, hide)
    }
    for (const guess of ["ghp_a", "ghp_b", "ghp_abcdefghijklmnopqrs", "ghp_abcdefghijklmnopqrt"]) {
      const { detail, error } = told(guess, "ghp_abcdefghijklmnopqrstuvwxyz!")
      assert.strictEqual(error!.message, `Expected that header x equals ${guess}, but it is [secret]!.`)
      assert.strictEqual(detail!.assertions[0]!.assertion, `header x equals ${guess}`)
      assert.strictEqual(detail!.assertions[0]!.actual, "[secret]!")
    }
  })

  it("bounds everything", () => {
    const { detail, error } = presentable(outcomeOf("\u20ac".repeat(100_000), 1000), hideNothing)
    assert.strictEqual(error!.message.length, 1000)
    assert.isAtMost(Buffer.byteLength(detail!.response!.body), 65_536)
    assert.isTrue(detail!.response!.isTruncated)
    assert.isBelow(JSON.stringify({ ...detail, response: null }).length, 60_000)
    assert.isBelow(JSON.stringify(detail!.response!.headers).length, 20_000)
  })
})
