import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { doorsByScope, RecentTargets, witnessSettings } from "./Witnesses.ts"

const read = (VINSIGHT_WITNESSES?: string) =>
  witnessSettings.parse(ConfigProvider.fromUnknown(VINSIGHT_WITNESSES === undefined ? {} : { VINSIGHT_WITNESSES }))

describe("VINSIGHT_WITNESSES", () => {
  it.effect("takes names and addresses of both families with ports", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(" 192.0.2.1:443, [2001:db8::1]:53,gateway.example.org:80 ,"), {
        kind: "named",
        doors: [
          { host: "192.0.2.1", port: 443 },
          { host: "2001:db8::1", port: 53 },
          { host: "gateway.example.org", port: 80 }
        ]
      })
    })
  )

  it.effect("names nobody by default, and can be switched off", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(), { kind: "targets" })
      assert.deepStrictEqual(yield* read(" "), { kind: "targets" })
      assert.deepStrictEqual(yield* read("none"), { kind: "off" })
    })
  )

  it.effect.each(["192.0.2.1", "host:0", "host:70000", "a b:80", ":80", "http://a:80"])("refuses %s", (list) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read(list))
      assert.include(error.message, `"${list}" is no witness. Write host:port`)
    })
  )

  it("tells of the network that a witness stands in", () => {
    const door = (host: string) => ({ host, port: 80 })
    const scopes = doorsByScope(["8.8.8.8", "10.0.0.1", "::1", "127.0.0.1", "name.test", "fd00::1"].map(door))
    assert.deepStrictEqual(
      Object.fromEntries(Array.from(scopes, ([scope, doors]) => [scope, doors.map(({ host }) => host)])),
      { public: ["8.8.8.8", "name.test"], private: ["10.0.0.1", "fd00::1"], loopback: ["::1", "127.0.0.1"] }
    )
  })
})

describe("targets that answered lately", () => {
  const first = () => 0

  it("are witnesses when they lie in three networks at least", () => {
    const targets = new RecentTargets()
    targets.answered("192.0.2.1", 443, 1)
    targets.answered("192.0.99.2", 443, 2)
    targets.answered("198.51.100.1", 443, 3)
    assert.isUndefined(targets.pick(0, first), "192.0 is one network")
    targets.answered("2001:db8:1::1", 80, 4)
    assert.deepStrictEqual(
      targets.pick(0, first)?.map(({ host }) => host),
      ["192.0.99.2", "198.51.100.1", "2001:db8:1::1"]
    )
    assert.isUndefined(targets.pick(3, first), "too few answered since")
  })

  it("are forgotten beyond a number, and asked a few at a time", () => {
    const targets = new RecentTargets()
    for (let index = 0; index < 100; index++) targets.answered(`1.${index}.0.1`, 443, index)
    assert.strictEqual(targets.pick(0, first)?.length, 5)
    assert.isUndefined(targets.pick(98, first))
    assert.strictEqual(targets.pick(0, first)?.[0]?.host, "1.68.0.1", "the newest 32 are known")
  })
})
