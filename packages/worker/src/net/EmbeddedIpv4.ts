/**
 * IPv4 addresses that hide in IPv6 ones: a packet to the outer address may end at the inner one, so whoever judges
 * addresses must judge both.
 */
import { isWithin, rangesOf, type IpAddress, type IpRange } from "./IpAddress.ts"

interface Form {
  readonly range: IpRange
  /**
   * The outer address means nothing but the inner one (the kernel or a translator in our own network unwraps it), so
   * it may be dialled wherever the inner one may. Others are public addresses of nobody, or of a relay.
   */
  readonly isTransparent: boolean
  readonly inner: (address: IpAddress) => ReadonlyArray<IpAddress>
}

const last4 = (address: IpAddress): ReadonlyArray<IpAddress> => [address.subarray(12)]

const form = (range: string, isTransparent: boolean, inner: Form["inner"]): Form => ({
  range: rangesOf(range)[0]!,
  isTransparent,
  inner
})

const forms: ReadonlyArray<Form> = [
  form("::ffff:0:0/96", true, last4), // IPv4-mapped, RFC 4291 section 2.5.5.2
  form("64:ff9b::/96", true, last4), // NAT64, RFC 6052: what DNS64 answers in IPv6-only networks
  // IPv4-compatible, RFC 4291 section 2.5.5.1; unspecified and loopback (::, ::1) are not of this form.
  form("::/96", false, (address) =>
    address[12] === 0 && address[13] === 0 && address[14] === 0 ? [] : last4(address)
  ),
  form("64:ff9b:1::/48", false, last4), // a network's own NAT64, RFC 8215, with the longest prefix
  form("::ffff:0:0:0/96", false, last4), // IPv4-translated, RFC 2765
  form("2002::/16", false, (address) => [address.subarray(2, 6)]), // 6to4, RFC 3056
  // Teredo, RFC 4380: the server, and the client with its bits flipped
  form("2001::/32", false, (address) => [address.subarray(4, 8), address.subarray(12).map((byte) => byte ^ 0xff)])
]

export interface Embedded {
  readonly addresses: ReadonlyArray<IpAddress>
  readonly isTransparent: boolean
}

const nothing: Embedded = { addresses: [], isTransparent: false }

export const embeddedIpv4 = (address: IpAddress): Embedded => {
  if (address.length === 4) return nothing
  for (const { range, isTransparent, inner } of forms) {
    if (isWithin(address, range)) return { addresses: inner(address), isTransparent }
  }
  return nothing
}
