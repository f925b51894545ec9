/** Sentences of the API name instants in UTC; pages write instants in the reader's time zone. */

/** Words, or an instant among them. */
export type Piece = string | { readonly at: string }

/** `2026-11-21 22:00 UTC`, with seconds or without. */
const instant = /(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?) UTC/g

/** What no calendar has stays as it was said. */
export const pieces = (sentence: string): ReadonlyArray<Piece> => {
  const found: Array<Piece> = []
  let end = 0
  for (const { 0: said, 1: day, 2: time, index } of sentence.matchAll(instant)) {
    const at = `${day}T${time}Z`
    const ms = Date.parse(at)
    // 31 February would be taken for a day of March.
    if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(`${day}T`)) continue
    found.push(sentence.slice(end, index), { at })
    end = index + said.length
  }
  return [...found, sentence.slice(end)].filter((piece) => piece !== "")
}
