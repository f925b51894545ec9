import { TryInput } from "@v-insight/domain/api/Checks"
import { AssertionOperator, AssertionSource } from "@v-insight/domain/model/Assertion"
import { type CheckOutcome, noTimings } from "@v-insight/domain/model/CheckOutcome"
import { Exit, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { monitorKinds } from "#lib/server/kinds.ts"
import { isAssertions } from "#lib/settings/fields.ts"
import { suggestions } from "./suggest.ts"
import { comparesNumbers, expects, operatorLabel, operatorsOf, propertyOf } from "./words.ts"

const all = AssertionSource.literals
const operators = AssertionOperator.literals

describe("what can be built", () => {
  it("can be saved, whatever the source and the operator", () => {
    const http = monitorKinds.find(({ type }) => type === "http")!
    const sources = http.fields.find(isAssertions)!.fields.find(({ name }) => name === "source")!.options
    const decode = Schema.decodeUnknownExit(TryInput)
    const refused: Array<object> = []
    for (const source of sources)
      for (const operator of operatorsOf(source, operators)) {
        const assertion = {
          source,
          operator,
          ...(propertyOf(source) && { property: source === "json" ? "$.a" : "x-a" }),
          ...(expects(operator) && { expected: comparesNumbers(source, operator) ? 1 : "1" })
        }
        const settings = { url: "https://example.org/", assertions: [assertion] }
        if (Exit.isFailure(decode({ type: "http", settings }))) refused.push(assertion)
      }
    expect(refused).toEqual([])
  })

  it("is said in words", () => {
    expect(operatorsOf("status", operators).map(operatorLabel)).toEqual([
      "is",
      "is not",
      "is less than",
      "is at most",
      "is more than",
      "is at least"
    ])
  })
})

const outcome: CheckOutcome = {
  status: "up",
  timings: { ...noTimings, totalUs: 120_000 },
  httpStatus: 200,
  error: null,
  certificate: {
    subject: "a.example",
    issuer: "R11",
    validFrom: "2026-01-01T00:00:00.000Z",
    validTo: "2026-03-01T00:00:00.000Z",
    fingerprint256: ""
  },
  address: "203.0.113.1",
  attempts: 1,
  detail: {
    tlsVersion: "TLSv1.3",
    redirects: [],
    assertions: [],
    traits: { records: "192.0.2.1, 192.0.2.2" },
    response: {
      headers: [
        ["date", "now"],
        ["content-type", "application/json"]
      ],
      body: '{"ok":true,"db":{"state":"up","odd key":1},"list":[1]}',
      isTruncated: false
    }
  }
}

describe("suggestions", () => {
  const now = Date.parse("2026-01-15T00:00:00.000Z")

  it("come from what was found", () => {
    expect(suggestions(outcome, all, now).map(({ label }) => label)).toEqual([
      "Status is 200",
      "At most 500\u00a0ms in all",
      "Certificate has 14 days left",
      "content-type is application/json",
      "$.ok is true",
      "$.db.state is up",
      '$.db["odd key"] is 1',
      "A record is 192.0.2.1",
      "A record is 192.0.2.2"
    ])
  })

  it("are only what the kind can be asked", () => {
    expect(suggestions(outcome, ["status"], now).map(({ row }) => row)).toEqual([
      { source: "status", operator: "equals", expected: "200" }
    ])
  })

  it("are none of what was not there", () => {
    const empty = { ...outcome, timings: noTimings, httpStatus: null, certificate: null, detail: null }
    expect(suggestions(empty, all, now)).toEqual([])
  })
})
