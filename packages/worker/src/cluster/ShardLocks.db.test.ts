import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { StartError } from "@v-insight/database/Process"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer, Option, Schedule } from "effect"
import { Runner, RunnerAddress, RunnerStorage, ShardId, ShardingConfig } from "effect/cluster"
import * as ShardLocks from "./ShardLocks.ts"
import { asSuperuser } from "../testing/Seed.ts"

const [here, there] = [RunnerAddress.make("127.0.0.1", 1), RunnerAddress.make("127.0.0.1", 2)]
const locksOf = (address: RunnerAddress.RunnerAddress, shardsPerGroup: number) =>
  ShardLocks.layer("cluster").pipe(
    Layer.provide(
      ShardingConfig.layer({
        runnerAddress: Option.some(address),
        shardsPerGroup,
        shardLockDisableAdvisory: true,
        shardLockRefreshInterval: "3 seconds",
        shardLockExpiration: "9 seconds"
      })
    ),
    Layer.provide(TestDatabase.worker)
  )
const Locks = Layer.provideMerge(locksOf(here, 64), TestDatabase.layer)
const shards = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ShardId.make("default", from + index))

const query = (ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<unknown>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

layer(Locks, { excludeTestServices: true })("the locks of shards", (it) => {
  it.effect("are given up together in one statement, and free for others at once", () =>
    Effect.gen(function* () {
      const storage = yield* RunnerStorage.RunnerStorage
      assert.lengthOf(yield* storage.acquire(here, shards(1, 44)), 43)
      assert.lengthOf(yield* storage.acquire(there, shards(1, 44)), 0)
      yield* query((sql) => sql`CREATE TABLE deletions (count bigint)`)
      yield* query(
        (sql) => sql`
          CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
          $$ BEGIN INSERT INTO public.deletions SELECT count(*) FROM gone; RETURN NULL; END $$`
      )
      yield* query(
        (sql) => sql`
          CREATE TRIGGER note_deletion AFTER DELETE ON worker.cluster_locks REFERENCING OLD TABLE AS gone
          FOR EACH STATEMENT EXECUTE FUNCTION note_deletion()`
      )
      yield* Effect.forEach(shards(1, 44), (shard) => storage.release(here, shard), { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* query((sql) => sql`SELECT count::integer FROM deletions`), [{ count: 43 }])
      assert.lengthOf(yield* storage.acquire(there, shards(1, 44)), 43)
    })
  )

  it.effect("outlive the connections of their holder", () =>
    Effect.gen(function* () {
      const storage = yield* RunnerStorage.RunnerStorage
      yield* storage.acquire(here, shards(50, 60))
      yield* query(
        (sql) => sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'v-insight-worker'`
      )
      const held = yield* storage.refresh(here, shards(50, 60)).pipe(Effect.retry(Schedule.spaced("100 millis")))
      assert.lengthOf(held, 10)
      assert.lengthOf(yield* storage.acquire(there, shards(50, 60)), 0)
    })
  )

  it.effect("are as many for every worker of a region that runs, until all have stopped", () =>
    Effect.gen(function* () {
      const storage = yield* RunnerStorage.RunnerStorage
      yield* storage.register(Runner.make({ address: here, groups: ["default"], weight: 1 }), true)
      yield* Layer.build(locksOf(there, 64)).pipe(Effect.scoped)
      const refused = yield* Layer.build(locksOf(there, 32)).pipe(Effect.scoped, Effect.flip)
      assert.strictEqual(
        refused instanceof StartError ? refused.message : refused,
        "VINSIGHT_SHARDS is 32, but the workers of this region that run now have 64: set it to 64, or stop all of them first."
      )
      yield* storage.unregister(here)
      yield* Layer.build(locksOf(there, 32)).pipe(Effect.scoped)
    })
  )
})
