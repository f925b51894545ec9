/** Text with the escapes of programming languages, for bytes that a form cannot hold: line ends, zeros, anything. */
import { Schema } from "effect"

/** `\r \n \t \0 \\` and `\xNN`; every other backslash is a mistake. The rest is UTF-8. */
const escape = /\\(?:x([\da-fA-F]{2})|([rnt0\\]))/g

const named: Readonly<Record<string, number>> = { r: 13, n: 10, t: 9, "0": 0, "\\": 92 }

const isEscaped = (text: string): boolean => !text.replaceAll(escape, "").includes("\\")

/** The bytes that are meant. */
export const bytesOf = (text: string): Uint8Array => {
  const encoder = new TextEncoder()
  const parts: Array<Uint8Array> = []
  let from = 0
  for (const match of text.matchAll(escape)) {
    const [whole, hex, name] = match
    parts.push(encoder.encode(text.slice(from, match.index)))
    parts.push(Uint8Array.of(hex === undefined ? named[name!]! : Number.parseInt(hex, 16)))
    from = match.index + whole.length
  }
  parts.push(encoder.encode(text.slice(from)))
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Says how to write what cannot be typed; for descriptions. */
export const howToEscape = "\\r and \\n are the line end, \\xNN is any byte, \\\\ a backslash."

export const Escaped = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      isEscaped(text) || "After a backslash write r, n, t, 0, xNN or another backslash, such as PING\\r\\n"
  ),
  Schema.isMaxLength(4096, { message: "At most 4,096 characters" })
)
