/**
 * An owner that keeps checking until the next one has begun. When a worker comes, the others give up a share of their
 * shards at once; the new one, cold and on a busy machine, begins with their buckets a few at a time: within 16 s, where
 * there was six times more to do than the machine can. So whoever gives up a bucket's shard checks on until the lease is
 * gone, and each bucket is without a check only from its taking to its first check. The fence refuses what is too late.
 */
import { PgClient } from "@effect/sql-pg"
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Clock, Effect, Fiber, FiberSet, Latch, type Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Lease, LeaseLost } from "./Lease.ts"
import { limited } from "../sql/TimeLimit.ts"

/** How often leases of buckets that were given up are looked at. Until then both owners may ask a target, once each. */
const lookEvery = "500 millis"
/** Whoever is to have a bucket has begun within 40 s on a machine of ten times its load. Beyond this, nobody will. */
const keepForMs = 600_000

type Incarnation = Effect.Effect<never, LeaseLost | SqlError>

interface Kept {
  readonly lease: Lease
  readonly fiber: Fiber.Fiber<never, LeaseLost | SqlError>
  readonly until: number
}

export interface Handover {
  /**
   * Runs an incarnation of the bucket. Interrupted, it lets it run on until another one has begun, and ends at once.
   * Begins when what was kept of the bucket has ended in order.
   */
  readonly own: (bucket: number) => Incarnation
  /** From now on who is interrupted ends in order, as does what is kept, before the scope closes. */
  readonly stop: Effect.Effect<void>
}

/** `run` tells of its lease when it checks. */
export const make = Effect.fnUntraced(function* (
  region: string,
  run: (bucket: number, onBegun: (lease: Lease) => void) => Incarnation
): Effect.fn.Return<Handover, never, PgClient.PgClient | Scope.Scope> {
  const sql = yield* PgClient.PgClient
  const incarnations = yield* FiberSet.make<never, LeaseLost | SqlError>()
  const kept = new Map<number, Kept>()
  const some = Latch.makeUnsafe(false)
  let isStopping = false

  const end = (ending: Iterable<Kept>) => Fiber.interruptAll(Array.from(ending, ({ fiber }) => fiber))

  const keep = Effect.fnUntraced(function* (lease: Lease, fiber: Kept["fiber"]) {
    const entry = { lease, fiber, until: (yield* Clock.currentTimeMillis) + keepForMs }
    kept.set(lease.bucket, entry)
    some.openUnsafe()
    fiber.addObserver(() => {
      if (kept.get(lease.bucket) === entry) kept.delete(lease.bucket)
      if (kept.size === 0) some.closeUnsafe()
    })
  })

  const look = Effect.gen(function* () {
    // Meanwhile a bucket may come back and be given up again, under another lease.
    const asked = new Map(kept)
    const leases = Array.from(asked.values(), ({ lease: { bucket, epoch } }) => ({ bucket, epoch }))
    // cross-tenant: buckets belong to nobody
    const taken = yield* limited(
      sql<{ bucket: number }>`
        SELECT b.bucket
        FROM check_buckets b
        JOIN jsonb_to_recordset(${JSON.stringify(leases)}::jsonb) AS kept(bucket integer, epoch bigint)
          ON kept.bucket = b.bucket
        WHERE b.region = ${region} AND b.epoch <> kept.epoch`
    )
    for (const { bucket } of taken) asked.get(bucket)!.lease.lose("another owner has begun")
    const now = yield* Clock.currentTimeMillis
    yield* end([...kept.values()].filter(({ until }) => until <= now))
  }).pipe(
    // Without the database nobody knows whose they are.
    Effect.catchTag("SqlError", (error) =>
      Effect.logWarning("Buckets that were given up end before others have begun").pipe(
        Effect.annotateLogs({ buckets: kept.size, reason: describeSqlError(error) }),
        Effect.andThen(Effect.suspend(() => end(kept.values())))
      )
    )
  )
  yield* some.await.pipe(Effect.andThen(look), Effect.andThen(Effect.sleep(lookEvery)), Effect.forever, forkEssential)

  return {
    own: (bucket) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const before = kept.get(bucket)
          if (before !== undefined) yield* end([before])
          let lease: Lease | undefined
          const begun = Effect.interruptible(run(bucket, (taken) => void (lease = taken)))
          const fiber = yield* FiberSet.run(incarnations, begun)
          return yield* restore(Fiber.join(fiber)).pipe(
            Effect.onInterrupt(() =>
              lease === undefined || lease.isLost || isStopping ? Fiber.interrupt(fiber) : keep(lease, fiber)
            )
          )
        })
      ),
    stop: Effect.sync(() => {
      isStopping = true
      // All of them at once: the scope waits for them.
      for (const { fiber } of kept.values()) fiber.interruptUnsafe()
    })
  }
})
