import { assert, describe, it } from "@effect/vitest"
import { Shares } from "./Shares.ts"

const takeAll = (shares: Shares, tenantId: string): number => {
  let taken = 0
  for (; shares.isWithinShare(tenantId); taken++) shares.take(tenantId)
  return taken
}

describe("shares", () => {
  it("leave a quarter to others, of what is left three quarters again, and a place for whoever comes seldom", () => {
    const shares = new Shares(256, 3)
    assert.deepStrictEqual(
      ["one", "two", "three"].map((tenant) => takeAll(shares, tenant)),
      [192, 48, 12]
    )
    assert.isTrue(shares.isWithinShare("seldom"))
    assert.deepStrictEqual(shares.full(), ["one", "two", "three"])
    assert.deepStrictEqual([shares.held, shares.free], [252, 4])
  })

  it("are had again when they are given back, and forget who holds nothing", () => {
    const shares = new Shares(16, 1)
    assert.strictEqual(takeAll(shares, "one"), 8)
    assert.deepStrictEqual(shares.full(), ["one"])
    shares.giveBack("one")
    assert.deepStrictEqual(shares.full(), [])
    for (let place = 0; place < 7; place++) shares.giveBack("one")
    assert.deepStrictEqual([shares.held, shares.heldBy("one")], [0, 0])
  })
})
