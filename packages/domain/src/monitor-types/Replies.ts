/** Replies of three digits, as SMTP (RFC 5321 section 4.2) and FTP (RFC 959 section 4.2) have them. */
import { Effect } from "effect"
import type { DialFailed } from "./Conversation.ts"
import type { Reader } from "./Reader.ts"
import { quoted, Refused } from "./Refused.ts"

export interface Reply {
  readonly code: number
  /** The text of each line, without the code. */
  readonly lines: ReadonlyArray<string>
}

/** EHLO lists up to some dozens of extensions; a greeting may carry a page of law. */
const maxLines = 200

/**
 * Reads one reply. Every line of SMTP's carries the code; between the first and the last line of FTP's anything may
 * stand, which is how `isLoose` reads.
 */
export const readReply = (
  reader: Reader,
  protocol: "SMTP" | "FTP",
  isLoose = protocol === "FTP"
): Effect.Effect<Reply, DialFailed | Refused> =>
  Effect.gen(function* () {
    const first = yield* reader.line
    const [, digits, mark, text = ""] = line.exec(first) ?? []
    if (digits === undefined) return yield* notThis(protocol, first)
    const lines = [text]
    for (let isLast = mark !== "-"; !isLast;) {
      const next = yield* reader.line
      const [, code, mark, text = ""] = line.exec(next) ?? []
      const isOurs = code === digits
      if ((!isOurs && !isLoose) || lines.length >= maxLines) return yield* notThis(protocol, next)
      lines.push(isOurs ? text : next)
      isLast = isOurs && mark !== "-"
    }
    return { code: Number(digits), lines }
  })

/** A code, then nothing, a blank (the last line) or a hyphen (more follow). */
const line = /^([2-5]\d\d)(?:([ -])(.*))?$/

const notThis = (protocol: "SMTP" | "FTP", said: string) =>
  Effect.fail(
    new Refused({
      code: `not_${protocol.toLowerCase()}`,
      message: `The answer is not ${protocol}: "${quoted(said)}".`,
      answer: said
    })
  )

/** `554 5.7.1 No service`: the reply in one line. */
export const oneLine = ({ code, lines }: Reply): string => `${code} ${quoted(lines.join(" "))}`.trim()

/** The reply as it came, without line ends of its own. */
export const asText = ({ code, lines }: Reply): string => lines.map((text) => `${code} ${text}`.trim()).join("\n")
