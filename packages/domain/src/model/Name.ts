/** Names that people give things: one line that mails, terminals and pages show as it was typed. */
import { Schema } from "effect"

/** Line breaks and other control characters, and marks that turn text around (Unicode Annex 9, explicit formatting). */
const unshowable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** What is wrong with it, as a sentence; true when nothing is. */
const problem = (name: string): string | true =>
  !unshowable.test(name) || "Write the name on one line, without control characters or marks that turn text around"

export const Name = Schema.Trimmed.check(Schema.makeFilter(problem), Schema.isBetweenLength(1, 120))
