/**
 * Whether somebody accepts a connection: a fresh one, over the same way out as every check, closed at once. Only for what
 * the operator named, or for what a tenant has us look at anyway; nothing is sent.
 */
import { Effect } from "effect"
import { AddressPolicy } from "./AddressPolicy.ts"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { HostTurns } from "./HostTurns.ts"
import { openSocket } from "./SafeSocket.ts"

export interface Door {
  /** A name or an address. */
  readonly host: string
  readonly port: number
}

/** `isOperators`: named by the operator, so that private addresses are as good as others. */
export const knock = (
  environment: ExchangeEnvironment,
  { host, port }: Door,
  { isOperators, timeoutMs }: { readonly isOperators: boolean; readonly timeoutMs: number }
): Effect.Effect<boolean> => {
  const own: ExchangeEnvironment = {
    ...environment,
    policy: isOperators ? AddressPolicy.operators : environment.policy,
    // Checks that hang must not keep us from finding out why.
    turns: new HostTurns(1)
  }
  return openSocket(own, { host, port, timeoutMs }).pipe(Effect.isSuccess, Effect.scoped)
}
