import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import * as Connections from "@v-insight/database/Connections"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { bucketCount } from "@v-insight/domain/rules/buckets"
import { Effect, Layer } from "effect"
import { make } from "./BucketRepo.ts"
import { asSuperuser } from "../testing/Seed.ts"

/** Fewer than there are turns: on a starved machine, connections are slow to come. */
const FewConnections = PgClient.layerFrom(
  Effect.flatMap(TestDatabase, ({ workerUrl }) =>
    PgClient.make({ ...Connections.workerSettings(workerUrl), maxConnections: 2 })
  )
).pipe(Layer.orDie)

layer(Layer.merge(FewConnections, TestBox).pipe(Layer.provideMerge(TestDatabase.layer)), {
  excludeTestServices: true
})("the buckets of a worker that starts on a slow machine", (it) => {
  it.effect(
    "are all taken at the first try, in turn, though all together take longer than one may",
    () =>
      Effect.gen(function* () {
        yield* Effect.flatMap(
          PgClient.PgClient,
          (sql) => sql`
            CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$`
        ).pipe(asSuperuser)
        yield* Effect.flatMap(
          PgClient.PgClient,
          (sql) => sql`
            CREATE TRIGGER be_slow BEFORE INSERT ON check_buckets FOR EACH ROW EXECUTE FUNCTION be_slow()`
        ).pipe(asSuperuser)
        const repo = yield* make("default")
        const order: Array<number> = []
        const began = performance.now()
        yield* Effect.forEach(
          Array.from({ length: bucketCount }, (_, bucket) => bucket),
          (bucket) =>
            Effect.map(repo.take(bucket, "test"), ({ epoch }) => {
              assert.strictEqual(epoch, 1)
              order.push(bucket)
            }),
          { concurrency: "unbounded", discard: true }
        )
        assert.isAbove(performance.now() - began, 5000)
        // First come, first served, give or take those at once.
        order.forEach((bucket, index) => assert.isAtMost(Math.abs(bucket - index), 4))
      }),
    60_000
  )
})
