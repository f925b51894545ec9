/** A rule as it is filled in. It starts over when the server sends other values. */
import type { Problem } from "#lib/api/problem.ts"
import { slotTexts, silence, type Named, type Offered } from "#lib/alerts/ruleText.ts"
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
  /** Found since. */
  #found = $state.raw<ReadonlyArray<Named>>([])
  texts = $derived.by(() => {
    const offered = this.#offered()
    return slotTexts(this.own, { ...offered, monitors: [...offered.monitors, ...this.#found] })
  })
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

  /** Names of monitors. */
  learn(found: ReadonlyArray<Named>): void {
    this.#found = [...this.#found, ...found]
  }

  isWrong(slot: string): boolean {
    return this.issues.some((issue) => issue.slot === slot)
  }
}
