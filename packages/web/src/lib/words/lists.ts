/** Lists in words. */
const conjunction = new Intl.ListFormat("en-GB", { type: "conjunction" })
const disjunction = new Intl.ListFormat("en-GB", { type: "disjunction" })

/** `A`, `A and B`, `A, B and C` */
export const both = (words: ReadonlyArray<string>): string => conjunction.format(words)

/** `A`, `A or B`, `A, B or C` */
export const either = (words: ReadonlyArray<string>): string => disjunction.format(words)

/** `1 monitor`, `3 monitors` */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`
