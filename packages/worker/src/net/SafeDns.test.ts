/** Records of every type from a real server, and servers that misbehave: each gets a verdict in time and a name. */
import { assert, describe, it } from "@effect/vitest"
import type { DnsCause, DnsRecordType } from "@v-insight/domain/monitor-types/DnsClient"
import { Effect, Fiber } from "effect"
import type { Resolve } from "./Resolver.ts"
import { data, endOfQuestion, labels, rawDnsServer, record, response, type DnsReply } from "./testing/RawDnsServer.ts"
import { ask, testDns } from "./testing/TestDns.ts"

const anAddress = record("A", data.A("192.0.2.7"))

/** Asks a server that replies so, named by its address. */
const askServer = Effect.fnUntraced(function* (reply: DnsReply, recordType: DnsRecordType = "A", timeoutMs = 1_000) {
  const server = yield* rawDnsServer(reply)
  const started = performance.now()
  const answer = yield* ask({ recordType, timeoutMs, resolver: { host: "127.0.0.1", port: server.port } })
  return { answer, ms: performance.now() - started, server }
})

describe("records as text", () => {
  it.live.each<[DnsRecordType, ReadonlyArray<Buffer>, ReadonlyArray<string>]>([
    ["A", [anAddress, record("A", data.A("192.0.2.1"))], ["192.0.2.1", "192.0.2.7"]],
    ["AAAA", [record("AAAA", Buffer.from("20010db8000000000000000000000001", "hex"))], ["2001:db8::1"]],
    ["CNAME", [record("CNAME", labels("Edge.CDN.example"))], ["edge.cdn.example"]],
    [
      "MX",
      [record("MX", data.MX(20, "B.example")), record("MX", data.MX(10, "a.example"))],
      ["10 a.example", "20 b.example"]
    ],
    ["MX", [record("MX", data.MX(0, ""))], ["0 ."]],
    ["NS", [record("NS", labels("ns2.example")), record("NS", labels("NS1.example"))], ["ns1.example", "ns2.example"]],
    ["TXT", [record("TXT", data.TXT("v=spf1 ", "-all")), record("TXT", data.TXT("Zürich"))], ["Zürich", "v=spf1 -all"]],
    ["TXT", [record("TXT", data.TXT("a\0b\nc"))], ["a\u{fffd}b\u{fffd}c"]],
    [
      "SOA",
      [record("SOA", data.SOA("NS1.example", "admin.example", 4_000_000_001, 7200, 3600, 1_209_600, 300))],
      ["ns1.example admin.example 4000000001 7200 3600 1209600 300"]
    ],
    ["SRV", [record("SRV", data.SRV(10, 60, 5061, "Sip.example"))], ["10 60 5061 sip.example"]],
    [
      "CAA",
      [
        record("CAA", data.CAA(0, "issue", "letsencrypt.org")),
        record("CAA", data.CAA(128, "iodef", "mailto:a@example.org"))
      ],
      ["0 issue letsencrypt.org", "128 iodef mailto:a@example.org"]
    ]
  ])("%s", ([type, answers, records]) =>
    Effect.gen(function* () {
      const { answer } = yield* askServer((query) => [response(query, { answers })], type)
      assert.deepStrictEqual(answer.failure, undefined)
      assert.deepStrictEqual(answer.records, [...records])
      assert.isFalse(answer.isTruncated)
      assert.strictEqual(answer.address, "127.0.0.1")
      assert.strictEqual(answer.phases.dns, answer.totalUs)
    })
  )

  it.live("follows a chain of aliases to the addresses", () =>
    Effect.gen(function* () {
      const chain = [
        record("CNAME", labels("b.example")),
        record("CNAME", labels("c.example"), labels("b.example")),
        record("A", data.A("192.0.2.9"), labels("c.example"))
      ]
      const { answer } = yield* askServer((query) => [response(query, { answers: chain })])
      assert.deepStrictEqual(answer.records, ["192.0.2.9"])
    })
  )

  it.live("keeps at most a hundred records, and 500 characters of each", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 4_000 }, (_, index) =>
        record("A", Buffer.from([192, 0, index >> 8, index & 255]))
      )
      const huge: DnsReply = (query, transport) =>
        transport === "udp" ? [response(query, { isTruncated: true })] : [response(query, { answers: many })]
      const addresses = yield* askServer(huge)
      assert.strictEqual(addresses.answer.records.length, 100)
      assert.isTrue(addresses.answer.isTruncated)

      const chunks = Array.from({ length: 4 }, () => "x".repeat(250))
      const long = yield* askServer(
        (query) => [response(query, { answers: [record("TXT", data.TXT(...chunks))] })],
        "TXT"
      )
      assert.deepStrictEqual(long.answer.records, ["x".repeat(500)])
      assert.isTrue(long.answer.isTruncated)
    })
  )
})

