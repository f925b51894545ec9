/**
 * One HTTP(S) exchange on one fresh connection, over node:net and node:tls with our own parser: node:http costs twice
 * the CPU and reads some hostile servers wrongly (a 204 with a body, endless 1xx, status 099).
 *
 * It never throws and calls `done` exactly once. Redirects, retries and the verdict belong to the caller. Every address
 * is judged at the moment of dialling, whether it came from the URL or from DNS, and the socket is given that address
 * and no name: nothing can resolve it again. Sockets report by callback, and so does this; SafeDialer is its Effect.
 */
import type { SecureContext, TLSSocket } from "node:tls"
import type { Certificate } from "@v-insight/domain/model/CheckOutcome"
import type { ExchangeCause, ExchangeRequest, ExchangeResult } from "@v-insight/domain/monitor-types/Dialer"
import type { AddressPolicy } from "./AddressPolicy.ts"
import { AddressRace, interleave } from "./AddressRace.ts"
import { BodyKeeper } from "./BodyKeeper.ts"
import { Connection, targetOf, type ConnectionListener, type Target } from "./Connection.ts"
import { Deadline } from "./Deadline.ts"
import { peerIdentity } from "./PeerIdentity.ts"
import { PhaseClock } from "./PhaseClock.ts"
import { requestHead } from "./RequestHead.ts"
import type { Resolve } from "./Resolver.ts"
import { ResponseParser } from "./ResponseParser.ts"
import { socketFault } from "./SocketFault.ts"

export interface ExchangeLimits {
  /** Off the wire, response head included. */
  readonly maxReadBytes: number
  /** Of the decoded body. */
  readonly maxKeptBytes: number
  /** Heads, chunk extensions and trailers together. */
  readonly maxHeadBytes: number
}

export interface ExchangeEnvironment {
  readonly limits: ExchangeLimits
  readonly policy: AddressPolicy
  readonly resolve: Resolve
  /** Built once: building one costs more than a handshake. */
  readonly secureContext: SecureContext
  readonly prefersIpv6: () => boolean
}

const noBody = new Uint8Array(0)

export class Exchange implements ConnectionListener {
  readonly #request: ExchangeRequest
  readonly #environment: ExchangeEnvironment
  readonly #done: (result: ExchangeResult) => void
  readonly #clock: PhaseClock
  readonly #deadline: Deadline
  readonly #parser: ResponseParser
  readonly #target: Target
  #head: string | undefined
  #body: BodyKeeper | undefined
  #bytesRead = 0
  #isCut = false
  #address: string | undefined
  #certificate: Certificate | undefined
  #tlsVersion: string | undefined
  #stopResolving: (() => void) | undefined
  #race: AddressRace<Connection> | undefined
  #connection: Connection | undefined
  /** The response is whole, refused, or as long as we care for: nothing more is read. Its body may still be decoded. */
  #isSettled = false
  #isFinished = false

