/** The dns kind against dnsmasq. */
import { assert, it } from "@effect/vitest"
import { dns } from "@v-insight/domain/monitor-types/dns"
import { DnsClient } from "@v-insight/domain/monitor-types/DnsClient"
import { Effect, Schema } from "effect"
import { dnsmasq } from "../testing/peers/dnsmasq.ts"
import { testDns } from "./testing/TestDns.ts"

const check = (port: number, settings: Readonly<Record<string, unknown>>) =>
  Effect.flatMap(
    Schema.decodeUnknownEffect(dns.settings)({
      name: "example.org",
      resolver: `127.0.0.1:${port}`,
      match: "exactly",
      ...settings
    }),
    (it) => dns.check(it, { timeoutMs: 3_000 })
  ).pipe(Effect.provideService(DnsClient, testDns()))

const records = [
  "--host-record=example.org,192.0.2.1,2001:db8::1",
  "--cname=www.example.org,example.org",
  "--mx-host=example.org,mail.example.org,10",
  "--txt-record=example.org,v=spf1 -all",
  "--srv-host=_sip._tcp.example.org,sip.example.org,5061,10,60",
  "--caa-record=example.org,0,issue,letsencrypt.org",
  "--local=/example.org/"
]

/** As an authority for a zone, where it does nothing else. */
const zone = ["--auth-server=ns1.example.net,lo", "--auth-zone=zone.example", "--host-record=a.zone.example,192.0.2.5"]

it.live("dnsmasq is asked for records of every type that it has", () =>
  Effect.gen(function* () {
    const { port } = yield* dnsmasq(records)
    const expected: ReadonlyArray<[settings: Readonly<Record<string, unknown>>, record: string]> = [
      [{ recordType: "A" }, "192.0.2.1"],
      [{ recordType: "AAAA" }, "2001:db8::1"],
      [{ recordType: "CNAME", name: "www.example.org" }, "example.org."],
      [{ recordType: "A", name: "www.example.org" }, "192.0.2.1"],
      [{ recordType: "MX" }, "10 mail.example.org."],
      [{ recordType: "TXT" }, "v=spf1 -all"],
      [{ recordType: "SRV", name: "_sip._tcp.example.org" }, "10 60 5061 sip.example.org"],
      [{ recordType: "CAA" }, '0 issue "letsencrypt.org"']
    ]
    for (const [settings, record] of expected) {
      const outcome = yield* check(port, { ...settings, expected: [record] })
      assert.deepStrictEqual(outcome.error, null)
      assert.strictEqual(outcome.status, "up")
    }
  })
)

it.live("dnsmasq tells who is responsible for its zone", () =>
  Effect.gen(function* () {
    const { port } = yield* dnsmasq(zone)
    const servers = yield* check(port, { name: "zone.example", recordType: "NS", expected: ["ns1.example.net"] })
    assert.strictEqual(servers.error, null)
    const assertions = [
      { source: "record", operator: "matches", expected: "^ns1.example.net hostmaster.\\S+ \\d+ \\d+ \\d+ \\d+ \\d+$" }
    ]
    assert.strictEqual((yield* check(port, { name: "zone.example", recordType: "SOA", assertions })).error, null)
    assert.strictEqual((yield* check(port, { name: "b.zone.example" })).error?.code, "nxdomain")
  })
)

it.live("dnsmasq that knows nothing, or is gone, is down", () =>
  Effect.gen(function* () {
    const port = yield* Effect.scoped(
      Effect.gen(function* () {
        const { port } = yield* dnsmasq(records)
        assert.strictEqual((yield* check(port, { name: "missing.example.org" })).error?.code, "nxdomain")
        assert.strictEqual((yield* check(port, { name: "example.com" })).error?.code, "refused_by_resolver")
        assert.strictEqual(
          (yield* check(port, { name: "_sip._tcp.example.org", recordType: "MX" })).error?.code,
          "nodata"
        )
        return port
      })
    )
    assert.strictEqual((yield* check(port, {})).error?.code, "resolver_unreachable")
  })
)