const truncated = (query: Buffer): ReadonlyArray<Buffer> => [response(query, { isTruncated: true })]

const hostile: ReadonlyArray<[what: string, cause: DnsCause | "none", reply: DnsReply]> = [
  ["never answers", "timeout", () => []],
  ["answers with noise", "malformed", () => [Buffer.from("these bytes are no DNS message")]],
  [
    "answers with noise under the right id",
    "malformed",
    (query) => [Buffer.concat([query.subarray(0, 2), Buffer.alloc(40, 0xff)])]
  ],
  ["answers with half a header", "malformed", (query) => [query.subarray(0, 5)]],
  [
    "answers under another id",
    "timeout",
    (query) => {
      const answer = response(query, { answers: [anAddress] })
      answer.writeUInt16BE(query.readUInt16BE(0) ^ 1, 0)
      return [answer]
    }
  ],
  [
    "answers another question",
    "timeout",
    (query) => {
      const answer = response(query, { answers: [anAddress] })
      answer[13]! ^= 1
      return [answer]
    }
  ],
  [
    "points a name at itself",
    "malformed",
    (query) => [response(query, { answers: [record("A", data.A("192.0.2.7"), Buffer.of(0xc0, endOfQuestion(query)))] })]
  ],
  [
    "points a name behind the end",
    "malformed",
    (query) => [response(query, { answers: [record("A", data.A("192.0.2.7"), Buffer.of(0xff, 0xff))] })]
  ],
  [
    "aliases a name to itself",
    "nodata",
    (query) => [response(query, { answers: [record("CNAME", Buffer.of(0xc0, 12))] })]
  ],
  [
    "announces more records than it sends",
    "malformed",
    (query) => {
      const answer = response(query, { answers: [anAddress] })
      answer.writeUInt16BE(50, 6)
      return [answer]
    }
  ],
  [
    "sends an address of three bytes",
    "malformed",
    (query) => [response(query, { answers: [record("A", Buffer.of(1, 2, 3))] })]
  ],
  ["sends the question back", "nodata", (query) => [query]],
  ["knows no such name", "nxdomain", (query) => [response(query, { code: "NXDOMAIN" })]],
  ["knows the name but no record of the type", "nodata", (query) => [response(query)]],
  ["fails", "servfail", (query) => [response(query, { code: "SERVFAIL" })]],
  ["refuses", "refused", (query) => [response(query, { code: "REFUSED" })]],
  ["calls the question malformed", "not_understood", (query) => [response(query, { code: "FORMERR" })]],
  ["does not know the type", "not_understood", (query) => [response(query, { code: "NOTIMP" })]],
  [
    "truncates, and answers over TCP",
    "none",
    (query, transport) => (transport === "udp" ? truncated(query) : [response(query, { answers: [anAddress] })])
  ],
  ["truncates, and is silent over TCP", "timeout", (query, transport) => (transport === "udp" ? truncated(query) : [])],
  [
    "truncates, and hangs up over TCP",
    "resolver_unreachable",
    (query, transport) => (transport === "udp" ? truncated(query) : "hang up")
  ],
  [
    "truncates, and sends noise over TCP",
    "malformed",
    (query, transport) => (transport === "udp" ? truncated(query) : [Buffer.from("noise, and no DNS")])
  ],
  ["floods", "none", (query) => Array.from({ length: 2_000 }, () => response(query, { answers: [anAddress] }))]
]

