/** Opens one connection of an exchange: to an address, never to a name, and not through anything else. */
import * as net from "node:net"
import * as tls from "node:tls"
import { withoutLegacyCertificate } from "./PeerIdentity.ts"

export interface Target {
  readonly isSecure: boolean
  /** A name or an address, without the brackets of IPv6 and the dot of a rooted name. */
  readonly host: string
  readonly isLiteral: boolean
  readonly port: number
}

export const targetOf = (url: URL): Target => {
  const isSecure = url.protocol === "https:"
  const host = url.hostname.replace(/^\[|\]$|\.$/g, "")
  const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port)
  return { isSecure, host, isLiteral: net.isIP(host) !== 0, port }
}

/** All connections read into this one: libuv fills it and calls back before it reads another socket. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/** The bytes are valid during the call only; false stops reading until `resume`. */
export type OnRead = (count: number, buffer: Uint8Array) => boolean

export const openConnection = (
  { host, isLiteral, isSecure, port }: Target,
  address: string,
  secureContext: tls.SecureContext,
  onRead: OnRead
): net.Socket => {
  const onread = { buffer: readBuffer, callback: onRead }
  const destination = { host: address, port, onread, noDelay: true, autoSelectFamily: false }
  if (!isSecure) return net.connect(destination)
  const socket = tls.connect({
    ...destination,
    secureContext,
    servername: isLiteral ? "" : host,
    ALPNProtocols: ["http/1.1"],
    // PeerIdentity judges before a byte is sent, so that a bad certificate can still be described.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined
  })
  withoutLegacyCertificate(socket)
  return socket
}
