/** The real Dns as tests need it: what may be asked and told, names of resolvers, and the machine's own resolvers. */
import type { DnsAnswer, DnsQuestion } from "@v-insight/domain/monitor-types/DnsClient"
import { Effect } from "effect"
import { AddressPolicy } from "../AddressPolicy.ts"
import { SafeDns } from "../SafeDns.ts"
import { HostTurns } from "../HostTurns.ts"
import { rangesOf } from "../IpAddress.ts"
import type { Resolve } from "../Resolver.ts"
import { resolveFrom } from "./TestDialer.ts"

export interface TestDnsOptions {
  readonly allowed?: ReadonlyArray<string>
  readonly names?: Readonly<Record<string, ReadonlyArray<string>>>
  /** How the resolver's own name is found; among `names` unless given. */
  readonly resolve?: Resolve
  /** Stands for the machine's resolvers. */
  readonly servers?: ReadonlyArray<string>
  /** Questions at once to one resolver. */
  readonly turns?: number
}

export const testDns = ({
  allowed = ["127.0.0.0/8"],
  names = {},
  resolve = resolveFrom(names),
  servers,
  turns = 1_000
}: TestDnsOptions = {}) =>
  SafeDns.make({
    policy: new AddressPolicy(rangesOf(...allowed)),
    resolve,
    prefersIpv6: () => false,
    turns: new HostTurns(turns),
    servers
  })

/** A question about `www.example.org` with a second's patience. */
export const ask = (question: Partial<DnsQuestion>, options?: TestDnsOptions): Effect.Effect<DnsAnswer> =>
  Effect.suspend(() =>
    testDns(options).ask({ name: "www.example.org", recordType: "A", timeoutMs: 1_000, ...question })
  )
