/**
 * The only way out of V-Insight for anything that a tenant can steer. The worker implements it (SafeDialer): addresses
 * judged when dialling, limits on time, bytes and headers, no proxies, no reuse of connections. Failures are data.
 */
import { Context, type Effect, type Scope } from "effect"
import type { Certificate } from "../model/CheckOutcome.ts"
import type { ConnectRequest, Conversation, DatagramAnswer, DatagramRequest, DialFailed } from "./Conversation.ts"

export type Phase = "dns" | "connect" | "tls" | "first_byte" | "transfer"

/** Why an exchange failed: a closed set; `explain` in explain.ts has the sentence for people. */
export type ExchangeCause =
  | `timeout_${Phase}`
  | "invalid_request"
  | "blocked"
  | "dns"
  /** Nobody answers where our own resolver should be: says nothing about the target. */
  | "own_resolver_unreachable"
  | "refused"
  | "unreachable"
  | "reset"
  | "tls_expired"
  | "tls_not_yet_valid"
  | "tls_host"
  | "tls_untrusted"
  | "tls_protocol"
  | "tls_client_certificate"
  /** The authorities, the certificate or the key that we were given cannot be read or do not belong together. */
  | "tls_settings"
  | "http2_only"
  /** HTTP/2 was asked for. */
  | "http1_only"
  | "not_http"
  | "bad_header"
  | "headers_too_large"
  | "bad_framing"
  | "bad_chunk"
  | "unexpected_upgrade"
  | "empty"
  | "closed_early"
  | "bad_encoding"
  /** We had no socket or port to spare: says nothing about the target. */
  | "worker_exhausted"
  | "cancelled"
  /** Others check the same address already, as many at once as we allow ourselves: says nothing about the target. */
  | "host_busy"
  /** More came than we read. */
  | "too_much"

/** Whom a TLS connection believes, and who we say we are. */
export interface TlsTrust {
  /** Connect although the certificate is not trusted; it is still described. */
  readonly ignoreErrors?: boolean | undefined
  /** PEM: trusted instead of the usual authorities. */
  readonly ca?: string | undefined
  /** PEM: presented when the server asks. */
  readonly identity?: { readonly certificate: string; readonly key: string } | undefined
  /** Asked for and verified in place of the host that is dialled. */
  readonly serverName?: string | undefined
}

export interface ExchangeRequest {
  /** http: or https: */
  readonly url: URL
  readonly method: string
  /** Framing fields (Host, Connection, Content-Length, Transfer-Encoding) are the dialer's own. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body?: Uint8Array | undefined
  /** Absent: 1.1. "2" of an http: URL begins without an upgrade (RFC 9113 section 3.3). */
  readonly httpVersion?: "1.1" | "2" | undefined
  /** For the whole exchange, milliseconds. */
  readonly timeoutMs: number
  /** How much of the decoded body is wanted; the rest is read, counted and dropped. Absent: 1 MiB, which is the most. */
  readonly keepBytes?: number | undefined
  /** Of https. Absent: the usual authorities, and no certificate of our own. */
  readonly tls?: TlsTrust | undefined
  /** Absent: both families, raced. */
  readonly family?: 4 | 6 | undefined
  /** Called as each phase ends, with its length. Never for the phase that failed. */
  readonly onPhase?: ((phase: Phase, microseconds: number) => void) | undefined
}

export interface ExchangeFailure {
  readonly cause: ExchangeCause
  /** What was seen exactly, such as ECONNRESET, for those who look closer; may be empty. */
  readonly message: string
}

export interface ExchangeResult {
  readonly failure: ExchangeFailure | undefined
  readonly response:
    | {
        readonly status: number
        /** Names in lower case, in order of arrival. */
        readonly headers: ReadonlyArray<readonly [name: string, value: string]>
        /** Decoded, at most what the dialer keeps. */
        readonly body: Uint8Array
        readonly isTruncated: boolean
      }
    | undefined
  /** Whole microseconds; a phase that was not reached is absent. */
  readonly phases: Partial<Record<Phase, number>>
  readonly totalUs: number
  readonly address: string | undefined
  readonly certificate: Certificate | undefined
  /** `TLSv1.3`, as Node has it. */
  readonly tlsVersion: string | undefined
}

export class Dialer extends Context.Service<
  Dialer,
  {
    /** One HTTP exchange on one fresh connection; redirects are the caller's. Interruption closes the socket. */
    readonly exchange: (request: ExchangeRequest) => Effect.Effect<ExchangeResult>
    /** A raw connection for as long as the scope is open. */
    readonly connect: (request: ConnectRequest) => Effect.Effect<Conversation, DialFailed, Scope.Scope>
    /** One datagram there and the first one back. */
    readonly datagram: (request: DatagramRequest) => Effect.Effect<DatagramAnswer, DialFailed>
  }
>()("@v-insight/domain/monitor-types/Dialer") {}

/** Told of phases as they end, so that a try can be watched. Does nothing unless someone listens. */
export const CheckProgress = Context.Reference<(phase: Phase, microseconds: number) => void>(
  "@v-insight/domain/monitor-types/CheckProgress",
  { defaultValue: () => () => {} }
)
