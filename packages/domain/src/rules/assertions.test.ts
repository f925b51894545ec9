/** What is expected of an answer, and what is said when it is not so. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Assertion, AssertionOperator, AssertionSeverity, AssertionSource } from "../model/Assertion.ts"
import { Certificate, noTimings, Timings } from "../model/CheckOutcome.ts"
import { cpuNow } from "../testing/cpuNow.ts"
import { type Findings, judge } from "./assertions.ts"

const now = Date.UTC(2026, 10, 21)

const findings: Findings = {
  status: 200,
  timings: { ...noTimings, totalUs: 123_456, dnsUs: 1500 },
  headers: [
    ["content-type", "application/json"],
    ["set-cookie", "session=abc; HttpOnly"],
    ["vary", "accept"],
    ["vary", "origin"]
  ],
  text: '{"state":"up","items":[{"price":"12.50","stock":0,"tags":[]}],"note":null,"ok":true}\n',
  bodyBytes: 86,
  certificate: {
    subject: "CN=example.org",
    issuer: "CN=Example CA",
    validFrom: "2026-01-01T00:00:00.000Z",
    validTo: "2026-12-01T12:00:00.000Z",
    fingerprint256: "AA"
  },
  tlsVersion: "TLSv1.3",
  records: ["192.0.2.1", "192.0.2.2"]
}

const one = (assertion: Omit<Assertion, "severity">, of: Findings = findings) =>
  judge([{ ...assertion, severity: "down" }], of, now).verdicts[0]!

type Case = [
  source: AssertionSource,
  property: string,
  operator: AssertionOperator,
  expected: string | number | undefined
]

const met: ReadonlyArray<Case> = [
  ["status", "", "equals", 200],
  ["status", "", "not_equals", 404],
  ["status", "", "less_than", 201],
  ["status", "", "at_most", 200],
  ["status", "", "greater_than", 199],
  ["status", "", "at_least", 200],
  ["status", "", "exists", undefined],
  ["total_ms", "", "less_than", 123.5],
  ["dns_ms", "", "equals", 1.5],
  ["tls_ms", "", "not_exists", undefined],
  ["tls_ms", "", "not_equals", 1],
  ["body_bytes", "", "at_most", 86],
  ["certificate_days", "", "equals", 10],
  ["certificate_issuer", "", "contains", "Example CA"],
  ["certificate_subject", "", "equals", "CN=example.org"],
  ["tls_version", "", "matches", "^TLSv1\\.[23]$"],
  ["header", "Content-Type", "contains", "json"],
  ["header", "vary", "equals", "origin"],
  ["header", "vary", "not_contains", "cookie"],
  ["header", "x-powered-by", "not_exists", undefined],
  ["header", "x-powered-by", "not_matches", "PHP"],
  ["body", "", "matches", '"state":"(up|ok)"'],
  ["body", "", "not_contains", "error"],
  ["record", "", "equals", "192.0.2.2"],
  ["record", "", "not_equals", "192.0.2.3"],
  ["json", "$.state", "equals", "up"],
  ["json", "$.items[0].price", "at_least", 12.5],
  ["json", "$.items[0].stock", "equals", 0],
  ["json", "$.items[0].stock", "equals", "0"],
  ["json", "$.items[-1].tags", "equals", "[]"],
  ["json", "$.ok", "equals", "true"],
  ["json", "$.note", "exists", undefined],
  ["json", "$.note", "equals", "null"],
  ["json", "$.error", "not_exists", undefined],
  ["json", "$.error", "not_equals", "fatal"]
]

const unmet: ReadonlyArray<[...Case, actual: string | null]> = [
  ["status", "", "equals", 204, "200"],
  ["total_ms", "", "less_than", 100, "123.456"],
  ["tls_ms", "", "less_than", 100, null],
  ["tls_ms", "", "exists", undefined, null],
  ["header", "vary", "not_equals", "origin", "accept, origin"],
  ["header", "x-powered-by", "equals", "", null],
  ["header", "set-cookie", "contains", "id=", "session=..."],
  ["record", "", "not_contains", "192.0.2.2", "192.0.2.1, 192.0.2.2"],
  ["json", "$.state", "equals", "down", "up"],
  ["json", "$.state", "less_than", 3, "up"],
  ["json", "$.items", "contains", "none", '[{"price":"12.50","stock":0,"tags":[]}]'],
  ["json", "$.error", "equals", "", null]
]

describe("an assertion", () => {
  it.each(met)("%s %s %s %s is met", (source, property, operator, expected) =>
    assert.isTrue(one({ source, property, operator, expected }).isMet)
  )

  it.each(unmet)("%s %s %s %s is not met by %s", (source, property, operator, expected, actual) => {
    const verdict = one({ source, property, operator, expected })
    assert.isFalse(verdict.isMet)
    assert.strictEqual(verdict.actual, actual)
  })

  it.each(["equals", "not_equals", "exists", "not_exists", "contains", "not_contains", "matches"] as const)(
    "of JSON is not met by %s when the body is no JSON",
    (operator) =>
      assert.deepStrictEqual(
        one({ source: "json", property: "$.error", operator, expected: "x" }, { ...findings, text: "<html>" }),
        {
          assertion: one({ source: "json", property: "$.error", operator, expected: "x" }).assertion,
          actual: "not readable as JSON",
          isMet: false,
          severity: "down"
        }
      )
  )

  it("shows the actual value short and harmless", () => {
    const { actual } = one(
      { source: "body", operator: "contains", expected: "x" },
      { ...findings, text: `a\0b\u001b[31m\r\nc\u202e\ud800${"\u{1f44b}".repeat(200)}` }
    )
    assert.isTrue(actual!.startsWith("a\ufffdb\ufffd[31m c\ufffd\ufffd\u{1f44b}"))
    assert.strictEqual(actual!.length, 200)
    assert.isTrue(actual!.isWellFormed())
  })

  it("reads as a sentence", () => {
    const sentence = (
      source: AssertionSource,
      operator: AssertionOperator,
      expected?: string | number,
      property = ""
    ) => one({ source, operator, expected, property }).assertion
    assert.strictEqual(sentence("header", "contains", "json", "content-type"), "header content-type contains json")
    assert.strictEqual(sentence("total_ms", "at_most", 500), "total time is at most 500 ms")
    assert.strictEqual(sentence("json", "not_exists", undefined, "$.error"), "JSON $.error does not exist")
  })
})

describe("a judgement", () => {
  const hard: Assertion = { source: "status", operator: "equals", expected: 500, severity: "down" }
  const soft: Assertion = { source: "total_ms", operator: "less_than", expected: 1, severity: "degraded" }
  const good: Assertion = { source: "status", operator: "equals", expected: 200, severity: "down" }

  it("without assertions is up", () =>
    assert.deepStrictEqual(judge([], findings, now), { verdicts: [], status: "up", error: null }))

  it("keeps a verdict for each, in order", () =>
    assert.deepStrictEqual(
      judge([good, soft, hard], findings, now).verdicts.map(({ isMet }) => isMet),
      [true, false, false]
    ))

  it("is degraded by soft ones", () =>
    assert.deepStrictEqual(judge([good, soft], findings, now).error, {
      code: "assertion_failed",
      message: "Expected that total time is less than 1 ms, but it is 123.456."
    }))

  it("names the first hard one of several", () => {
    const { error, status } = judge([soft, hard, soft], findings, now)
    assert.strictEqual(status, "down")
    assert.strictEqual(error?.message, "Expected that status equals 500, but it is 200 (and 2 more).")
  })

  it("says when something is empty", () =>
    assert.strictEqual(
      judge(
        [{ source: "header", property: "a", operator: "not_equals", expected: "", severity: "down" }],
        {
          ...findings,
          headers: [["a", ""]]
        },
        now
      ).error?.message,
      'Expected that header a does not equal "", but it is empty.'
    ))

  it("says when there was nothing", () =>
    assert.strictEqual(
      judge([{ source: "header", property: "etag", operator: "exists", severity: "down" }], findings, now).error
        ?.message,
      "Expected that header etag exists, but there is none."
    ))

  it("asks for a body only when something looks at it", () => {
    let asked = 0
    const lazy: Findings = {
      timings: noTimings,
      get text() {
        asked++
        return "{}"
      }
    }
    judge([good, soft], lazy, now)
    assert.strictEqual(asked, 0)
    const json: Assertion = { source: "json", property: "$.a", operator: "exists", severity: "down" }
    judge([json, json, json], lazy, now)
    assert.strictEqual(asked, 1)
  })

  const AnyAssertion = Schema.Struct({
    source: AssertionSource,
    property: Schema.optionalKey(Schema.String),
    operator: AssertionOperator,
    expected: Schema.optionalKey(Schema.Union([Schema.String, Schema.Number])),
    severity: AssertionSeverity
  })
  const AnyFindings = Schema.Struct({
    status: Schema.optionalKey(Schema.Number),
    timings: Timings,
    headers: Schema.optionalKey(Schema.Array(Schema.Tuple([Schema.String, Schema.String]))),
    text: Schema.optionalKey(Schema.Union([Schema.String, Schema.fromJsonString(Schema.Json).pipe(Schema.toEncoded)])),
    bodyBytes: Schema.optionalKey(Schema.Number),
    certificate: Schema.optionalKey(Schema.NullOr(Certificate)),
    tlsVersion: Schema.optionalKey(Schema.NullOr(Schema.String)),
    records: Schema.optionalKey(Schema.Array(Schema.String))
  })

  it.prop(
    "of anything there can be never throws",
    { assertions: Schema.Array(AnyAssertion), findings: AnyFindings, now: Schema.Int },
    ({ assertions, findings, now }) => {
      const { error, status, verdicts } = judge(assertions, findings, now)
      assert.strictEqual(verdicts.length, assertions.length)
      assert.strictEqual(status === "up", error === null)
      assert.strictEqual(
        status === "up",
        verdicts.every(({ isMet }) => isMet)
      )
      for (const { actual, assertion } of verdicts) {
        assert.isTrue((actual?.length ?? 0) <= 200)
        assert.isTrue(assertion.isWellFormed() && (actual?.isWellFormed() ?? true))
      }
    },
    { arbitrary: { runs: 500 } }
  )

  it.each(["[".repeat(1024 * 1024), '{"a":'.repeat(200_000), "\u{1f44b}".repeat(500_000)])(
    "of the text %.5s... is soon there",
    (text) => {
      const all = [...AssertionSource.literals].flatMap((source) =>
        AssertionOperator.literals.map((operator): Assertion => ({
          source,
          operator,
          property: "$.a",
          expected: "(a|.)+$",
          severity: "down"
        }))
      )
      const started = cpuNow()
      assert.strictEqual(judge(all, { ...findings, text }, now).status, "down")
      assert.isBelow(cpuNow() - started, 3_000)
    }
  )
})
