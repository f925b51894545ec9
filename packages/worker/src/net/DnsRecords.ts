/** Records as c-ares gives them, as text that people compare: zone-file order, no final dots, lower-case names. */
import type { CaaRecord, MxRecord, SoaRecord, SrvRecord } from "node:dns"
import type { DnsRecordType } from "@v-insight/domain/monitor-types/DnsClient"

const maxRecords = 100
/** Characters. TXT may have 64 KB. */
const maxLength = 500

export interface DnsRecords {
  readonly records: ReadonlyArray<string>
  readonly isTruncated: boolean
}

/** `answer` is what `dns.Resolver.resolve` gives for the type. Control characters become U+FFFD. */
export const recordsOf = (type: DnsRecordType, answer: unknown): DnsRecords => {
  // One SOA comes without its list.
  const items: ReadonlyArray<unknown> = Array.isArray(answer) ? answer : [answer]
  const texts = items.slice(0, maxRecords).map((item) => oneLine(textOf[type](item as never)))
  return {
    records: texts.map((text) => text.slice(0, maxLength)).sort(),
    isTruncated: items.length > maxRecords || texts.some((text) => text.length > maxLength)
  }
}

/** The hosts that a record names, for types that do. */
export const hostsOf = (type: DnsRecordType, record: string): ReadonlyArray<string> => {
  switch (type) {
    case "CNAME":
    case "NS":
      return [record]
    case "MX":
    case "SRV":
      return [record.slice(record.lastIndexOf(" ") + 1)]
    case "SOA":
      return record.split(" ").slice(0, 2)
    case "A":
    case "AAAA":
    case "TXT":
    case "CAA":
      return []
  }
}

/** The root stays a dot: an MX of `0 .` says that there is no mail (RFC 7505). */
const nameOf = (name: string): string => (name === "" ? "." : name.toLowerCase().replace(/(?<=.)\.$/, ""))

/** Node takes every byte for a character; today's TXT records are UTF-8. */
const utf8 = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8")

const oneLine = (text: string): string => text.replace(/\p{Cc}/gu, "\u{fffd}")

const textOf: { readonly [T in DnsRecordType]: (record: never) => string } = {
  A: (address: string) => address,
  AAAA: (address: string) => address,
  CNAME: nameOf,
  NS: nameOf,
  TXT: (chunks: ReadonlyArray<string>) => utf8(chunks.join("")),
  MX: ({ exchange, priority }: MxRecord) => `${priority} ${nameOf(exchange)}`,
  SOA: ({ expire, hostmaster, minttl, nsname, refresh, retry, serial }: SoaRecord) =>
    `${nameOf(nsname)} ${nameOf(hostmaster)} ${serial} ${refresh} ${retry} ${expire} ${minttl}`,
  SRV: ({ name, port, priority, weight }: SrvRecord) => `${priority} ${weight} ${port} ${nameOf(name)}`,
  // RFC 8659 section 4.1: flags, tag, value; Node calls the flags `critical` and keys the value by its tag.
  CAA: ({ critical, ...fields }: CaaRecord) =>
    [critical, ...Object.entries(fields).flatMap((field) => (field[0] === "type" ? [] : field))].join(" ")
}
