/** Under which name tries are counted: whoever can write his own in many ways must not count as many. */
import { isIPv6 } from "node:net"

/**
 * The database finds an account in any case of its letters, by its own table: to it "İ" is an "i", to JavaScript it is
 * an "i" with a dot. Without marks and after both mappings all such spellings are one; that two accounts may be, too,
 * costs little.
 */
export const accountKey = (email: string): string =>
  email.trim().normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().toUpperCase()

/** Some proxies tell the port too; it changes with every connection. */
const withPort = /^(?:\[(.+)\](?::\d+)?|([\d.]+):\d+)$/

/** An IPv4 address, or the /64 of an IPv6 address: everybody is given that many (RFC 6177). */
export const networkKey = (address: string): string => {
  const [, bracketed, dotted] = withPort.exec(address) ?? []
  const bare = (bracketed ?? dotted ?? address).split("%")[0]!
  if (!isIPv6(bare)) return bare
  // Shortest form, no dots.
  const [head = "", tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split("::")
  const before = groupsOf(head)
  const after = groupsOf(tail ?? "")
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
  return isMapped(groups)
    ? groups.slice(6).flatMap(bytesOf).join(".")
    : `${groups
        .slice(0, 4)
        .map((group) => group.toString(16))
        .join(":")}::/64`
}

const groupsOf = (text: string): ReadonlyArray<number> =>
  text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16))

const isMapped = (groups: ReadonlyArray<number>): boolean =>
  groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff

const bytesOf = (group: number): ReadonlyArray<number> => [group >> 8, group & 0xff]
