/** Sentences of the API name instants in UTC; pages write instants in the reader's time zone. */

/** `2026-11-21 22:00 UTC`, with seconds or without. What no calendar has stays as it was said. */
const instant = /(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?) UTC/

/** Words and instants by turns, words first and last. */
export const pieces = (sentence: string): ReadonlyArray<string> =>
  sentence.split(instant).map((piece, index) => (index % 2 ? `${piece.replace(" ", "T")}Z` : piece))
