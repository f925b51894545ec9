/** A name to ask DNS about. Other than a host it may have underscores (`_dmarc.example.org`) and a star. */
import { Schema } from "effect"

/** RFC 1035 section 2.3.4: octets of a name as text, of a label. */
const maxName = 253
const label = /^(?:\*|[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)$/

/** As it is asked: ASCII (IDNA, as browsers do it), lower case, without the final dot. Undefined when it is no name. */
export const askedName = (text: string): string | undefined => {
  const name = ascii(text.trim().replace(/\.$/, ""))
  if (name === undefined || name.length > maxName) return undefined
  const labels = name.split(".")
  return labels.every((it) => label.test(it)) && !/^\d+$/.test(labels.at(-1)!) ? name : undefined
}

const ascii = (text: string): string | undefined => {
  if (/^[\x21-\x7e]*$/.test(text)) return text.toLowerCase()
  const url = `http://${text}/`
  return /[\s\p{C}%/\\?#@:[\]]/u.test(text) || !URL.canParse(url) ? undefined : new URL(url).hostname
}

const problem = (text: string): string | true => {
  if (askedName(text) !== undefined) return true
  if (text.includes("://") || text.includes("/")) return "Write the name alone, without https:// and path"
  if (/^[\d.]+$|:/.test(text)) return "Write a name, not an address"
  return "Write a name such as example.org or _dmarc.example.org"
}

export const DnsName = Schema.String.check(
  Schema.makeFilter(problem),
  // Last: JSON Schema keeps what is said of a field with the last check that it can express.
  Schema.isMaxLength(255, { message: "A name may have at most 255 characters" })
)
