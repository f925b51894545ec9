/** From what a tenant wrote to the addresses that may be dialled, in the order in which to try them. */
import { isIPv6 } from "node:net"
import type { ExchangeCause } from "@v-insight/domain/monitor-types/Dialer"
import type { AddressPolicy } from "./AddressPolicy.ts"
import { interleave } from "./AddressRace.ts"
import type { Resolve } from "./Resolver.ts"
import type { Target } from "./Target.ts"

export interface LocateEnvironment {
  readonly policy: AddressPolicy
  readonly resolve: Resolve
  readonly prefersIpv6: () => boolean
}

export type Located =
  /** At least one, each allowed. */
  { readonly addresses: ReadonlyArray<string> } | { readonly cause: ExchangeCause; readonly detail: string }

const nothing = (): void => {}

/** Calls back once, perhaps at once, unless the returned function was called before. */
export const locate = (
  target: Target,
  family: 4 | 6 | undefined,
  environment: LocateEnvironment,
  done: (located: Located) => void
): (() => void) => {
  if (!target.isLiteral) {
    return environment.resolve(target.host, (answer) =>
      done("cause" in answer ? answer : judge(answer.addresses, family, environment))
    )
  }
  done(judge([target.host], family, environment))
  return nothing
}

const judge = (
  addresses: ReadonlyArray<string>,
  family: 4 | 6 | undefined,
  { policy, prefersIpv6 }: LocateEnvironment
): Located => {
  // One forbidden answer condemns the name: a mixed answer is how rebinding begins.
  if (!addresses.every((address) => policy.isAllowed(address))) return { cause: "blocked", detail: "" }
  if (family === undefined) return { addresses: interleave(addresses, prefersIpv6()) }
  const wanted = addresses.filter((address) => isIPv6(address) === (family === 6))
  return wanted.length > 0 ? { addresses: wanted } : { cause: "dns", detail: `no IPv${family} address` }
}
