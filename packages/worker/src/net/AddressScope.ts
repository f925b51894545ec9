/**
 * How far away an address is. What tells that the internet is gone tells nothing of the machine beside us, and the other
 * way round.
 */
import { AddressPolicy } from "./AddressPolicy.ts"
import { isWithinAny, parseIp, rangesOf } from "./IpAddress.ts"

export type AddressScope = "loopback" | "private" | "public"

const loopback = rangesOf("127.0.0.0/8", "::1/128")

/** Everything that is no public address of its own counts as private: it is reached, if at all, without the internet. */
export const scopeOf = (address: string): AddressScope => {
  if (AddressPolicy.publicOnly.isAllowed(address)) return "public"
  const ip = parseIp(address)
  return ip !== undefined && isWithinAny(ip, loopback) ? "loopback" : "private"
}

/** The network of an address, about as large as one provider or place has: /16 of IPv4, /32 of IPv6. */
export const networkOf = (address: string): string => {
  const ip = parseIp(address)
  return ip === undefined ? address : ip.subarray(0, ip.length === 4 ? 2 : 4).join(".")
}
