import { assert, describe, it } from "@effect/vitest"
import { staysAmong } from "./audience.ts"

describe("staysAmong", () => {
  it("stays when a path, a query or a header changes", () => {
    const url = "https://shop.example/a?b=1"
    assert.isTrue(staysAmong({ url }, { url: "https://shop.example:443/other#x" }))
    assert.isTrue(staysAmong({ url, headers: {} }, { url, headers: { "x-a": "1" }, method: "HEAD" }))
    assert.isTrue(staysAmong({ host: "DB.example", port: 1 }, { port: 1, host: "db.example", user: "me" }))
  })

  it("stays when somebody leaves", () => {
    const url = "https://shop.example/a"
    assert.isTrue(staysAmong({ steps: [{ url }, { url: "https://other.example/" }] }, { steps: [{ url }] }))
  })

  const url = "https://shop.example/a"
  for (const [what, one, other] of [
    ["host", { url }, { url: "https://evil.example/a" }],
    ["port", { url }, { url: "https://shop.example:8443/a" }],
    ["scheme", { url }, { url: "http://shop.example/a" }],
    ["a name that begins like it", { url }, { url: "https://shop.example.evil.example/a" }],
    ["a user before another host", { url }, { url: "https://shop.example@evil.example/a" }],
    ["a host on its own", { host: "a", port: 1 }, { host: "b", port: 1 }],
    ["a port on its own", { host: "a", port: 1 }, { host: "a", port: 2 }],
    ["one step more", { steps: [{ url }] }, { steps: [{ url }, { url: "https://evil.example/" }] }],
    ["a URL with a gap in its host", { steps: [{ url }] }, { steps: [{ url }, { url: "https://{{x}}/" }] }],
    ["a scheme of its own", { url: "wss://a.example/" }, { url: "wss://b.example/" }],
    ["no scheme at all", { url: "a.example" }, { url: "b.example" }],
    ["a URL in another setting", { url, extra: "https://a.example" }, { url, extra: "https://b.example" }]
  ] as const) {
    it(`changes with ${what}`, () => assert.isFalse(staysAmong(one, other)))
  }
})
