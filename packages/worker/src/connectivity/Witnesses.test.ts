import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { doorsByScope, witnessSettings } from "./Witnesses.ts"

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
