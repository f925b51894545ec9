/** The peer answered, but not as it should: what a kind of check fails with in the middle of a conversation. */
import { Data } from "effect"

export class Refused extends Data.TaggedError("Refused")<{
  /** Out of a closed set per kind, such as `auth_failed`. */
  readonly code: string
  /** A sentence for people. */
  readonly message: string
  /** What the peer said, when that helps to understand: kept as evidence. */
  readonly answer?: string
}> {}

/** What a peer said, fit for a sentence: one line without control characters. */
export const quoted = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").replaceAll(/\p{C}/gu, "\u{fffd}").trim()
  return line.length > maxQuoted ? `${line.slice(0, maxQuoted)}...` : line
}

/** Characters of a peer's words within a sentence. */
const maxQuoted = 160

/** The text without our own secrets: some peers repeat what they were told in what they answer. */
export const redacted = (text: string, secrets: ReadonlyArray<string | null | undefined>): string =>
  secrets.reduce<string>(
    (rest, secret) => (secret == null || secret === "" ? rest : rest.replaceAll(secret, "***")),
    text
  )
