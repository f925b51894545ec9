/**
 * Which addresses a tenant may have us dial: an allow-list of global unicast (never a deny-list of "private"), widened
 * by the operator's own ranges. Judged for every address at the moment it is dialled, wherever it came from.
 */
import { Config, Schema } from "effect"
import { embeddedIpv4 } from "./EmbeddedIpv4.ts"
import { isWithin, isWithinAny, parseIp, parseRange, rangesOf, type IpAddress, type IpRange } from "./IpAddress.ts"

/** IANA IPv4 special-purpose registry: everything that is not global unicast. */
const special4 = rangesOf(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4"
)

/** Global unicast as IANA gives it out, and what within it is special. */
const unicast6 = rangesOf("2000::/3")
const special6 = rangesOf("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

/**
 * Where clouds keep credentials and control planes. Never dialled, whatever ranges are allowed. Link-local as a whole,
 * because each cloud picks its own addresses there (.169.254, .170.2, .170.23, .0.23, .42.42).
 */
const metadata = rangesOf(
  "169.254.0.0/16",
  "168.63.129.16/32", // Azure
  "100.100.100.200/32", // Alibaba
  "192.0.0.192/32", // Oracle
  "fe80::/10",
  "fd00:ec2::/32", // AWS
  "fd20:ce::254/128", // Google
  "fd00:42::42/128", // Scaleway
  "fd00:c1::a9fe:a9fe/128" // Oracle
)

export class AddressPolicy {
  readonly #allowed: ReadonlyArray<IpRange>

  constructor(allowed: ReadonlyArray<IpRange>) {
    this.#allowed = allowed
  }

  /** Whether the operator lets tenants see more than what is public. */
  get isWidened(): boolean {
    return this.#allowed.length > 0
  }

  /** `address` is text as DNS or a URL gives it; what is no plain address is not allowed. */
  isAllowed(address: string): boolean {
    const ip = parseIp(address)
    if (ip === undefined || isWithinAny(ip, metadata)) return false
    const { addresses, isTransparent } = embeddedIpv4(ip)
    return (isTransparent || this.#isReachable(ip)) && addresses.every((inner) => this.#isReachable(inner))
  }

  #isReachable(ip: IpAddress): boolean {
    return !isWithinAny(ip, metadata) && (isPublic(ip) || isWithinAny(ip, this.#allowed))
  }

  static readonly publicOnly = new AddressPolicy([])

  /** For what the operator named, such as witnesses: anything but cloud metadata. Never for what a tenant typed. */
  static readonly operators = new AddressPolicy(rangesOf("0.0.0.0/0", "::/0"))

  /** From VINSIGHT_ALLOWED_CIDRS: a comma list of ranges to allow beyond public addresses; absent or empty is none. */
  static readonly config: Config.Config<AddressPolicy> = Config.schema(
    Schema.String.check(Schema.makeFilter((list) => problemOf(list) ?? true)),
    "VINSIGHT_ALLOWED_CIDRS"
  ).pipe(
    Config.withDefault(""),
    Config.map((list) => new AddressPolicy(rangesOf(...entriesOf(list))))
  )
}

const isPublic = (ip: IpAddress): boolean =>
  ip.length === 4 ? !isWithinAny(ip, special4) : isWithinAny(ip, unicast6) && !isWithinAny(ip, special6)

const entriesOf = (list: string): ReadonlyArray<string> =>
  list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")

/** The first entry that is wrong, in a sentence. Ranges without effect are wrong too: nobody should wait for them. */
const problemOf = (list: string): string | undefined => {
  for (const entry of entriesOf(list)) {
    const range = parseRange(entry)
    if (typeof range === "string") return range
    if (metadata.some((blocked) => blocked.bits <= range.bits && isWithin(range.first, blocked))) {
      return `"${entry}" lies among link-local and cloud metadata addresses, which stay blocked. Remove it.`
    }
    if (range.bits >= 96 && embeddedIpv4(range.first).isTransparent) {
      return `"${entry}" stands for IPv4 addresses. Write it as an IPv4 range.`
    }
  }
  return undefined
}
