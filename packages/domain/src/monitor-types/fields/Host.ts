/** A host that a raw connection can be made to: a name, international ones too, or an IP address. */
import { Schema } from "effect"

/**
 * As it is dialled: names in ASCII (IDNA, as browsers do it) and without the dot of a rooted name, IPv6 without
 * brackets. Undefined when it is no host.
 */
export const dialledHost = (text: string): string | undefined => {
  const inner = text.replace(/^\[(.*)\]$/, "$1")
  if (inner.includes(":")) {
    // A zone (fe80::1%eth0) would name one of our own interfaces.
    const url = `http://[${inner}]/`
    return /^[\da-f:.]+$/i.test(inner) && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined
  }
  const url = `http://${text}/`
  if (/[\s\p{C}%/\\?#@[\]]/u.test(text) || !URL.canParse(url)) return undefined
  const name = new URL(url).hostname.replace(/\.$/, "")
  return name.length <= 253 && name.split(".").every(isLabel) ? name : undefined
}

const isLabel = (label: string): boolean => label !== "" && label.length <= 63

const problem = (text: string): string | true => {
  if (dialledHost(text) !== undefined) return true
  if (text.includes("://")) return "Write the host alone, without https:// or another scheme"
  if (/[/?#]/.test(text)) return "Write the host alone, without a path"
  if (text.includes("@")) return "Write the host alone, without a user name"
  if (/^[^:]+:\d+$|^\[.*\]:\d+$/.test(text)) return "Write the port into its own field"
  return "Write a host name such as db.example.org, or an IP address"
}

export const Host = Schema.String.check(
  Schema.makeFilter(problem),
  // Last: JSON Schema keeps what is said of a field with the last check that it can express.
  Schema.isMaxLength(255, { message: "A host name may have at most 255 characters" })
)

/** `example.org:25`, `[::1]:25`: how a host and its port are shown. */
export const hostAndPort = (host: string, port: number): string =>
  host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`