  constructor(request: ExchangeRequest, environment: ExchangeEnvironment, done: (result: ExchangeResult) => void) {
    this.#request = request
    this.#environment = environment
    this.#done = done
    this.#target = targetOf(request.url)
    this.#clock = new PhaseClock(request.onPhase)
    this.#deadline = new Deadline(request.timeoutMs, () => this.#finish(`timeout_${this.#clock.phase}`))
    this.#parser = new ResponseParser({
      method: request.method,
      maxHeadBytes: environment.limits.maxHeadBytes,
      onBody: (bytes) => this.#keep(bytes)
    })
    this.#begin()
  }

  cancel(): void {
    this.#finish("cancelled")
  }

  #begin(): void {
    this.#head = requestHead(this.#request)
    if (this.#head === undefined) return this.#finish("invalid_request")
    const { host, isLiteral } = this.#target
    if (isLiteral) {
      this.#clock.skipTo("connect")
      return this.#dial([host])
    }
    let isAnswered = false
    const stop = this.#environment.resolve(host, (answer) => {
      isAnswered = true
      if (this.#isFinished) return
      if ("cause" in answer) return this.#finish(answer.cause, answer.detail)
      this.#dial(answer.addresses)
    })
    if (!isAnswered) this.#stopResolving = stop
  }

  #dial(addresses: ReadonlyArray<string>): void {
    const { policy, prefersIpv6 } = this.#environment
    // One forbidden answer condemns the name: a mixed answer is how rebinding begins.
    if (!addresses.every((address) => policy.isAllowed(address))) return this.#finish("blocked")
    if (this.#clock.phase === "dns") this.#clock.enter("connect")
    const { secureContext } = this.#environment
    this.#race = new AddressRace(interleave(addresses, prefersIpv6()), (address) => {
      this.#address = address
      return new Connection(this.#target, address, secureContext, this)
    })
    this.#race.advance()
  }

  onConnect(connection: Connection): void {
    this.#race?.win(connection)
    this.#connection = connection
    this.#address = connection.address
    this.#clock.enter(this.#target.isSecure ? "tls" : "first_byte")
    if (!this.#target.isSecure) connection.send(this.#head!, this.#request.body)
  }

  onSecure(socket: TLSSocket): void {
    const peer = peerIdentity(socket, this.#target.host)
    this.#certificate = peer?.certificate
    this.#tlsVersion = socket.getProtocol() ?? undefined
    if (this.#request.tls?.ignoreErrors !== true) {
      if (peer === undefined) return this.#finish("tls_protocol", "no certificate")
      if (peer.problem !== undefined) return this.#finish(peer.problem.cause, peer.problem.detail)
    }
    this.#clock.enter("first_byte")
    this.#connection?.send(this.#head!, this.#request.body)
  }

  onRead(bytes: Buffer): boolean {
    if (this.#clock.phase === "first_byte") this.#clock.enter("transfer")
    this.#bytesRead += bytes.length
    if (this.#parser.push(bytes)) this.#settle()
    else if (this.#bytesRead >= this.#environment.limits.maxReadBytes) {
      this.#isCut = true
      this.#settle()
    }
    const hasRoom = this.#body?.flush() ?? true
    return !this.#isSettled && hasRoom
  }

  onEnd(): void {
    if (this.#clock.phase === "tls") return this.#finish("tls_protocol", "closed during the handshake")
    this.#parser.end()
    this.#settle()
  }

  onError(connection: Connection, error: NodeJS.ErrnoException): void {
    const failure = connection === this.#connection ? error : this.#race?.lose(connection, error)
    if (failure === undefined) return
    const { cause, detail } = socketFault(failure, this.#clock.phase, this.#address ?? "")
    this.#finish(cause, detail)
  }

  onClose(): void {
    this.#finish("reset", "closed")
  }

  #keep(bytes: Buffer): void {
    this.#body ??= this.#makeKeeper()
    this.#body.push(bytes)
  }

  #makeKeeper(): BodyKeeper {
    const { maxKeptBytes } = this.#environment.limits
    const keepBytes = Math.min(this.#request.keepBytes ?? maxKeptBytes, maxKeptBytes)
    return new BodyKeeper(this.#parser.head!.headers, keepBytes, () => {
      if (!this.#isSettled) this.#connection?.resume()
    })
  }

  #settle(): void {
    this.#isSettled = true
    // Whatever the peer still does, such as hanging up rudely, is no matter any more.
    this.#connection?.close()
    const { fault } = this.#parser
    if (fault !== undefined) return this.#finish(fault.cause, fault.detail)
    if (this.#body === undefined || this.#isCut) return this.#finish()
    this.#body.flush()
    this.#body.end((error) => (error === undefined ? this.#finish() : this.#finish("bad_encoding", error)))
  }

  #finish(cause?: ExchangeCause, detail = ""): void {
    if (this.#isFinished) return
    this.#isFinished = true
    this.#deadline.clear()
    this.#stopResolving?.()
    this.#race?.stop()
    this.#connection?.close()
    this.#body?.close()
    const totalUs = this.#clock.stop(cause === undefined)
    const { head } = this.#parser
    const isBlocked = cause === "blocked"
    this.#done({
      failure: cause === undefined ? undefined : { cause, message: detail },
      response:
        head === undefined
          ? undefined
          : {
              status: head.status,
              headers: head.headers,
              body: this.#body?.bytes() ?? noBody,
              isTruncated: this.#isCut || (this.#body?.isTruncated ?? false)
            },
      // A blocked target's answer tells nothing of what is there.
      phases: isBlocked ? {} : this.#clock.phases,
      totalUs: isBlocked ? 0 : totalUs,
      address: this.#address,
      certificate: this.#certificate,
      tlsVersion: this.#tlsVersion
    })
  }
}
