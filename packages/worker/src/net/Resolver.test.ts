import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { isBlind } from "@v-insight/domain/monitor-types/explain"
import { Effect, Fiber } from "effect"
import type { Answer } from "./AddressQuery.ts"
import { parseHosts } from "./HostsFile.ts"
import { Resolver } from "./Resolver.ts"
import { dnsServer, type DnsZone } from "./testing/DnsServer.ts"
import { exchange, testDialer } from "./testing/TestDialer.ts"

const resolve = (resolver: Resolver, name: string) =>
  Effect.callback<Answer>((resume) => {
    const stop = resolver.resolve(name, (answer) => resume(Effect.succeed(answer)))
    return Effect.sync(stop)
  })

const setUp = Effect.fnUntraced(function* (zone: DnsZone) {
  const { asked, servers } = yield* dnsServer(zone)
  return { asked, resolver: new Resolver({ servers, hostsPath: "/nonexistent" }) }
})

const elapsed = <A>(self: Effect.Effect<A>) => {
  const started = performance.now()
  return Effect.map(self, (value) => ({ value, ms: performance.now() - started }))
}

describe("Resolver", () => {
  it.live("asks for both families at once", () =>
    Effect.gen(function* () {
      const { asked, resolver } = yield* setUp(() => ({ addresses: ["192.0.2.1", "192.0.2.2", "2001:db8::1"] }))
      const answer = yield* resolve(resolver, "both.test")
      assert.deepStrictEqual([...asked].sort(), ["A both.test", "AAAA both.test"])
      assert.sameMembers("addresses" in answer ? [...answer.addresses] : [], ["192.0.2.1", "192.0.2.2", "2001:db8::1"])
    })
  )

  it.live("keeps an answer for its TTL", () =>
    Effect.gen(function* () {
      const { asked, resolver } = yield* setUp(() => ({ addresses: ["192.0.2.1"], ttl: 1 }))
      const first = yield* resolve(resolver, "kept.test")
      assert.deepStrictEqual(yield* resolve(resolver, "KEPT.test"), first)
      assert.strictEqual(asked.length, 2)
      yield* Effect.sleep(1_050)
      assert.deepStrictEqual(yield* resolve(resolver, "kept.test"), first)
      assert.strictEqual(asked.length, 4)
    })
  )

  it.live("keeps neither answers without TTL nor failures", () =>
    Effect.gen(function* () {
      const { asked, resolver } = yield* setUp((name) =>
        name === "zero.test" ? { addresses: ["192.0.2.1"], ttl: 0 } : { code: "NXDOMAIN" }
      )
      for (const name of ["zero.test", "none.test"]) {
        yield* resolve(resolver, name)
        yield* resolve(resolver, name)
      }
      assert.strictEqual(asked.length, 8)
    })
  )

  it.live("shares one query among those who ask meanwhile", () =>
    Effect.gen(function* () {
      const { asked, resolver } = yield* setUp(() => ({ addresses: ["192.0.2.1"] }))
      const answers = yield* Effect.all(
        Array.from({ length: 50 }, () => resolve(resolver, "shared.test")),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(asked.length, 2)
      assert.isTrue(answers.every((answer) => "addresses" in answer && answer.addresses[0] === "192.0.2.1"))
    })
  )

  it.live("tells nobody who has gone away", () =>
    Effect.gen(function* () {
      const { resolver } = yield* setUp((_, type) => (type === "A" ? { addresses: ["192.0.2.1"] } : undefined))
      let told = 0
      const stop = resolver.resolve("gone.test", () => told++)
      const fiber = yield* Effect.forkChild(resolve(resolver, "gone.test"))
      yield* Effect.yieldNow
      stop()
      yield* Fiber.join(fiber)
      assert.strictEqual(told, 0)
    })
  )

  it.live.each<[code: "NXDOMAIN" | "SERVFAIL" | "REFUSED" | undefined, detail: string]>([
    ["NXDOMAIN", "ENOTFOUND"],
    ["SERVFAIL", "ESERVFAIL"],
    ["REFUSED", "EREFUSED"],
    [undefined, "ENODATA"]
  ])("names what is wrong: %s", ([code, detail]) =>
    Effect.gen(function* () {
      const { resolver } = yield* setUp(() => (code === undefined ? {} : { code }))
      assert.deepStrictEqual(yield* resolve(resolver, "wrong.test"), { cause: "dns", detail })
    })
  )

  it.live("does not blame the target when nobody answers as our resolver", () =>
    Effect.gen(function* () {
      const { servers } = yield* Effect.scoped(dnsServer(() => ({})))
      const resolver = new Resolver({ servers, hostsPath: "/nonexistent" })
      const { failure } = yield* exchange("http://away.test/", {}, testDialer(["127.0.0.0/8"], resolver.resolve))
      assert.deepStrictEqual(failure, { cause: "own_resolver_unreachable", message: "ECONNREFUSED" })
      assert.isTrue(isBlind(failure!.cause))
    })
  )

  it.live("makes do with one family when the other does not answer, and asks again next time", () =>
    Effect.gen(function* () {
      const { asked, resolver } = yield* setUp((_, type) =>
        type === "A" ? { addresses: ["192.0.2.1"], ttl: 60 } : undefined
      )
      const { ms, value } = yield* elapsed(resolve(resolver, "half.test"))
      assert.deepStrictEqual(value, { addresses: ["192.0.2.1"] })
      assert.isAtLeast(ms, 900)
      assert.isBelow(ms, 2_500)
      const before = asked.filter((question) => question === "A half.test").length
      yield* resolve(resolver, "half.test")
      assert.strictEqual(asked.filter((question) => question === "A half.test").length, before + 1)
    })
  )

  it.live("one family that fails does not hide the other", () =>
    Effect.gen(function* () {
      const { resolver } = yield* setUp((_, type) =>
        type === "A" ? { code: "SERVFAIL" } : { addresses: ["2001:db8::1"], ttl: 60 }
      )
      assert.deepStrictEqual(yield* resolve(resolver, "six.test"), { addresses: ["2001:db8::1"] })
    })
  )

  it.live("refuses names that DNS cannot hold, without asking", () =>
    Effect.gen(function* () {
      const { asked, resolver } = yield* setUp(() => ({ addresses: ["192.0.2.1"] }))
      for (const name of [`${"a".repeat(64)}.test`, "a.".repeat(150), "a..b", ""]) {
        const answer = yield* resolve(resolver, name)
        assert.strictEqual("cause" in answer ? answer.cause : undefined, "dns", name)
      }
      assert.deepStrictEqual(asked, [])
    })
  )

  it.live("a silent server uses up the exchange's time and no more", () =>
    Effect.gen(function* () {
      const { resolver } = yield* setUp(() => undefined)
      const dialer = testDialer(["127.0.0.0/8"], resolver.resolve)
      const { ms, value } = yield* elapsed(exchange("http://silent.test/", { timeoutMs: 300 }, dialer))
      assert.strictEqual(value.failure?.cause, "timeout_dns")
      assert.deepStrictEqual(Object.keys(value.phases), ["dns"])
      assert.isBelow(ms, 1_300)
    })
  )
})

describe("the hosts file", () => {
  it("is read as hosts(5) says", () => {
    const hosts = parseHosts(
      [
        "127.0.0.1\tlocalhost Box # comment",
        "::1 localhost",
        "# 10.0.0.1 nobody",
        "",
        "fe80::1%lo0 localhost",
        "10.0.0.2 box box",
        "nonsense here",
        "10.0.0.3"
      ].join("\r\n")
    )
    assert.deepStrictEqual(
      [...hosts],
      [
        ["localhost", ["127.0.0.1", "::1"]],
        ["box", ["127.0.0.1", "10.0.0.2"]]
      ]
    )
  })

  it.live("comes before DNS, and is read again when it has changed", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(path.join(tmpdir(), "hosts-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const hostsPath = path.join(folder, "hosts")
      writeFileSync(hostsPath, "10.0.0.1 box.test\n")
      const { asked, servers } = yield* dnsServer(() => ({ addresses: ["192.0.2.1"] }))
      const resolver = new Resolver({ servers, hostsPath })
      assert.deepStrictEqual(yield* resolve(resolver, "Box.TEST"), { addresses: ["10.0.0.1"] })
      assert.deepStrictEqual(asked, [])
      writeFileSync(hostsPath, "10.0.0.22 box.test\n")
      yield* Effect.sleep(1_050)
      assert.deepStrictEqual(yield* resolve(resolver, "box.test"), { addresses: ["10.0.0.22"] })
      rmSync(hostsPath)
      yield* Effect.sleep(1_050)
      assert.deepStrictEqual(yield* resolve(resolver, "box.test"), { addresses: ["192.0.2.1"] })
    })
  )

  it.live("need not hold localhost, which is nobody else's to answer", () =>
    Effect.gen(function* () {
      const { asked, resolver } = yield* setUp(() => ({ addresses: ["192.0.2.1"] }))
      for (const name of ["localhost", "LocalHost", "app.localhost"]) {
        assert.deepStrictEqual(yield* resolve(resolver, name), { addresses: ["127.0.0.1", "::1"] })
      }
      assert.deepStrictEqual(asked, [])
    })
  )
})
