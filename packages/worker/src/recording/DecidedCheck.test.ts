import { assert, describe, it } from "@effect/vitest"
import { initial } from "@v-insight/domain/rules/decide"
import { ordinaryTerms, up } from "../testing/Chain.ts"
import { type Chain, decideCheck } from "./DecidedCheck.ts"

const at = 1_800_000_000_000
const raised: Chain = {
  tenantId: "t",
  id: "m",
  state: initial,
  memory: { lastGood: null, stored: null },
  rules: { r: { trigger: "flapping", isRaised: true } },
  lastSlot: at - 60_000,
  isShared: true,
  isFirstRegion: true
}
const decided = (chain: Chain) => decideCheck(chain, { outcome: up, checkedAt: at }, ordinaryTerms, at)

describe("what a rule has raised", () => {
  it("is ended by the region that judges it, when it watches the monitor no more", () => {
    const { row } = decided(raised)
    assert.deepStrictEqual(
      row.turns.filter(({ ruleId }) => ruleId === "r").map(({ event, kind }) => `${kind} ${event}`),
      ["left ended"]
    )
  })

  it("is forgotten by a region that is not the first any more: another one may have raised it anew", () => {
    const { row, rules } = decided({ ...raised, isFirstRegion: false })
    assert.deepStrictEqual(row.turns, [])
    assert.deepStrictEqual(rules, {})
    assert.isNotTrue(row.memory === undefined, "it is written")
    assert.isUndefined(row.memory?.rules)
  })
})
