/** The real dialer as tests need it: allowed to reach loopback, trusting the test authority, with names of our own. */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { Mailer } from "@v-insight/domain/channel-types/Mailer"
import { Dialer, type ExchangeRequest } from "@v-insight/domain/monitor-types/Dialer"
import { Heartbeats, HeartbeatsAway } from "@v-insight/domain/monitor-types/Heartbeats"
import { Effect, Layer } from "effect"
import { AddressPolicy } from "../AddressPolicy.ts"
import { rangesOf } from "../IpAddress.ts"
import type { Resolve } from "../Resolver.ts"
import { Outbound } from "../Outbound.ts"
import { NetEnvironment, type NetOptions } from "../NetEnvironment.ts"
import { SafeMailer } from "../MailClient.ts"
import { SafeDialer } from "../SafeDialer.ts"
import { trustingContexts } from "./Certificates.ts"

type Names = Readonly<Record<string, ReadonlyArray<string>>>

/** Answers at once, and as c-ares would for names that are not there. */
export const resolveFrom =
  (names: Names): Resolve =>
  (name, done) => {
    const addresses = names[name]
    done(addresses === undefined ? { cause: "dns", detail: "ENOTFOUND" } : { addresses })
    return () => {}
  }

const localNames: Names = {
  localhost: ["127.0.0.1"],
  "www.local.test": ["127.0.0.1"],
  "elsewhere.test": ["127.0.0.1"]
}

export const testEnvironment = (
  allowed: ReadonlyArray<string> = ["127.0.0.0/8", "::1"],
  resolve: Resolve = resolveFrom(localNames),
  changes: Partial<NetOptions> = {}
): NetEnvironment["Service"] =>
  NetEnvironment.make({
    policy: new AddressPolicy(rangesOf(...allowed)),
    resolve,
    contexts: trustingContexts,
    hostConcurrency: 1_000,
    ...changes
  })

export const testDialer = (...options: Parameters<typeof testEnvironment>): Dialer["Service"] =>
  SafeDialer.make(testEnvironment(...options))

/** Everything that checks of any kind need, with this dialer, the ways out of this environment and no heartbeats. */
export const checkServices = (
  dialer: Dialer["Service"] = testDialer(),
  environment: NetEnvironment["Service"] = testEnvironment()
) =>
  Layer.mergeAll(
    Layer.provide(Outbound.layerIn, Layer.succeed(NetEnvironment, environment)),
    Layer.succeed(Heartbeats, { ofMonitor: () => Effect.fail(new HeartbeatsAway()) }),
    Layer.succeed(Dialer, dialer)
  )

/** Everything that deliveries of any kind need, with this dialer. */
export const channelServices = (dialer: Dialer["Service"] = testDialer()) =>
  Layer.mergeAll(Layer.succeed(Dialer, dialer), Layer.succeed(Mailer, SafeMailer.make(dialer)), NodeCrypto.layer)

/** A GET with a second's patience. */
export const request = (url: string, changes: Partial<ExchangeRequest> = {}): ExchangeRequest => ({
  url: new URL(url),
  method: "GET",
  headers: [],
  timeoutMs: 1_000,
  ...changes
})

export const exchange = (url: string, changes: Partial<ExchangeRequest> = {}, dialer = testDialer()) =>
  Effect.suspend(() => dialer.exchange(request(url, changes)))

/** A dialer that answers every exchange like this and reaches nothing else. */
export const exchanging = (exchange: Dialer["Service"]["exchange"]): Dialer["Service"] => ({
  exchange,
  connect: () => Effect.never,
  datagram: () => Effect.never
})
