import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { askedName, DnsName } from "./DnsName.ts"
import { DnsResolver, resolverOf } from "./DnsResolver.ts"

const problem = (schema: typeof DnsName, text: string): string => {
  const result = Schema.decodeUnknownResult(schema)(text)
  return Result.isFailure(result) ? String(result.failure) : ""
}

describe("a name to ask about", () => {
  it.each([
    ["example.org", "example.org"],
    ["Example.ORG.", "example.org"],
    ["_dmarc.example.org", "_dmarc.example.org"],
    ["_sip._tcp.example.org", "_sip._tcp.example.org"],
    ["*.example.org", "*.example.org"],
    ["zürich.example", "xn--zrich-kva.example"],
    ["4.3.2.1.in-addr.arpa", "4.3.2.1.in-addr.arpa"],
    ["localhost", "localhost"]
  ])("%s is asked as %s", (written, asked) => assert.strictEqual(askedName(written), asked))

  it.each([
    ["", "Write a name"],
    [".", "Write a name"],
    ["a..b", "Write a name"],
    [`${"x".repeat(64)}.org`, "Write a name"],
    [`${"x.".repeat(127)}org`, "Write a name"],
    ["-a.org", "Write a name"],
    ["a b.org", "Write a name"],
    ["a\nb.org", "Write a name"],
    ["https://example.org", "Write the name alone"],
    ["example.org/path", "Write the name alone"],
    ["192.0.2.1", "not an address"],
    ["2001:db8::1", "not an address"],
    ["x".repeat(300), "Write a name"]
  ])("%j is refused: %s", (written, sentence) => assert.include(problem(DnsName, written), sentence))
})

describe("a resolver", () => {
  it.each([
    ["9.9.9.9", "9.9.9.9", 53],
    ["9.9.9.9:5353", "9.9.9.9", 5353],
    ["2620:fe::fe", "2620:fe::fe", 53],
    ["[2620:fe::fe]", "2620:fe::fe", 53],
    ["[2620:fe::fe]:5353", "2620:fe::fe", 5353],
    ["dns.example.org", "dns.example.org", 53],
    ["dns.example.org:54", "dns.example.org", 54],
    ["127.1", "127.0.0.1", 53]
  ])("%s is %s port %s", (written, host, port) => assert.deepStrictEqual(resolverOf(written), { host, port }))

  it.each([
    "",
    ":53",
    "9.9.9.9:0",
    "9.9.9.9:65536",
    "9.9.9.9:99999999",
    "tls://9.9.9.9",
    "a b",
    "fe80::1%eth0",
    "[::1",
    "9.9.9.9/24"
  ])("%j is refused", (written) => assert.include(problem(DnsResolver, written), "Write an address or a name"))
})
