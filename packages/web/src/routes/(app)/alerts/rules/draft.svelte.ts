/** A rule as it is filled in. It starts over when the server sends other values. */
import type { Problem } from "#lib/api/problem.ts"
import { slotTexts, silence, type Offered } from "#lib/alerts/ruleText.ts"
import { slotIssues } from "#lib/alerts/slotIssues.ts"
import type { RuleValues } from "#lib/alerts/ruleValues.ts"

type Writable<A> = { -readonly [K in keyof A]: A[K] extends ReadonlyArray<infer I> ? Array<I> : A[K] }

export class Draft {
  #values: () => RuleValues
  #offered: () => Offered
  #problem: () => Problem | undefined

  /** The same values that come again change nothing. */
  #given = $derived.by(() => JSON.stringify(this.#values()))
  /** What the reader changes. */
  own = $derived.by(() => {
    const values = $state(JSON.parse(this.#given) as Writable<RuleValues>)
    return values
  })
  texts = $derived.by(() => slotTexts(this.own, this.#offered()))
  /** Why nobody would be told, if so. */
  silence = $derived.by(() =>
    silence({ ...this.own, enabled: true, escalates: this.own.policyId !== "" }, this.#offered().channels)
  )
  /** What is wrong within slots, which are closed. */
  issues = $derived.by(() => slotIssues(this.#problem()))

  constructor(values: () => RuleValues, offered: () => Offered, problem: () => Problem | undefined) {
    this.#values = values
    this.#offered = offered
    this.#problem = problem
  }

  isWrong(slot: string): boolean {
    return this.issues.some((issue) => issue.slot === slot)
  }
}
