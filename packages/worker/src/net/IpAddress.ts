/**
 * IP addresses and ranges as bytes, so that every way of writing one is judged as the same thing. Addresses with a zone
 * ("fe80::1%eth0") are none: a tenant has no business on a particular link of ours.
 */
import { isIPv4, isIPv6 } from "node:net"

const dot = 0x2e
const zero = 0x30

/** 4 bytes (IPv4) or 16 bytes (IPv6), network order. */
export type IpAddress = Uint8Array

export interface IpRange {
  readonly first: IpAddress
  readonly bits: number
}

export const parseIp = (text: string): IpAddress | undefined => {
  if (isIPv4(text)) return parseIpv4(text)
  // isIPv6 accepts a zone.
  if (!isIPv6(text) || text.includes("%")) return undefined
  const [left, right] = text.split("::")
  const head = groupsOf(left)
  const tail = groupsOf(right)
  const gap = right === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array<number>(gap).fill(0), ...tail]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/** By hand, because every check does it: 0.2 instead of 1 microsecond. */
const parseIpv4 = (text: string): IpAddress => {
  const bytes = new Uint8Array(4)
  let index = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === dot) index++
    else bytes[index] = bytes[index]! * 10 + code - zero
  }
  return bytes
}

const groupsOf = (part: string | undefined): Array<number> =>
  part === undefined || part === "" ? [] : part.split(":").flatMap(groupOf)

/** The last group may be a dotted quad, which stands for two. */
const groupOf = (text: string): Array<number> => {
  if (!text.includes(".")) return [Number.parseInt(text, 16)]
  const [a, b, c, d] = text.split(".").map(Number) as [number, number, number, number]
  return [(a << 8) | b, (c << 8) | d]
}

/** `10.0.0.0/8`, `fd00::/8` or a single address. What is wrong, as a sentence, when it is none. */
export const parseRange = (text: string): IpRange | string => {
  const slash = text.indexOf("/")
  const address = slash < 0 ? text : text.slice(0, slash)
  const first = parseIp(address)
  if (first === undefined) return `"${text}" is not an address range. Write one such as 10.0.0.0/8 or fd00::/8.`
  const most = first.length * 8
  const length = slash < 0 ? String(most) : text.slice(slash + 1)
  const bits = Number(length)
  if (!/^\d{1,3}$/.test(length) || bits > most) {
    return `"${text}" has no valid prefix length. It must be a whole number from 0 to ${most}.`
  }
  if (hasBitsBeyond(first, bits)) {
    return `"${text}" has bits set beyond its prefix. For that one address write ${address}/${most}.`
  }
  return { first, bits }
}

/** Ranges that are written in the source and known to be right. */
export const rangesOf = (...texts: ReadonlyArray<string>): ReadonlyArray<IpRange> =>
  texts.map((text) => parseRange(text) as IpRange)

export const isWithin = (address: IpAddress, { first, bits }: IpRange): boolean => {
  if (address.length !== first.length) return false
  const whole = bits >> 3
  for (let index = 0; index < whole; index++) if (address[index] !== first[index]) return false
  const rest = bits & 7
  return rest === 0 || ((address[whole]! ^ first[whole]!) & (0xff << (8 - rest)) & 0xff) === 0
}

export const isWithinAny = (address: IpAddress, ranges: ReadonlyArray<IpRange>): boolean => {
  for (const range of ranges) if (isWithin(address, range)) return true
  return false
}

const hasBitsBeyond = (address: IpAddress, bits: number): boolean => {
  for (let bit = bits; bit < address.length * 8; bit++) {
    if ((address[bit >> 3]! & (0x80 >> (bit & 7))) !== 0) return true
  }
  return false
}
