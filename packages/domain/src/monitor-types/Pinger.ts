/**
 * Echo requests (ICMP, RFC 792 and 4443). Node has no sockets for them: the worker asks a program of the system, for
 * many targets at once, by addresses that it has judged.
 */
import { Context, type Effect } from "effect"
import type { ExchangeCause, Phase } from "./Dialer.ts"

/** Why nothing could be sent: a closed set; ping.ts has the sentences. */
export type PingCause =
  | Extract<
      ExchangeCause,
      "blocked" | "dns" | "own_resolver_unreachable" | "timeout_dns" | "invalid_request" | "cancelled"
    >
  /** The system has no program that can do it. */
  | "ping_missing"
  /** There is one, which is not allowed to. */
  | "ping_not_permitted"
  /** It did not do as it should, or too many wait for it. */
  | "ping_broken"

export interface PingRequest {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  /** 1 to 5. */
  readonly packets: number
  /** Bytes of data in each. */
  readonly sizeBytes: number
  /** Absent: the family that this machine prefers of those that the host has. */
  readonly family?: 4 | 6 | undefined
  /** For everything, milliseconds. */
  readonly timeoutMs: number
  readonly onPhase?: ((phase: Phase, microseconds: number) => void) | undefined
}

export interface PingAnswer {
  readonly failure: { readonly cause: PingCause; readonly detail: string } | undefined
  /** Whole microseconds of the packets that came back, in order. */
  readonly roundTripsUs: ReadonlyArray<number>
  /** All of it, our own waiting included; 0 when the target may not be looked at. */
  readonly elapsedUs: number
  /** Undefined where there was nothing to resolve. */
  readonly dnsUs: number | undefined
  readonly address: string | undefined
}

export class Pinger extends Context.Service<
  Pinger,
  {
    readonly ping: (request: PingRequest) => Effect.Effect<PingAnswer>
  }
>()("@v-insight/domain/monitor-types/Pinger") {}
