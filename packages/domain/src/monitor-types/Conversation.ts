/**
 * A raw connection that the Dialer opened, for protocols other than HTTP: same address policy, same limits on time and
 * bytes. Whoever opened it owns a Scope; when that closes, so does the socket.
 */
import { Data, type Effect } from "effect"
import type { Certificate } from "../model/CheckOutcome.ts"
import type { ExchangeCause, Phase, TlsTrust } from "./Dialer.ts"

export interface ConnectRequest {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** Absent: both families, raced. */
  readonly family?: 4 | 6 | undefined
  /** TLS from the first byte. Absent: none, until `startTls`. */
  readonly tls?: TlsTrust | undefined
  /** For everything until the scope closes, milliseconds. */
  readonly timeoutMs: number
  readonly onPhase?: ((phase: Phase, microseconds: number) => void) | undefined
}

/** What a connection has cost and shown so far. */
export interface ConnectionFacts {
  readonly address: string | undefined
  readonly certificate: Certificate | undefined
  /** `TLSv1.3`, as Node has it. */
  readonly tlsVersion: string | undefined
  /** Whole microseconds; a phase that was not reached is absent. */
  readonly phases: Partial<Record<Phase, number>>
  readonly totalUs: number
}

/** The connection failed; `facts` is what was seen until then. */
export class DialFailed extends Data.TaggedError("DialFailed")<{
  readonly cause: ExchangeCause
  /** What was seen exactly, such as ECONNRESET; may be empty. */
  readonly detail: string
  readonly facts: ConnectionFacts
}> {}

export interface Conversation {
  /** Returns when the bytes were handed over. */
  readonly send: (bytes: Uint8Array) => Effect.Effect<void, DialFailed>
  /** The next bytes, a copy; undefined once the peer has ended. Reading beyond the Dialer's 4 MiB fails (`too_much`). */
  readonly read: Effect.Effect<Uint8Array | undefined, DialFailed>
  /** Continues in TLS on the same connection; the certificate is judged as everywhere. `host` is the dialled one. */
  readonly startTls: (trust: TlsTrust) => Effect.Effect<void, DialFailed>
  readonly facts: () => ConnectionFacts
}

export interface DatagramRequest {
  readonly host: string
  readonly port: number
  readonly family?: 4 | 6 | undefined
  readonly payload: Uint8Array
  readonly timeoutMs: number
  readonly onPhase?: ((phase: Phase, microseconds: number) => void) | undefined
}

/** The first datagram that came back from the address that was asked. */
export interface DatagramAnswer {
  readonly payload: Uint8Array
  readonly facts: ConnectionFacts
}
