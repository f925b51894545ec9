/** What one tenant asks of the database at once, however much, leaves the others their connections. */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { as, Cast } from "./testing/Cast.ts"
import { TestDatabase } from "./testing/TestDatabase.ts"
import { TenantSql } from "./TenantSql.ts"

const Databases = Layer.provideMerge(TenantSql.layer, TestDatabase.api)

layer(Layer.provideMerge(Cast.layer, TestDatabase.layer), { excludeTestServices: true })("a busy tenant", (it) => {
  it.effect("keeps nobody else waiting", () =>
    Effect.gen(function* () {
      const { read } = yield* TenantSql
      const { alice, mallory } = yield* Cast
      const sleep = (seconds: number) => read(`SELECT tenant.id, pg_sleep($2::float8)::text LIMIT 1`, seconds)
      const dear = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 20 }, () => sleep(1).pipe(as(mallory))),
          { concurrency: "unbounded" }
        )
      )
      yield* Effect.sleep("200 millis")
      const answer = yield* sleep(0).pipe(as(alice), Effect.timeoutOption("500 millis"))
      assert.isTrue(answer._tag === "Some", "an answer before Mallory has any of hers")
      yield* Fiber.interrupt(dear)
    }).pipe(Effect.provide(Databases))
  )
})
