import { assert, describe, it } from "@effect/vitest"
import { maxRulesPerMonitor } from "@v-insight/domain/model/AlertRule"
import type { Scope } from "@v-insight/domain/rules/scope"
import { chainOf, up } from "../testing/Chain.ts"
import { weightOf } from "../recording/DecidedCheck.ts"
import { type JudgedRule, watchOf } from "./watch.ts"

const monitor = { tenantId: "t", id: "m-7", tags: ["web"] }
const ruleOf = (id: string, scope: Scope): JudgedRule => ({
  id: id as JudgedRule["id"],
  severity: "warning",
  condition: { trigger: "slow_response", percentile: 95, aboveMs: 1, windowSeconds: 3600 },
  scope: scope as JudgedRule["scope"]
})
const everything = { monitorIds: [], tags: [] }

describe("what concerns a monitor", () => {
  it("is found among many names", () => {
    const monitorIds = Array.from({ length: 1000 }, (_, index) => `m-${index}`)
    const [named, other] = [ruleOf("a", { monitorIds, tags: [] }), ruleOf("b", { monitorIds: ["m-8"], tags: [] })]
    const own = watchOf({ rules: [named, other, ruleOf("c", { monitorIds: [], tags: ["web"] })], windows: [] }, monitor)
    assert.deepStrictEqual(
      own.rules.map(({ id }) => id),
      ["a", "c"]
    )
    assert.lengthOf(watchOf({ rules: [named], windows: [] }, { ...monitor, id: "m-1000" }).rules, 0)
  })

  it("is at most as many rules as a row can remember, the oldest of them", () => {
    const rules = Array.from({ length: 200 }, (_, index) => ruleOf(String(index), everything))
    assert.deepStrictEqual(watchOf({ rules, windows: [] }, monitor).rules, rules.slice(0, maxRulesPerMonitor))
  })

  it("weighs in the statement that writes it, so that a thousand monitors do not make half a gigabyte of text", () => {
    const rules = Array.from({ length: maxRulesPerMonitor }, (_, index) => ruleOf(String(index), everything))
    const chain = chainOf(monitor)
    const terms = {
      policy: { confirmations: 0, recoveryChecks: 1, degradedAfterMs: null },
      intervalMs: 30_000,
      watch: { rules, windows: [] }
    }
    let row = chain(up, 0, terms)
    for (let check = 1; check <= 130; check++) row = chain(up, check * 30_000, terms)
    assert.isAtLeast(weightOf(row), JSON.stringify(row.memory).length)
  })
})
