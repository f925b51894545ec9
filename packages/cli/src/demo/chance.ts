/** Chance that is the same whenever the same words ask for it: a story told twice is the same story. */
import { hashOf } from "@v-insight/domain/rules/hash"

/** From 0 to below 1, evenly. */
export type Chance = () => number

/** Mulberry32: 32 bits of state are plenty for what nobody bets on. */
export const chanceOf = (words: string): Chance => {
  let state = hashOf(words)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const between = (chance: Chance, least: number, most: number): number => least + (most - least) * chance()

export const oneOf = <A>(chance: Chance, items: readonly [A, ...ReadonlyArray<A>]): A =>
  items[Math.floor(chance() * items.length)] ?? items[0]
