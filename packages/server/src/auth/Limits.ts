/**
 * How often something may be done: token buckets in memory. With several API processes each counts alone, so a limit
 * may be reached that many times over; that is enough against guessing, and needs no other service.
 */
import { TooManyRequests } from "@v-insight/domain/api/Failures"
import { Clock, Context, Effect, Layer } from "effect"

export interface Limit {
  readonly name: string
  /** At once, after a pause. */
  readonly burst: number
  /** After which one more is allowed, milliseconds. */
  readonly refillMs: number
}

export const limits = {
  loginPerAccount: { name: "login-account", burst: 10, refillMs: 60_000 },
  loginPerAddress: { name: "login-address", burst: 50, refillMs: 6_000 },
  registerPerAddress: { name: "register-address", burst: 30, refillMs: 20_000 },
  runPerTenant: { name: "run-tenant", burst: 30, refillMs: 1_000 },
  tryPerTenant: { name: "try-tenant", burst: 20, refillMs: 2_000 },
  /** One a minute is common, and a loop that calls each time around is none. */
  callPerToken: { name: "call-token", burst: 120, refillMs: 1_000 },
  strayCallPerAddress: { name: "stray-call-address", burst: 60, refillMs: 1_000 },
  simulatePerTenant: { name: "simulate-tenant", burst: 20, refillMs: 3_000 },
  testPerTenant: { name: "test-tenant", burst: 10, refillMs: 6_000 }
} as const satisfies Record<string, Limit>

/** About 10 MB. Beyond it the ones used longest ago are forgotten. */
const maxRemembered = 50_000

export class Limits extends Context.Service<
  Limits,
  {
    readonly take: (limit: Limit, key: string) => Effect.Effect<void, TooManyRequests>
    /** It did not count after all. */
    readonly giveBack: (limit: Limit, key: string) => Effect.Effect<void>
  }
>()("@v-insight/server/auth/Limits") {
  static readonly layer = Layer.sync(Limits, () => {
    const buckets = new Map<string, { credit: number; at: number }>()

    /** `credit` is time saved up, milliseconds: one costs a refill. */
    const bucketOf = ({ burst, name, refillMs }: Limit, key: string, now: number) => {
      const id = `${name} ${key}`
      const found = buckets.get(id)
      const full = burst * refillMs
      const bucket = { credit: found === undefined ? full : Math.min(full, found.credit + now - found.at), at: now }
      // Written anew, so that the map's order is that of the last use.
      buckets.delete(id)
      buckets.set(id, bucket)
      if (buckets.size > maxRemembered) buckets.delete(buckets.keys().next().value!)
      return bucket
    }

    return Limits.of({
      take: (limit, key) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const bucket = bucketOf(limit, key, now)
          if (bucket.credit >= limit.refillMs) {
            bucket.credit -= limit.refillMs
            return Effect.void
          }
          const retryAfterSeconds = Math.max(1, Math.ceil((limit.refillMs - bucket.credit) / 1000))
          const message = `Too many tries. Wait ${retryAfterSeconds} s and try again.`
          return Effect.fail(new TooManyRequests({ retryAfterSeconds, message }))
        }),
      giveBack: (limit, key) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const bucket = bucketOf(limit, key, now)
          bucket.credit = Math.min(limit.burst * limit.refillMs, bucket.credit + limit.refillMs)
        })
    })
  })
}
