/** Asks DNS for both kinds of addresses of a name at once, through c-ares: getaddrinfo has four threads in all. */
import type { RecordWithTtl, Resolver } from "node:dns"
import type { ExchangeCause } from "@v-insight/domain/monitor-types/Dialer"
import { after } from "./Timer.ts"

export type Answer =
  | { readonly addresses: ReadonlyArray<string> }
  | { readonly cause: ExchangeCause; readonly detail: string }

export interface FreshAnswer {
  readonly answer: Answer
  /** Seconds for which the answer holds; 0 when it is a failure or one half of it is missing. */
  readonly ttl: number
}

/** How long the slower family is waited for once the other has answered, milliseconds. */
const otherFamilyMs = 1_000

/** Answers of servers that know: the name has no address of the kind. Anything else is a half that is missing. */
const isNothing = (code: string): boolean => code === "ENOTFOUND" || code === "ENODATA"

/** `resolver` has time limits of its own, so `done` is called in any case. */
export const queryAddresses = (
  resolver: Pick<Resolver, "resolve4" | "resolve6">,
  name: string,
  done: (fresh: FreshAnswer) => void
): void => {
  const addresses: Array<string> = []
  const failures: Array<string> = []
  let ttl = Number.POSITIVE_INFINITY
  let pending = 2
  let isDone = false
  let clearTimer: (() => void) | undefined

  const finish = (): void => {
    isDone = true
    clearTimer?.()
    if (addresses.length === 0) return done({ answer: failureOf(failures), ttl: 0 })
    done({ answer: { addresses }, ttl: pending === 0 && failures.every(isNothing) ? ttl : 0 })
  }
  const take = (error: NodeJS.ErrnoException | null, records: ReadonlyArray<RecordWithTtl> | undefined): void => {
    if (isDone) return
    pending--
    if (error !== null) failures.push(error.code ?? error.message)
    for (const record of records ?? []) {
      addresses.push(record.address)
      ttl = Math.min(ttl, record.ttl)
    }
    if (pending === 0) finish()
    else if (addresses.length > 0) clearTimer = after(otherFamilyMs, finish)
  }

  resolver.resolve6(name, { ttl: true }, take)
  resolver.resolve4(name, { ttl: true }, take)
}

const causes: Readonly<Record<string, ExchangeCause>> = {
  ETIMEOUT: "timeout_dns",
  ECONNREFUSED: "own_resolver_unreachable"
}

const failureOf = (failures: ReadonlyArray<string>): Answer => {
  // What went wrong says more than what is not there.
  const code = failures.find((failure) => !isNothing(failure)) ?? failures[0] ?? "ENODATA"
  return { cause: causes[code] ?? "dns", detail: code }
}
