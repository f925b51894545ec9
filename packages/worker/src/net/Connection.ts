/** One connection of an exchange: to an address, never to a name, and not through anything else. */
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

/** What happens on a connection; nothing more once it is closed by us. */
export interface ConnectionListener {
  readonly onConnect: (connection: Connection) => void
  /** The handshake is done; the peer is not judged. */
  readonly onSecure: (socket: tls.TLSSocket) => void
  /** The bytes are valid during the call only; false stops reading until `resume`. */
  readonly onRead: (bytes: Buffer) => boolean
  /** The peer sends no more. */
  readonly onEnd: () => void
  readonly onError: (connection: Connection, error: NodeJS.ErrnoException) => void
  readonly onClose: () => void
}

/** All connections read into this one: libuv fills it and calls back before it reads another socket. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

export class Connection {
  readonly address: string
  readonly #socket: net.Socket
  /**
   * Let go when closed. V8's scavenger keeps a closed socket and all it refers to until the next full collection: with
   * the exchange among that, it promoted four times as much, 5 % of a check's CPU time.
   */
  #listener: ConnectionListener | undefined

  constructor(target: Target, address: string, secureContext: tls.SecureContext, listener: ConnectionListener) {
    this.address = address
    this.#listener = listener
    this.#socket = open(target, address, secureContext, (count, buffer) => {
      return this.#listener?.onRead((buffer as Buffer).subarray(0, count)) ?? false
    })
    this.#socket.on("connect", () => this.#listener?.onConnect(this))
    this.#socket.on("secureConnect", () => this.#listener?.onSecure(this.#socket as tls.TLSSocket))
    this.#socket.on("end", () => this.#listener?.onEnd())
    this.#socket.on("error", (error) => this.#listener?.onError(this, error))
    this.#socket.on("close", () => this.#listener?.onClose())
  }

  /** `head` is Latin-1. */
  send(head: string, body: Uint8Array | undefined): void {
    if (body === undefined) return void this.#socket.write(head, "latin1")
    this.#socket.cork()
    this.#socket.write(head, "latin1")
    this.#socket.write(body)
    this.#socket.uncork()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#listener = undefined
    this.#socket.destroy()
  }
}

const open = (
  { host, isLiteral, isSecure, port }: Target,
  address: string,
  secureContext: tls.SecureContext,
  callback: (count: number, buffer: Uint8Array) => boolean
): net.Socket => {
  const onread = { buffer: readBuffer, callback }
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
