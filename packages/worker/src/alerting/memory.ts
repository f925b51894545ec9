/**
 * What decisions remember of a monitor beyond the columns of its state, as `monitor_state.memory` keeps it: turns for
 * flapping, the window of which a failure was noted, and what each rule remembers, samples included. Those are below 2 KiB
 * a rule and written with each check that changes them, in the row that is written anyway: so an owner that takes over
 * goes on exactly where the last one was, without a look at the checks.
 */
import { essenceOf, type RuleMemory } from "@v-insight/domain/rules/alerts"
import { initial, type State } from "@v-insight/domain/rules/decide"
import { noMemories, type RuleMemories } from "./judgeRules.ts"

export interface StoredMemory {
  readonly flapping?: State["flapping"]
  readonly notedIn?: string
  readonly rules?: Record<string, RuleMemory>
}

type Remembered = Pick<State, "flapping" | "notedIn">

/** NULL when there is nothing. Reducers give the same objects back when nothing changed. */
export const toStored = ({ flapping, notedIn }: Remembered, rules: RuleMemories): StoredMemory | null =>
  flapping.turns.length === 0 && notedIn === null && rules === noMemories
    ? null
    : {
        ...(flapping.turns.length > 0 && { flapping }),
        ...(notedIn !== null && { notedIn }),
        ...(rules !== noMemories && { rules })
      }

/** Characters that it takes in a statement, or a little more. */
export const weightOfMemory = (stored: StoredMemory | null | undefined): number => {
  let weight = (stored?.flapping?.turns.length ?? 0) * perInstant
  for (const id in stored?.rules) weight += perRule + samplesOf(stored.rules[id]!) * perSample
  return weight
}

const samplesOf = (memory: RuleMemory): number => {
  switch (memory.trigger) {
    case "slow_response":
      return memory.samples.length
    case "coverage_lost":
      return memory.observed.length
    case "ssl_expiry":
      return memory.seen.length * 6
    default:
      return 0
  }
}
/** Its id, what it is of, and whether it is raised. */
const perRule = 180
/** An instant of 13 digits, and microseconds. */
const perSample = 26
const perInstant = 14

export const fromStored = (stored: StoredMemory | null): Remembered & { readonly rules: RuleMemories } => ({
  flapping: stored?.flapping ?? initial.flapping,
  notedIn: stored?.notedIn ?? initial.notedIn,
  rules: stored?.rules ?? noMemories
})

/** Of a monitor that was paused: nothing was due meanwhile, so the time before is nobody's window. */
export const rested = (rules: RuleMemories): RuleMemories => {
  const kept = Object.entries(rules).flatMap(([id, memory]) => {
    const essence = essenceOf(memory)
    return essence === undefined ? [] : [[id, essence] as const]
  })
  return kept.length === 0 ? noMemories : Object.fromEntries(kept)
}
