/**
 * A socket of Node's that reached its target as everything does: address judged, peer judged, bounded. For protocols
 * over raw bytes (Talk.ts) and for clients of libraries that take a socket: pg (`stream: () => socket`), mysql2
 * (`stream`), ws (`createConnection`), node:http2 (`createConnection`).
 *
 *     const { socket } = yield* openSocket(environment, { host, port, timeoutMs })
 *
 * The scope owns the socket: when it closes, the socket is destroyed. So it is when the time-out ends, when more than
 * 4 MiB or 10,000 pieces came, or when the connection breaks; `failure` then says why, and its cause goes into the outcome rather than
 * what the library makes of it. Do not call `destroy`, set time-outs or upgrade to TLS yourself: `startTls` judges the
 * peer and gives the socket that speaks TLS.
 */
import type { Socket } from "node:net"
import { type ConnectRequest, type ConnectionFacts, DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import type { ExchangeCause, TlsTrust } from "@v-insight/domain/monitor-types/Dialer"
import { Deferred, Effect, type Scope } from "effect"
import type { Connection } from "./Connection.ts"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { Reach, type ReachListener } from "./Reach.ts"
import { hostTarget, type Target } from "./Target.ts"

export interface SocketRequest extends ConnectRequest {
  /** Offered by ALPN, such as `h2`. */
  readonly protocols?: ReadonlyArray<string> | undefined
  /** The most that is read, bytes; 4 MiB unless given. */
  readonly maxReadBytes?: number | undefined
}

export interface SafeSocket {
  /** Connected and, where TLS was asked for, judged. */
  readonly socket: Socket
  /** Goes on in TLS; the old socket must not be used any more, and nothing may be left in it. */
  readonly startTls: (trust: TlsTrust) => Effect.Effect<Socket, DialFailed>
  /** Fails once the connection has failed, at once if it has. Never succeeds: race it against the work. */
  readonly failed: Effect.Effect<never, DialFailed>
  readonly failure: () => DialFailed | undefined
  /** `isAsked`: nothing has been asked of the peer yet when false, so the time since the handshake is no phase. */
  readonly facts: (isAsked?: boolean) => ConnectionFacts
  /** The answer has begun: for those who read past the stream, as node:http2 does. */
  readonly arrived: () => void
  /** Closes the connection and its accounts, before the scope does. */
  readonly finish: (isComplete: boolean) => ConnectionFacts
}

export const openSocket = (
  environment: ExchangeEnvironment,
  request: SocketRequest
): Effect.Effect<SafeSocket, DialFailed, Scope.Scope> =>
  Effect.suspend(() => {
    const target = hostTarget(request.host, request.port)
    if (target === undefined) return Effect.fail(invalid)
    return Effect.acquireRelease(
      Effect.sync(() => new OpenSocket(target, request, environment)),
      (open) => Effect.sync(() => open.close())
    ).pipe(Effect.flatMap((open) => Effect.as(open.reached, open)))
  })

const nothingSeen: ConnectionFacts = {
  address: undefined,
  certificate: undefined,
  tlsVersion: undefined,
  phases: {},
  totalUs: 0
}

const invalid = new DialFailed({ cause: "invalid_request", detail: "host or port", facts: nothingSeen })

/** Of whoever waits for a connection or a handshake. */
type Tell = (result: Effect.Effect<Connection, DialFailed>) => void

class OpenSocket implements SafeSocket, ReachListener {
  readonly #reach: Reach
  readonly #maxReadBytes: number
  readonly #maxReads: number
  readonly #failed = Deferred.makeUnsafe<never, DialFailed>()
  #tell: Tell = () => {}
  #connection: Connection | undefined
  #bytesRead = 0
  #reads = 0
  #failure: DialFailed | undefined

  constructor(target: Target, request: SocketRequest, environment: ExchangeEnvironment) {
    this.#maxReadBytes = request.maxReadBytes ?? environment.limits.maxReadBytes
    this.#maxReads = environment.limits.maxReads
    const { family, onPhase, protocols, timeoutMs, tls } = request
    this.#reach = new Reach({ target, tls, protocols, family, timeoutMs, onPhase }, environment, "stream", this)
  }

  readonly reached: Effect.Effect<void, DialFailed> = Effect.callback((resume) => {
    this.#tell = (result) => resume(Effect.asVoid(result))
    this.#reach.begin()
  })

  get socket(): Socket {
    return this.#connection!.socket
  }

  readonly failed = Deferred.await(this.#failed)
  readonly failure = (): DialFailed | undefined => this.#failure

  readonly facts = (isAsked = true): ConnectionFacts => {
    const { address, certificate, clock, tlsVersion } = this.#reach
    return { address, certificate, tlsVersion, ...clock.spent(isAsked || clock.phase !== "first_byte") }
  }

  readonly arrived = (): void => {
    if (this.#reach.clock.phase === "first_byte") this.#reach.clock.enter("transfer")
  }

  readonly finish = (isComplete: boolean): ConnectionFacts => {
    this.#reach.close()
    this.#reach.clock.stop(isComplete)
    return this.facts()
  }

  readonly startTls = (trust: TlsTrust): Effect.Effect<Socket, DialFailed> =>
    Effect.callback<Connection, DialFailed>((resume) => {
      if (this.#failure !== undefined) return resume(Effect.fail(this.#failure))
      this.#tell = resume
      // What came in the clear must not be taken for what comes from the judged peer.
      if (this.socket.readableLength > 0) this.#reach.fail("tls_protocol", "data before the handshake")
      else this.#reach.startTls(trust)
    }).pipe(Effect.map(() => this.socket))

  close(): void {
    this.finish(false)
  }

  onReach(connection: Connection): void {
    this.#connection = connection
    this.#tell(Effect.succeed(connection))
  }

  onRead(bytes: Buffer): boolean {
    this.#bytesRead += bytes.length
    this.#reads++
    if (this.#bytesRead <= this.#maxReadBytes && this.#reads <= this.#maxReads) return true
    this.#reach.fail("too_much", `${this.#bytesRead} bytes in ${this.#reads} pieces`)
    return false
  }

  onEnd(): void {}

  onFault(cause: ExchangeCause, detail: string): void {
    this.#reach.clock.stop(false)
    // A blocked target's answer tells nothing of what is there.
    this.#failure = new DialFailed({ cause, detail, facts: cause === "blocked" ? nothingSeen : this.facts() })
    this.#tell(Effect.fail(this.#failure))
    Deferred.doneUnsafe(this.#failed, Effect.fail(this.#failure))
  }
}
