import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Deferred, Effect, Exit, Fiber, Layer } from "effect"
import * as BucketRepo from "./BucketRepo.ts"
import * as Handover from "./Handover.ts"
import type { Lease } from "./Lease.ts"
import { asSuperuser, insertMonitor, insertTenant, newId } from "../testing/Seed.ts"

const region = "default"

/** A worker whose buckets have nothing to check: each begins, and tells when and how it ended. */
const worker = Effect.fnUntraced(function* (owner: string) {
  const repo = yield* BucketRepo.make(region)
  const begun: Array<Lease> = []
  const ended: Array<number> = []
  const run = (bucket: number, onBegun: (lease: Lease) => void) =>
    Effect.gen(function* () {
      const lease = yield* repo.take(bucket, owner)
      yield* Effect.addFinalizer(() => Effect.sync(() => void ended.push(lease.epoch)))
      onBegun(lease)
      begun.push(lease)
      return yield* lease.lost
    }).pipe(Effect.scoped)
  const { own, stop } = yield* Handover.make(region, run)
  return { own, stop, begun, ended }
})

/** Its shard goes to another worker: what the cluster does to whoever owned it. */
const giveUp = (singleton: Fiber.Fiber<unknown, unknown>) => Fiber.interrupt(singleton)

const until = (isSo: () => boolean) =>
  Effect.sleep("20 millis").pipe(Effect.repeat({ until: () => isSo() }), Effect.timeout("30 seconds"), Effect.orDie)

layer(Layer.merge(TestDatabase.worker, TestBox).pipe(Layer.provideMerge(TestDatabase.layer)), {
  excludeTestServices: true
})("a bucket that goes to another worker", (it) => {
  it.effect("is checked on until that one has begun, not only until its shard is given up", () =>
    Effect.gen(function* () {
      const [old, next] = yield* Effect.all([worker("old"), worker("next")])
      const singleton = yield* Effect.forkScoped(old.own(1))
      yield* until(() => old.begun.length === 1)
      yield* giveUp(singleton)
      // Longer than it takes to notice that somebody has begun.
      yield* Effect.sleep("1200 millis")
      assert.deepStrictEqual(old.ended, [])
      yield* Effect.forkScoped(next.own(1))
      yield* until(() => old.ended.length === 1)
      assert.isTrue(old.begun[0]!.isLost)
      assert.isFalse(next.begun[0]!.isLost)
    })
  )

  it.effect("comes back to who still checks it: the earlier incarnation has ended before the next one begins", () =>
    Effect.gen(function* () {
      const { begun, ended, own } = yield* worker("old")
      const singleton = yield* Effect.forkScoped(own(2))
      yield* until(() => begun.length === 1)
      yield* giveUp(singleton)
      assert.deepStrictEqual(ended, [])
      yield* Effect.forkScoped(own(2))
      yield* until(() => begun.length === 2)
      assert.deepStrictEqual(ended, [begun[0]!.epoch])
    })
  )

  it.effect("runs for who has begun what is asked for from then on", () =>
    Effect.gen(function* () {
      const repo = yield* BucketRepo.make(region)
      const tenantId = yield* insertTenant
      const { bucket, id } = yield* insertMonitor({ tenantId })
      yield* repo.take(bucket, "old")
      yield* repo.take(bucket, "next")
      yield* Effect.flatMap(
        PgClient.PgClient,
        (sql) => sql`
          INSERT INTO work_requests (tenant_id, id, kind, monitor_id, expires_at)
          VALUES (${tenantId}, ${newId()}, 'run', ${id}, now() + interval '1 hour')`
      ).pipe(asSuperuser)
      assert.lengthOf(yield* repo.claimRuns(bucket, "old", "new"), 0)
      assert.lengthOf(yield* repo.claimRuns(bucket, "next", "new"), 1)
    })
  )

  it.effect("ends with its worker, whether it was given up before or at the end", () =>
    Effect.gen(function* () {
      const { begun, ended, own, stop } = yield* worker("old")
      const [first, second] = [yield* Effect.forkScoped(own(3)), yield* Effect.forkScoped(own(4))]
      yield* until(() => begun.length === 2)
      yield* giveUp(first)
      yield* stop
      yield* until(() => ended.length === 1)
      yield* giveUp(second)
      assert.lengthOf(ended, 2)
    })
  )

  it.effect("is given up at once when it has not begun", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const { own } = yield* Handover.make(region, () =>
        Effect.andThen(Deferred.succeed(asked, undefined), Effect.never)
      )
      const singleton = yield* Effect.forkScoped(own(5))
      yield* Deferred.await(asked)
      yield* giveUp(singleton)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(singleton)))
    })
  )

  it.effect("ends when the database does not say whose it is", () =>
    Effect.gen(function* () {
      const { begun, ended, own } = yield* worker("old")
      const singleton = yield* Effect.forkScoped(own(6))
      yield* until(() => begun.length === 1)
      yield* Effect.flatMap(PgClient.PgClient, (sql) => sql`REVOKE SELECT ON check_buckets FROM vinsight_worker`).pipe(
        asSuperuser
      )
      yield* giveUp(singleton)
      yield* until(() => ended.length === 1)
    }).pipe(
      Effect.ensuring(
        Effect.flatMap(PgClient.PgClient, (sql) => sql`GRANT SELECT ON check_buckets TO vinsight_worker`).pipe(
          asSuperuser,
          Effect.orDie
        )
      )
    )
  )
})