describe("a server that", () => {
  it.live.each(hostile)("%s: %s", ([, cause, reply]) =>
    Effect.gen(function* () {
      const { answer, ms } = yield* askServer(reply)
      assert.strictEqual(answer.failure?.cause ?? "none", cause)
      assert.deepStrictEqual(answer.records, cause === "none" ? ["192.0.2.7"] : [])
      assert.isBelow(ms, 2_000)
    })
  )

  it.live("loses a question is asked again", () =>
    Effect.gen(function* () {
      const late: DnsReply = (query, transport) => {
        if (transport === "tcp") return []
        // The first question is lost; c-ares asks again after a second.
        return asked++ === 0 ? [] : [response(query, { answers: [anAddress] })]
      }
      let asked = 0
      const { answer, ms } = yield* askServer(late, "A", 3_000)
      assert.deepStrictEqual(answer.records, ["192.0.2.7"])
      assert.isAbove(ms, 900)
    })
  )
})

describe("a resolver", () => {
  it.live("where nothing listens is unreachable", () =>
    Effect.gen(function* () {
      const { port } = yield* Effect.scoped(rawDnsServer(() => []))
      const answer = yield* ask({ resolver: { host: "127.0.0.1", port } })
      assert.strictEqual(answer.failure?.cause, "resolver_unreachable")
    })
  )

  it.live("is found by its name, which is a phase of its own", () =>
    Effect.gen(function* () {
      const { port } = yield* rawDnsServer((query) => [response(query, { answers: [anAddress] })])
      const names = { "ns.example.net": ["127.0.0.1"] }
      const answer = yield* ask({ resolver: { host: "ns.example.net", port } }, { names })
      assert.deepStrictEqual(answer.records, ["192.0.2.7"])
      assert.strictEqual(answer.phases.connect! + answer.phases.dns!, answer.totalUs)
      const unknown = yield* ask({ resolver: { host: "nowhere.example.net", port } }, { names })
      assert.strictEqual(unknown.failure?.cause, "resolver_not_found")
      const away: Resolve = (_, done) => {
        done({ cause: "own_resolver_unreachable", detail: "ECONNREFUSED" })
        return () => {}
      }
      const unasked = yield* ask({ resolver: { host: "ns.example.net", port } }, { resolve: away })
      assert.strictEqual(unasked.failure?.cause, "own_resolver_unreachable")
    })
  )

  it.live("is asked so many questions at once; others wait, and are unknown when it is too long", () =>
    Effect.gen(function* () {
      const server = yield* rawDnsServer((query) => (isSlow ? [] : [response(query, { answers: [anAddress] })]))
      let isSlow = true
      const client = testDns({ turns: 1 })
      const question = (timeoutMs: number) =>
        client.ask({
          name: "www.example.org",
          recordType: "A",
          timeoutMs,
          resolver: { host: "127.0.0.1", port: server.port }
        })
      const first = yield* Effect.forkChild(question(600))
      while (server.hits() === 0) yield* Effect.sleep("5 millis")
      const impatient = yield* question(100)
      assert.strictEqual(impatient.failure?.cause, "host_busy")
      assert.strictEqual(server.hits(), 1)
      isSlow = false
      const patient = yield* question(3_000)
      assert.deepStrictEqual(patient.records, ["192.0.2.7"])
      assert.isBelow(patient.totalUs, 300_000)
      assert.strictEqual((yield* Fiber.join(first)).failure?.cause, "timeout")
      assert.strictEqual((yield* question(1_000)).failure, undefined)
    })
  )

  it.live("is left alone once nobody waits", () =>
    Effect.gen(function* () {
      const server = yield* rawDnsServer(() => [])
      const question = ask({ resolver: { host: "127.0.0.1", port: server.port }, timeoutMs: 60_000 })
      const fiber = yield* Effect.forkChild(question)
      while (server.hits() === 0) yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("1500 millis")
      assert.strictEqual(server.hits(), 1)
    })
  )
})
