/** DNS records as people write them, beside records as a resolver tells them: what means the same compares the same. */
import type { DnsRecordType } from "./DnsClient.ts"

export interface Comparison {
  readonly found: ReadonlyArray<string>
  readonly expected: ReadonlyArray<string>
  /** Nothing else may be there. */
  readonly isExact: boolean
}

/** Order and repetition do not matter. Expecting nothing, anything is as expected. */
export const isAsExpected = (type: DnsRecordType, { expected, found, isExact }: Comparison): boolean => {
  if (expected.length === 0) return true
  const wanted = new Set(expected.map(comparable(type)))
  const there = new Set(found.map(comparable(type)))
  return [...wanted].every((record) => there.has(record)) && (!isExact || wanted.size === there.size)
}

/**
 * Names in lower case without the final dot, one blank between fields, addresses in their short form, quotes of zone
 * files gone. TXT is compared as it is, but for the quotes around it.
 */
export const comparable =
  (type: DnsRecordType) =>
  (text: string): string => {
    const trimmed = text.trim()
    if (type === "TXT") return /^"[^"]*"$/.test(trimmed) ? trimmed.slice(1, -1) : trimmed
    if (type === "AAAA") return shortIpv6(trimmed)
    return trimmed
      .toLowerCase()
      .split(/\s+/)
      .map((field) => field.replace(/^"(.*)"$/, "$1").replace(/(?<=.)\.$/, ""))
      .join(" ")
  }

const shortIpv6 = (text: string): string => {
  const url = `http://[${text}]/`
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : text.toLowerCase()
}
