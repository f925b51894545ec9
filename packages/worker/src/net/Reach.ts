/**
 * Reaches a target: resolves it, judges every address, waits for a turn, races the addresses, makes the TLS handshake
 * and judges the peer, all within one time limit. Everything that goes out goes through here; what is spoken on the
 * connection is the listener's.
 *
 * Every address is judged at the moment of dialling, whether it was written or came from DNS, and the socket is given
 * that address and no name: nothing can resolve it again. Sockets report by callback, and so does this.
 */
import { isIP } from "node:net"
import type { TLSSocket } from "node:tls"
import type { Certificate } from "@v-insight/domain/model/CheckOutcome"
import type { ExchangeCause, Phase, TlsTrust } from "@v-insight/domain/monitor-types/Dialer"
import { AddressRace } from "./AddressRace.ts"
import { Connection, type ConnectionListener, type Reading, type TlsHandshake } from "./Connection.ts"
import { Deadline } from "./Deadline.ts"
import type { HostTurns } from "./HostTurns.ts"
import { locate, type LocateEnvironment } from "./Locate.ts"
import { peerIdentity } from "./PeerIdentity.ts"
import { PhaseClock } from "./PhaseClock.ts"
import { socketFault } from "./SocketFault.ts"
import type { Target } from "./Target.ts"
import type { TlsContexts } from "./TlsContexts.ts"

export interface ReachEnvironment extends LocateEnvironment {
  readonly contexts: TlsContexts
  readonly turns: HostTurns
}

export interface ReachRequest {
  readonly target: Target
  /** TLS from the first byte. Absent: none. */
  readonly tls?: TlsTrust | undefined
  /** Offered by ALPN. */
  readonly protocols?: ReadonlyArray<string> | undefined
  readonly family?: 4 | 6 | undefined
  /** For everything until `close`, milliseconds; waiting for a turn may take as long again. */
  readonly timeoutMs: number
  readonly onPhase?: ((phase: Phase, microseconds: number) => void) | undefined
}

export interface ReachListener {
  /** The peer is who we asked for; also after `startTls`. */
  readonly onReach: (connection: Connection) => void
  /** As ConnectionListener's. */
  readonly onRead: (bytes: Buffer) => boolean
  readonly onEnd: () => void
  /** Comes once; nothing follows it. */
  readonly onFault: (cause: ExchangeCause, detail: string) => void
}

export class Reach implements ConnectionListener {
  readonly clock: PhaseClock
  address: string | undefined
  certificate: Certificate | undefined
  tlsVersion: string | undefined
  readonly #request: ReachRequest
  readonly #environment: ReachEnvironment
  readonly #reading: Reading
  readonly #listener: ReachListener
  #deadline: Deadline
  #trust: TlsTrust | undefined
  /** Undoes what is waited for before dialling. */
  #stopWaiting: (() => void) | undefined
  #race: AddressRace<Connection> | undefined
  #connection: Connection | undefined
  #isClosed = false

  constructor(request: ReachRequest, environment: ReachEnvironment, reading: Reading, listener: ReachListener) {
    this.#request = request
    this.#environment = environment
    this.#reading = reading
    this.#listener = listener
    this.#trust = request.tls
    this.clock = new PhaseClock(request.onPhase)
    this.#deadline = new Deadline(request.timeoutMs, this.#expire)
  }

  begin(): void {
    const { family, target } = this.#request
    if (target.isLiteral) this.clock.skipTo("connect")
    let isLocated = false
    const stop = locate(target, family, this.#environment, (located) => {
      isLocated = true
      if (this.#isClosed) return
      if ("cause" in located) return this.fail(located.cause, located.detail)
      this.#queue(located.addresses)
    })
    if (!isLocated) this.#stopWaiting = stop
  }

