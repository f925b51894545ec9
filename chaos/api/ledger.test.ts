/** The judge of R1, judged: it must see what is lost, and not call lost what nobody promised. */
import { assert, describe, it } from "@effect/vitest"
import { lostIn, makeLedger, type Tables, Written } from "./ledger.ts"

const tables = (changes: Partial<Tables> = {}): Tables => ({
  monitors: new Map(),
  calls: new Map(),
  acknowledged: new Set(),
  ...changes
})

const monitor = (name: string, paused = false) => new Map([["m", { name, paused }]])

describe("R1: the judge of acknowledged writes", () => {
  it("misses what is not there", () => {
    const ledger = makeLedger()
    ledger.names.set("m", new Written("a"))
    ledger.acknowledged.add("i")
    ledger.calls.set("j", { made: 3, acknowledged: 2 })
    assert.lengthOf(lostIn(ledger, tables()), 3)
    const all = tables({ monitors: monitor("a"), acknowledged: new Set(["i"]), calls: new Map([["j", 3]]) })
    assert.deepStrictEqual(lostIn(ledger, all), [])
  })

  it("takes the last acknowledged value, or one that was tried after it", () => {
    const ledger = makeLedger()
    const name = new Written("a")
    ledger.names.set("m", name)
    name.tries("b")
    name.acknowledges("b")
    name.tries("c")
    name.tries("d")
    name.refuses("d")
    for (const [value, isLost] of [
      ["a", true],
      ["b", false],
      ["c", false],
      ["d", true]
    ] as const) {
      assert.lengthOf(lostIn(ledger, tables({ monitors: monitor(value) })), isLost ? 1 : 0, value)
    }
  })

  it("sees a pause that came undone, and calls that nobody made", () => {
    const ledger = makeLedger()
    ledger.names.set("m", new Written("a"))
    ledger.paused.set("m", new Written(true))
    ledger.calls.set("j", { made: 1, acknowledged: 1 })
    const found = lostIn(ledger, tables({ monitors: monitor("a"), calls: new Map([["j", 2]]) }))
    assert.lengthOf(found, 2)
  })
})
