/** Chance that can be had again: the same seed gives the same monitors, faults and victims. */
import { hashOf } from "@v-insight/domain/rules/hash"

export interface Dice {
  /** At least 0, below 1. */
  readonly next: () => number
  readonly below: (limit: number) => number
  readonly pick: <A>(list: ReadonlyArray<A>) => A
  readonly shuffle: <A>(list: ReadonlyArray<A>) => ReadonlyArray<A>
  readonly uuid: () => string
}

/** Mulberry32: 32 bits of state are plenty here. */
export const makeDice = (seed: number): Dice => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  const shuffle = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> =>
    list
      .map((item) => ({ item, at: next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  const hex = (digits: number): string => Array.from({ length: digits }, () => below(16).toString(16)).join("")
  return {
    next,
    below,
    pick: (list) => list[below(list.length)]!,
    shuffle,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`
  }
}

/** The same for the same words: what a monitor's target answers at a time is no matter of who asks how often. */
export const chanceOf = (...words: ReadonlyArray<string | number>): number => hashOf(words.join("/")) / 2 ** 32
