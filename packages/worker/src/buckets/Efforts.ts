/**
 * What checks compute (patterns over 64 KB may take 0.3 s) keeps everybody else waiting: there is one thread. So each
 * tenant has a share of it; who has used it up waits, with its own checks only.
 */
import type { Effort } from "@v-insight/domain/monitor-types/Effort"
import { Clock, Effect } from "effect"

/** Of the thread's time. A thousand ordinary checks a second take less. */
const share = 0.1
/** At once, after a pause: milliseconds of computing. */
const burstMs = 200
/** Tenants remembered; the ones that computed longest ago are forgotten. */
const maxAccounts = 10_000

interface Account {
  /** Milliseconds of computing; negative when it has taken more than it had. */
  credit: number
  /** Epoch milliseconds. */
  at: number
}

/** `elapsed`: milliseconds of a clock that goes on while something is computed. */
export const make = (elapsed: () => number = () => performance.now()) =>
  Effect.sync(() => {
    const accounts = new Map<string, Account>()

    const accountOf = (tenantId: string, now: number): Account => {
      const found = accounts.get(tenantId)
      const earned = found === undefined ? burstMs : found.credit + Math.max(0, now - found.at) * share
      const account = { credit: Math.min(burstMs, earned), at: now }
      // Written anew, so that the map's order is that of the last use.
      accounts.delete(tenantId)
      accounts.set(tenantId, account)
      if (accounts.size > maxAccounts) accounts.delete(accounts.keys().next().value!)
      return account
    }

    return (tenantId: string): Effort => {
      const effort: Effort = (work) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const account = accountOf(tenantId, now)
          if (account.credit < 0) return Effect.andThen(Effect.sleep(Math.ceil(-account.credit / share)), effort(work))
          const started = elapsed()
          const done = work()
          account.credit -= elapsed() - started
          return Effect.succeed(done)
        })
      return effort
    }
  })
