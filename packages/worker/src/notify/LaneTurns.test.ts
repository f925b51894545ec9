import { assert, describe, it } from "@effect/vitest"
import { LaneTurns } from "./LaneTurns.ts"

const channels = (tenantId: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ tenantId, channelId: `${tenantId}${index}` }))

describe("lanes", () => {
  it("are open at once for who has one channel, whatever others have", () => {
    const turns = new LaneTurns(500)
    const opened = channels("many", 10_000).filter((channel) => turns.enter(channel))
    assert.lengthOf(opened, 375)
    assert.isTrue(turns.isCrowded)
    for (const tenantId of ["a", "b", "c"]) assert.isTrue(turns.enter({ tenantId, channelId: tenantId }))
  })

  it("open for who waits as others close, each tenant in its turn, each channel once", () => {
    const turns = new LaneTurns(4)
    const open = [...channels("a", 3), ...channels("b", 1)].filter((channel) => turns.enter(channel))
    assert.lengthOf(open, 4)
    for (const channel of [...channels("c", 2), ...channels("d", 1), ...channels("c", 2)]) {
      assert.isFalse(turns.enter(channel))
    }
    const called: Array<string> = []
    for (const { tenantId } of open) called.push(...turns.leave(tenantId).map(({ channelId }) => channelId))
    assert.deepStrictEqual(called, ["c0", "d0", "c1"])
    assert.isFalse(turns.isCrowded)
  })

  it("that nobody waits for leave room", () => {
    const turns = new LaneTurns(4)
    const [one] = channels("a", 1)
    for (let round = 0; round < 10; round++) {
      assert.isTrue(turns.enter(one!))
      assert.deepStrictEqual(turns.leave("a"), [])
    }
  })
})
