/** The dns kind against a real server: what people read of names that are, are not, and are not as expected. */
import { assert, describe, it } from "@effect/vitest"
import { dns } from "@v-insight/domain/monitor-types/dns"
import { DnsClient } from "@v-insight/domain/monitor-types/DnsClient"
import { Effect, Schema } from "effect"
import { data, labels, rawDnsServer, record, response, type DnsReply } from "./testing/RawDnsServer.ts"
import { testDns, type TestDnsOptions } from "./testing/TestDns.ts"

const decode = Schema.decodeUnknownEffect(dns.settings)

const check = (settings: Readonly<Record<string, unknown>>, options?: TestDnsOptions) =>
  Effect.flatMap(decode({ name: "Example.org.", ...settings }), (it) => dns.check(it, { timeoutMs: 1_000 })).pipe(
    Effect.provideService(DnsClient, testDns(options))
  )

/** Checks against a server that replies so. */
const against = Effect.fnUntraced(function* (reply: DnsReply, settings: Readonly<Record<string, unknown>> = {}) {
  const { port } = yield* rawDnsServer(reply)
  return yield* check({ resolver: `127.0.0.1:${port}`, ...settings })
})

const mail: DnsReply = (query) => [
  response(query, { answers: [record("MX", data.MX(20, "b.example")), record("MX", data.MX(10, "a.example"))] })
]

describe("records", () => {
  it.live("that are there are up, and are the trait by which a change is seen", () =>
    Effect.gen(function* () {
      const outcome = yield* against(mail, { recordType: "MX" })
      assert.strictEqual(outcome.status, "up")
      assert.strictEqual(outcome.error, null)
      assert.strictEqual(outcome.address, "127.0.0.1")
      assert.deepStrictEqual(outcome.detail?.traits, { records: "10 a.example, 20 b.example" })
      assert.isAbove(outcome.timings.dnsUs!, 0)
      assert.strictEqual(outcome.timings.dnsUs, outcome.timings.totalUs)
    })
  )

  it.live("are compared as a set", () =>
    Effect.gen(function* () {
      const both = ["10 A.example.", "20 b.example"]
      assert.strictEqual((yield* against(mail, { recordType: "MX", expected: both, match: "exactly" })).status, "up")
      assert.strictEqual((yield* against(mail, { recordType: "MX", expected: both.slice(1) })).status, "up")
      const missing = yield* against(mail, { recordType: "MX", expected: ["10 c.example"] })
      assert.strictEqual(missing.status, "down")
      assert.deepStrictEqual(missing.error, {
        code: "unexpected_records",
        message: "The MX records are 10 a.example, 20 b.example; expected 10 c.example."
      })
      assert.strictEqual(missing.detail?.response?.body, "10 a.example\n20 b.example")
      const another = yield* against(mail, { recordType: "MX", expected: both.slice(1), match: "exactly" })
      assert.include(another.error?.message, "expected exactly 20 b.example")
    })
  )

  it.live("are judged by assertions", () =>
    Effect.gen(function* () {
      const asserting = (operator: string, expected: string, severity = "down") =>
        against(mail, { recordType: "MX", assertions: [{ source: "record", operator, expected, severity }] })
      assert.strictEqual((yield* asserting("contains", "a.example")).status, "up")
      assert.strictEqual((yield* asserting("contains", "c.example", "degraded")).status, "degraded")
      const down = yield* asserting("not_contains", "b.example")
      assert.strictEqual(down.status, "down")
      assert.strictEqual(down.detail?.assertions[0]?.actual, "10 a.example, 20 b.example")
    })
  )
})

describe("what went wrong is said:", () => {
  it.live.each<[code: string, sentence: string, reply: DnsReply]>([
    [
      "nxdomain",
      "The name Example.org. does not exist (NXDOMAIN).",
      (query) => [response(query, { code: "NXDOMAIN" })]
    ],
    ["nodata", "The name Example.org. has no A record.", (query) => [response(query)]],
    ["servfail", "could not find out (SERVFAIL)", (query) => [response(query, { code: "SERVFAIL" })]],
    ["refused_by_resolver", "refused to answer", (query) => [response(query, { code: "REFUSED" })]],
    ["not_understood", "does not answer questions for A records", (query) => [response(query, { code: "NOTIMP" })]],
    ["malformed_answer", "is no valid DNS message", () => [Buffer.from("noise")]],
    ["timeout_dns", "did not answer in time", () => []]
  ])("%s", ([code, sentence, reply]) =>
    Effect.gen(function* () {
      const outcome = yield* against(reply)
      assert.strictEqual(outcome.status, "down")
      assert.strictEqual(outcome.error?.code, code)
      assert.include(outcome.error?.message, sentence)
    })
  )

  it.live("a named resolver that is not there is down, our own is unknown", () =>
    Effect.gen(function* () {
      const { port, servers } = yield* Effect.scoped(rawDnsServer(() => []))
      const named = yield* check({ resolver: `127.0.0.1:${port}` })
      assert.strictEqual(named.status, "down")
      assert.strictEqual(named.error?.code, "resolver_unreachable")
      const own = yield* check({}, { servers })
      assert.strictEqual(own.status, "unknown")
      assert.include(own.error?.message, "V-Insight's own resolver")
      const nameless = yield* check({ resolver: "nowhere.example" })
      assert.strictEqual(nameless.error?.code, "resolver_not_found")
    })
  )
})

