/** One connection: to an address, never to a name, and not through anything else. */
import * as net from "node:net"
import * as tls from "node:tls"
import { withoutLegacyCertificate } from "./PeerIdentity.ts"

/** How to speak TLS; whom to believe is judged by PeerIdentity, so that a bad certificate can still be described. */
export interface TlsHandshake {
  readonly secureContext: tls.SecureContext
  /** Asked for by SNI; empty for an address. */
  readonly serverName: string
  readonly protocols: ReadonlyArray<string> | undefined
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
  /** We closed it; comes once, and last. */
  readonly onLeave: (connection: Connection) => void
}

/**
 * `bytes`: each read goes to `onRead` out of a buffer that all connections share. `stream`: the socket is an ordinary
 * stream for others to read, and `onRead` is only shown what comes; on false the stream gets no more.
 */
export type Reading = "bytes" | "stream"

/** All connections read into this one: libuv fills it and calls back before it reads another socket. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

export class Connection {
  readonly address: string
  #socket: net.Socket
  /**
   * Let go when closed. V8's scavenger keeps a closed socket and all it refers to until the next full collection: with
   * the exchange among that, it promoted four times as much, 5 % of a check's CPU time.
   */
  #listener: ConnectionListener | undefined

  constructor(
    address: string,
    port: number,
    handshake: TlsHandshake | undefined,
    reading: Reading,
    listener: ConnectionListener
  ) {
    this.address = address
    this.#listener = listener
    const onread = {
      buffer: readBuffer,
      callback: (count: number, buffer: Uint8Array) =>
        this.#listener?.onRead((buffer as Buffer).subarray(0, count)) ?? false
    }
    const destination = {
      host: address,
      port,
      onread: reading === "bytes" ? onread : undefined,
      noDelay: true,
      autoSelectFamily: false
    }
    this.#socket =
      handshake === undefined ? net.connect(destination) : tls.connect({ ...destination, ...optionsOf(handshake) })
    this.#socket.on("connect", () => this.#listener?.onConnect(this))
    this.#attend(this.#socket, handshake !== undefined, reading)
  }

  get socket(): net.Socket {
    return this.#socket
  }

  /** Goes on in TLS on the same connection; the listener is told when the handshake is done. Of streams only. */
  startTls(handshake: TlsHandshake): void {
    this.#socket = tls.connect({ socket: this.#socket, ...optionsOf(handshake) })
    this.#attend(this.#socket, true, "stream")
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
    const listener = this.#listener
    if (listener === undefined) return
    this.#listener = undefined
    this.#socket.destroy()
    listener.onLeave(this)
  }

  #attend(socket: net.Socket, isTls: boolean, reading: Reading): void {
    if (isTls) {
      withoutLegacyCertificate(socket as tls.TLSSocket)
      socket.on("secureConnect", () => this.#listener?.onSecure(socket as tls.TLSSocket))
    }
    if (reading === "stream") this.#watch(socket)
    socket.on("end", () => this.#listener?.onEnd())
    socket.on("error", (error) => this.#listener?.onError(this, error))
    socket.on("close", () => this.#listener?.onClose())
  }

  /** Every byte that a stream is to hold passes through its `push`, whoever reads it and however. */
  #watch(socket: net.Socket): void {
    const push = socket.push.bind(socket)
    socket.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      if (chunk !== null && this.#listener?.onRead(chunk) !== true) return false
      return push(chunk, encoding)
    }
  }
}

const optionsOf = ({ protocols, secureContext, serverName }: TlsHandshake): tls.ConnectionOptions => ({
  secureContext,
  servername: serverName,
  ...(protocols === undefined ? {} : { ALPNProtocols: [...protocols] }),
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined
})
