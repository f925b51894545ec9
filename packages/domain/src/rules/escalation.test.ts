import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { AlertChannelId } from "../model/AlertChannel.ts"
import { endBefore, type EscalationFacts, nextAfter, nextFrom, stepSentence } from "./escalation.ts"

const step = (waitSeconds: number) => ({
  waitSeconds,
  targets: [{ type: "channel", channelId: "" as AlertChannelId } as const]
})
const facts = (fields: Partial<EscalationFacts>): EscalationFacts => ({
  isResolved: false,
  isAcknowledged: false,
  isMerged: false,
  isRuleRemoved: false,
  isRuleDisabled: false,
  isPolicyRemoved: false,
  steps: [step(300), step(600)],
  repeats: 1,
  ...fields
})

const walk = (
  of: EscalationFacts,
  hasReached: (position: number) => boolean
): ReadonlyArray<readonly [number, number]> => {
  const steps: Array<readonly [number, number]> = []
  let position: number | undefined = 0
  while (position !== undefined) {
    const next: ReturnType<typeof nextAfter> = nextAfter(of, position, hasReached(position))
    if (next !== undefined) steps.push([next.position, next.waitSeconds])
    position = next?.position
  }
  return steps
}

describe("an escalation", () => {
  it("goes through all steps, and again as often as it should", () => {
    assert.deepStrictEqual(
      walk(facts({}), () => true),
      [
        [1, 600],
        [10, 300],
        [11, 600]
      ]
    )
  })

  it("goes on at once after a step that reached nobody, but waits before it begins again", () => {
    assert.deepStrictEqual(
      walk(facts({ steps: [step(0), step(600)] }), () => false),
      [
        [1, 0],
        [10, 60],
        [11, 0]
      ]
    )
  })

  it("ends for a reason, the most telling one first", () => {
    const ends = (fields: Partial<EscalationFacts>) => endBefore(facts(fields), 0)?.code
    assert.strictEqual(ends({}), undefined)
    assert.strictEqual(ends({ isResolved: true, isAcknowledged: true }), "resolved")
    assert.strictEqual(ends({ isAcknowledged: true, isMerged: true }), "acknowledged")
    assert.strictEqual(ends({ isMerged: true }), "merged")
    assert.strictEqual(ends({ isPolicyRemoved: true, isRuleRemoved: true }), "policy_removed")
    assert.strictEqual(ends({ isRuleRemoved: true, isRuleDisabled: true }), "rule_removed")
    assert.strictEqual(ends({ isRuleDisabled: true }), "rule_disabled")
    assert.strictEqual(endBefore(facts({ steps: [step(0)], repeats: 0 }), 1)?.code, "all_steps")
  })

  it("goes on with the next round when steps were taken out of the policy meanwhile", () => {
    assert.strictEqual(nextFrom(facts({ steps: [step(0)] }), 1), 10)
    assert.strictEqual(nextFrom(facts({ steps: [step(0)] }), 11), undefined)
  })

  it.prop(
    "takes at most 110 steps, each later than the one before, of whatever policy",
    [
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400 }))).check(
        Schema.isMinLength(1),
        Schema.isMaxLength(10)
      ),
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 })),
      Schema.Boolean
    ],
    ([waits, repeats, hasReached]) => {
      const taken = walk(facts({ steps: waits.map(step), repeats }), () => hasReached)
      assert.strictEqual(taken.length + 1, waits.length * (repeats + 1))
      assert.isAtMost(taken.length + 1, 110)
      for (const [index, [position]] of taken.entries()) {
        assert.isAbove(position, index === 0 ? 0 : taken[index - 1]![0])
      }
    }
  )
})

describe("the sentence of a step", () => {
  it("says who was told, by what, and why others were not", () => {
    assert.strictEqual(
      stepSentence(1, [
        { kind: "person", email: "ana@acme.example", schedule: "Primary", channels: ["Phone", "Mail"] },
        { kind: "channel", channel: "Pager" },
        { kind: "no_contacts", email: "ben@acme.example", schedule: undefined },
        { kind: "nobody_on_call", schedule: "Night" }
      ]),
      "Step 2: told ana@acme.example (on call by Primary) by Phone and Mail and Pager. ben@acme.example has no channel to be told by: set one under Contacts. Nobody is on call by Night."
    )
    assert.strictEqual(
      stepSentence(20, [{ kind: "left" }, { kind: "schedule_removed" }, { kind: "channel_unusable", channel: "Hook" }]),
      "Step 1, round 3 reached nobody. Somebody whom it names has left the workspace. A schedule that it names was removed. Hook is disabled."
    )
    assert.strictEqual(
      stepSentence(0, [{ kind: "channel_unusable", channel: undefined }]),
      "Step 1 reached nobody. A channel that it names was removed."
    )
  })
})
