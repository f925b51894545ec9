/**
 * What everything that goes out shares: which addresses are allowed, how names are resolved, whom TLS believes, how many
 * connections one address gets. One per process.
 */
import { networkInterfaces } from "node:os"
import { Context, Effect, Layer } from "effect"
import { settings } from "../Settings.ts"
import { AddressPolicy } from "./AddressPolicy.ts"
import type { ExchangeEnvironment, ExchangeLimits } from "./Exchange.ts"
import { HostTurns } from "./HostTurns.ts"
import { OwnResolver } from "./OwnResolver.ts"
import type { Resolve } from "./Resolver.ts"
import { TlsContexts } from "./TlsContexts.ts"

export const limits: ExchangeLimits = {
  maxReadBytes: 4 * 1024 * 1024,
  // 4 MiB come in some 3,000 pieces over Ethernet.
  maxReads: 10_000,
  maxKeptBytes: 1024 * 1024,
  maxHeadBytes: 32 * 1024
}

export interface NetOptions {
  readonly policy: AddressPolicy
  readonly resolve: Resolve
  readonly contexts: TlsContexts
  /** Connections at once to one address. */
  readonly hostConcurrency: number
}

export class NetEnvironment extends Context.Service<NetEnvironment, ExchangeEnvironment>()(
  "@v-insight/worker/net/NetEnvironment"
) {
  static make({ contexts, hostConcurrency, policy, resolve }: NetOptions): ExchangeEnvironment {
    return { contexts, limits, policy, prefersIpv6, resolve, turns: new HostTurns(hostConcurrency) }
  }

  /** Reads VINSIGHT_ALLOWED_CIDRS and VINSIGHT_HOST_CONCURRENCY. */
  static readonly layer = Layer.effect(
    NetEnvironment,
    Effect.gen(function* () {
      const { hostConcurrency } = yield* settings
      const policy = yield* AddressPolicy.config
      const { resolve } = yield* OwnResolver
      return NetEnvironment.make({
        policy,
        resolve,
        contexts: new TlsContexts(),
        hostConcurrency
      })
    })
  ).pipe(Layer.provideMerge(OwnResolver.layer))
}

/** How long a change of the machine's own addresses may go unnoticed, milliseconds. */
const checkInterfacesMs = 30_000
let interfacesCheckedAt = Number.NEGATIVE_INFINITY
let hasGlobalIpv6 = false

/** IPv6 goes first (RFC 6724) where this machine has an address of it that leads anywhere. */
const prefersIpv6 = (): boolean => {
  const now = performance.now()
  if (now - interfacesCheckedAt > checkInterfacesMs) {
    interfacesCheckedAt = now
    hasGlobalIpv6 = Object.values(networkInterfaces()).some((addresses) =>
      addresses?.some(({ address, family, internal }) => family === "IPv6" && !internal && !address.startsWith("fe80:"))
    )
  }
  return hasGlobalIpv6
}
