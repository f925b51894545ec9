/** Lists in words. */
const conjunction = new Intl.ListFormat("en-GB", { type: "conjunction" })

/** `A`, `A and B`, `A, B and C` */
export const both = (words: ReadonlyArray<string>): string => conjunction.format(words)

/** `1 monitor`, `3 monitors` */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`
