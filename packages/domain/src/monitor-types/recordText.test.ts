import { assert, describe, it } from "@effect/vitest"
import type { DnsRecordType } from "./DnsClient.ts"
import { isAsExpected } from "./recordText.ts"

const same: ReadonlyArray<[DnsRecordType, found: string, expected: string]> = [
  ["A", "192.0.2.1", " 192.0.2.1 "],
  ["AAAA", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1"],
  ["CNAME", "edge.cdn.example", "Edge.CDN.example."],
  ["MX", "10 mail.example.org", "10   Mail.example.org."],
  ["MX", "0 .", "0 ."],
  ["SRV", "10 60 5061 sip.example", "10 60 5061 sip.example."],
  ["TXT", "v=spf1 -all", '"v=spf1 -all"'],
  ["TXT", 'say "hi"', 'say "hi"'],
  ["CAA", "0 issue letsencrypt.org", '0 issue "letsencrypt.org"'],
  ["SOA", "ns1.example admin.example 1 2 3 4 5", "ns1.example. admin.example. 1 2 3 4 5"]
]

const different: ReadonlyArray<[DnsRecordType, found: string, expected: string]> = [
  ["A", "192.0.2.1", "192.0.2.10"],
  ["AAAA", "2001:db8::1", "2001:db8::2"],
  ["MX", "10 mail.example.org", "20 mail.example.org"],
  ["TXT", "Token=A", "token=a"],
  ["TXT", "a b", "a  b"]
]

describe("isAsExpected", () => {
  it.each(same)("%s %j is %j", (type, found, expected) =>
    assert.isTrue(isAsExpected(type, { found: [found], expected: [expected], isExact: true }))
  )

  it.each(different)("%s %j is not %j", (type, found, expected) =>
    assert.isFalse(isAsExpected(type, { found: [found], expected: [expected], isExact: false }))
  )

  it("takes records in any order", () =>
    assert.isTrue(
      isAsExpected("A", { found: ["1.1.1.1", "8.8.8.8"], expected: ["8.8.8.8", "1.1.1.1"], isExact: true })
    ))

  it("lets others be there, unless exactly these are wanted", () => {
    const records = { found: ["1.1.1.1", "8.8.8.8"], expected: ["8.8.8.8"] }
    assert.isTrue(isAsExpected("A", { ...records, isExact: false }))
    assert.isFalse(isAsExpected("A", { ...records, isExact: true }))
  })

  it("misses what is not there", () =>
    assert.isFalse(isAsExpected("A", { found: ["1.1.1.1"], expected: ["1.1.1.1", "8.8.8.8"], isExact: false })))

  it("takes anything when nothing is expected", () =>
    assert.isTrue(isAsExpected("A", { found: ["1.1.1.1"], expected: [], isExact: true })))
})
