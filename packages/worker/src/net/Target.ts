/** Where a connection goes, as the tenant wrote it. */
import { isIP, isIPv6 } from "node:net"
import { portOf } from "@v-insight/domain/monitor-types/explain"

export interface Target {
  /** A name or an address, without the brackets of IPv6 and the dot of a rooted name. */
  readonly host: string
  readonly isLiteral: boolean
  readonly port: number
}

export const targetOf = (url: URL): Target => {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, "")
  return { host, isLiteral: isIP(host) !== 0, port: portOf(url) }
}

export const isSecure = (url: URL): boolean => url.protocol === "https:" || url.protocol === "wss:"

/** Whatever else a URL may hold beside its host. */
const notOfHost = /[\s/\\?#@:%]/

/**
 * For kinds that have host and port apart. The host is read as URLs have it, so that 127.1 is the address that it means
 * and a name beyond ASCII is spelled as DNS knows it. Undefined when it is no host.
 */
export const hostTarget = (host: string, port: number): Target | undefined => {
  const isBare = isIPv6(host)
  if (host === "" || (!isBare && notOfHost.test(host)) || !(port > 0 && port <= 65_535)) return undefined
  const url = URL.parse(`http://${isBare ? `[${host}]` : host}`)
  return url === null || url.hostname === "" ? undefined : { ...targetOf(url), port }
}
