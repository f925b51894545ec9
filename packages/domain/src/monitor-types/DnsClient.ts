/**
 * Questions to DNS as such: what a resolver says of a name, for monitors that watch records and not what stands behind
 * them. The worker implements it; every resolver that a tenant names is judged as an address is that is dialled.
 */
import { Context, type Effect } from "effect"
import type { Phase } from "./Dialer.ts"

export const dnsRecordTypes = ["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "SRV", "CAA"] as const
export type DnsRecordType = (typeof dnsRecordTypes)[number]

/** Why there are no records: a closed set; dns.ts has the sentences. */
export type DnsCause =
  /** The resolver, or what an unnamed resolver answered, is no address for tenants. */
  | "blocked"
  /** Names of this kind are told only by a resolver that is named. */
  | "private_name"
  /** The resolver's own name does not resolve, or not in time. */
  | "resolver_not_found"
  /** Nothing answers at the address and port of the resolver that was named. */
  | "resolver_unreachable"
  /** The same of our own: says nothing about the name. */
  | "own_resolver_unreachable"
  | "timeout"
  /** RFC 1035 section 4.1.1: the name does not exist. */
  | "nxdomain"
  /** The name exists, but has no record of the type. */
  | "nodata"
  | "servfail"
  | "refused"
  /** The resolver calls the question malformed, or does not answer questions of this type. */
  | "not_understood"
  /** The answer cannot be read. */
  | "malformed"
  /** We had no socket to spare: says nothing about the name. */
  | "worker_exhausted"
  /** The resolver is asked as much as we allow ourselves: says nothing about the name. */
  | "host_busy"
  | "cancelled"

export interface DnsQuestion {
  /** ASCII, without the final dot. */
  readonly name: string
  readonly recordType: DnsRecordType
  /** `host` is a name or an address. Absent: the resolvers of the machine. */
  readonly resolver?: { readonly host: string; readonly port: number } | undefined
  /** For everything, milliseconds. */
  readonly timeoutMs: number
  readonly onPhase?: ((phase: Phase, microseconds: number) => void) | undefined
}

export interface DnsAnswer {
  readonly failure: { readonly cause: DnsCause; readonly detail: string } | undefined
  /**
   * As text, sorted: names in lower case without the final dot, chunks of TXT joined, fields in the order of RFC 1035
   * (`10 mail.example.org`). At most 100 of 500 characters each.
   */
  readonly records: ReadonlyArray<string>
  /** There were more, or longer ones. */
  readonly isTruncated: boolean
  /** The question is `dns`; finding a resolver by its name, `connect`. Whole microseconds. */
  readonly phases: Partial<Record<Phase, number>>
  readonly totalUs: number
  /** Of the named resolver that was asked. */
  readonly address: string | undefined
}

export class DnsClient extends Context.Service<
  DnsClient,
  {
    /** One question. Interruption cancels it. */
    readonly ask: (question: DnsQuestion) => Effect.Effect<DnsAnswer>
  }
>()("@v-insight/domain/monitor-types/DnsClient") {}