  /** Goes on in TLS; `onReach` comes again when the peer is judged. Of streams only. */
  startTls(trust: TlsTrust): void {
    const handshake = this.#handshakeFor(trust)
    if (handshake === undefined || this.#connection === undefined) return
    this.#trust = trust
    this.clock.enter("tls")
    this.#connection.startTls(handshake)
  }

  /** Ends it for a reason that the listener, or the time, found. */
  fail(cause: ExchangeCause, detail: string): void {
    if (this.#isClosed) return
    this.close()
    this.#listener.onFault(cause, detail)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#deadline.clear()
    this.#stopWaiting?.()
    this.#race?.stop()
    this.#connection?.close()
  }

  #expire = (): void => this.fail(`timeout_${this.clock.phase}`, "")

  /** Politeness: dials the addresses that have a turn to give, or waits for the first one's. */
  #queue(addresses: ReadonlyArray<string>): void {
    const { turns } = this.#environment
    if (this.clock.phase === "dns") this.clock.enter("connect")
    for (let index = 0; index < addresses.length; index++) {
      if (turns.enter(addresses[index]!)) return this.#dial(index === 0 ? addresses : addresses.slice(index))
    }
    const left = this.#request.timeoutMs - this.clock.elapsed() / 1000
    this.#deadline.clear()
    this.#deadline = new Deadline(this.#request.timeoutMs, () => this.#refuseTurn())
    const leaveLine = turns.wait(addresses[0]!, () => {
      this.#stopWaiting = undefined
      this.clock.forget()
      this.#deadline.clear()
      this.#deadline = new Deadline(Math.max(1, left), this.#expire)
      this.#dial(addresses)
    })
    if (leaveLine === undefined) this.#refuseTurn()
    else this.#stopWaiting = leaveLine
  }

  #refuseTurn(): void {
    this.clock.forget()
    this.fail("host_busy", "")
  }

  /** A turn of the first address has been taken. */
  #dial(addresses: ReadonlyArray<string>): void {
    const { tls, target } = this.#request
    const { turns } = this.#environment
    const handshake = tls === undefined ? undefined : this.#handshakeFor(tls)
    if (this.#isClosed) return turns.leave(addresses[0]!)
    let isFirst = true
    this.#race = new AddressRace(addresses, (address) => {
      if (!isFirst && !turns.enter(address)) return undefined
      isFirst = false
      this.address = address
      return new Connection(address, target.port, handshake, this.#reading, this)
    })
    this.#race.advance()
  }

  /** Undefined: it failed. */
  #handshakeFor(trust: TlsTrust): TlsHandshake | undefined {
    const secureContext = this.#environment.contexts.of(trust)
    if ("cause" in secureContext) {
      this.fail(secureContext.cause, secureContext.detail)
      return undefined
    }
    const name = trust.serverName ?? this.#request.target.host
    return { secureContext, serverName: isIP(name) === 0 ? name : "", protocols: this.#request.protocols }
  }

  onConnect(connection: Connection): void {
    this.#race?.win(connection)
    this.#connection = connection
    this.address = connection.address
    if (this.#request.tls !== undefined) return this.clock.enter("tls")
    this.clock.enter("first_byte")
    this.#listener.onReach(connection)
  }

  onSecure(socket: TLSSocket): void {
    const peer = peerIdentity(socket, this.#trust?.serverName ?? this.#request.target.host)
    this.certificate = peer?.certificate
    this.tlsVersion = socket.getProtocol() ?? undefined
    if (this.#trust?.ignoreErrors !== true) {
      if (peer === undefined) return this.fail("tls_protocol", "no certificate")
      if (peer.problem !== undefined) return this.fail(peer.problem.cause, peer.problem.detail)
    }
    this.clock.enter("first_byte")
    this.#listener.onReach(this.#connection!)
  }

  onRead(bytes: Buffer): boolean {
    if (this.clock.phase === "first_byte") this.clock.enter("transfer")
    return this.#listener.onRead(bytes)
  }

  onEnd(): void {
    if (this.clock.phase === "tls") this.fail("tls_protocol", "closed during the handshake")
    else this.#listener.onEnd()
  }

  onError(connection: Connection, error: NodeJS.ErrnoException): void {
    const failure = connection === this.#connection ? error : this.#race?.lose(connection, error)
    if (failure === undefined) return
    const { cause, detail } = socketFault(failure, this.clock.phase, this.address ?? "")
    this.fail(cause, detail)
  }

  onClose(): void {
    this.fail(this.clock.phase === "tls" ? "tls_protocol" : "reset", "closed")
  }

  onLeave({ address }: Connection): void {
    this.#environment.turns.leave(address)
  }
}
