/** The real dialer as tests need it: allowed to reach loopback, trusting the test authority, with names of our own. */
import { Dialer, type ExchangeRequest } from "@v-insight/domain/monitor-types/Dialer"
import { Effect, Layer } from "effect"
import { AddressPolicy } from "../AddressPolicy.ts"
import { rangesOf } from "../IpAddress.ts"
import type { Resolve } from "../Resolver.ts"
import { SafeDialer } from "../SafeDialer.ts"
import { trustingContext } from "./Certificates.ts"

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

export const testDialer = (
  allowed: ReadonlyArray<string> = ["127.0.0.0/8", "::1"],
  resolve: Resolve = resolveFrom(localNames)
): Dialer["Service"] =>
  SafeDialer.make({ policy: new AddressPolicy(rangesOf(...allowed)), resolve, secureContext: trustingContext })

export const TestDialer = Layer.succeed(Dialer, testDialer())

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
