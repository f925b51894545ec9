/** Header fields that a tenant may choose (RFC 9110 section 5). */
import { Schema } from "effect"

/** Fields that frame the message or manage the connection are ours (RFC 9110 section 7.6.1, RFC 9112 section 6). */
const framing = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

/** What is wrong with these names and values, as a sentence; undefined when HTTP can carry them. */
export const headerProblem = (headers: Readonly<Record<string, string>>): string | undefined => {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return `"${name}" is not a header name`
    if (framing.has(name.toLowerCase())) return `"${name}" is set by V-Insight and cannot be changed`
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      return `The value of "${name}" has a line break or a character HTTP cannot carry`
  }
  return undefined
}

export const Headers = Schema.Record(Schema.String, Schema.String.check(Schema.isMaxLength(8192))).check(
  Schema.makeFilter((headers: Readonly<Record<string, string>>) => headerProblem(headers) ?? true),
  Schema.isMaxProperties(50)
)