const alias: DnsReply = (query) => [response(query, { answers: [record("CNAME", labels("db.corp"))] })]
const inside: DnsReply = (query) => [response(query, { answers: [record("A", data.A("10.1.2.3"))] })]
const outside: DnsReply = (query) => [response(query, { answers: [record("A", data.A("93.184.216.34"))] })]

describe("the machine's own resolver", () => {
  it.live("tells public addresses", () =>
    Effect.gen(function* () {
      const { servers } = yield* rawDnsServer(outside)
      const outcome = yield* check({}, { allowed: [], servers })
      assert.strictEqual(outcome.status, "up")
      assert.strictEqual(outcome.address, null)
    })
  )

  it.live("tells no inside address, not even by its time", () =>
    Effect.gen(function* () {
      const { servers } = yield* rawDnsServer(inside)
      const outcome = yield* check({}, { allowed: [], servers })
      assert.strictEqual(outcome.error?.code, "blocked")
      assert.notInclude(JSON.stringify(outcome), "10.1.2.3")
      assert.strictEqual(outcome.timings.totalUs, 0)
      const allowed = yield* check({}, { allowed: ["10.0.0.0/8"], servers })
      assert.strictEqual(allowed.status, "up")
      const elsewhere = yield* check({}, { allowed: ["192.168.0.0/16"], servers })
      assert.strictEqual(elsewhere.error?.code, "blocked")
    })
  )

  it.live.each([
    "db",
    "db.corp",
    "printer.local",
    "api.internal",
    "kubernetes.default.svc.cluster.local",
    "10.in-addr.arpa"
  ])("is not asked about %s", (name) =>
    Effect.gen(function* () {
      const server = yield* rawDnsServer(outside)
      const { servers } = server
      for (const recordType of ["A", "SOA", "TXT"]) {
        const outcome = yield* check({ name, recordType }, { allowed: [], servers })
        assert.strictEqual(outcome.error?.code, "private_name")
      }
      assert.strictEqual(server.hits(), 0)
      // The operator opened the inside; an address elsewhere is still judged.
      assert.strictEqual((yield* check({ name }, { allowed: ["10.0.0.0/8"], servers })).status, "up")
      assert.strictEqual(server.hits(), 1)
    })
  )

  it.live("tells no record that names an inside host", () =>
    Effect.gen(function* () {
      const { port, servers } = yield* rawDnsServer(alias)
      const own = yield* check({ recordType: "CNAME" }, { allowed: [], servers })
      assert.strictEqual(own.error?.code, "private_name")
      assert.notInclude(JSON.stringify(own), "db.corp")
      // Whoever runs a resolver may have it say what they like.
      const named = yield* check({ recordType: "CNAME", resolver: `127.0.0.1:${port}` })
      assert.strictEqual(named.status, "up")
    })
  )
})

describe("a resolver at an inside address is not asked:", () => {
  it.live.each(["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "localhost", "rebind.example"])(
    "%s",
    (host) =>
      Effect.gen(function* () {
        const canary = yield* rawDnsServer(outside)
        const names = { localhost: ["127.0.0.1"], "rebind.example": ["93.184.216.34", "127.0.0.1"] }
        const settings = { resolver: `${host}:${canary.port}` }
        const outcome = yield* check(settings, { allowed: [], names })
        assert.strictEqual(outcome.error?.code, "blocked")
        assert.strictEqual(outcome.address, null)
        assert.strictEqual(canary.hits(), 0)
        // The control: the same server answers where the policy lets it.
        const control = yield* check({ resolver: `127.0.0.1:${canary.port}` }, { allowed: ["127.0.0.0/8"] })
        assert.strictEqual(control.status, "up")
        assert.strictEqual(canary.hits(), 1)
      })
  )
})
