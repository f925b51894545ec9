import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TenantShares } from "./TenantShares.ts"

it.effect("a tenant that has all of its share waits, another does not, and nothing is kept of either", () =>
  Effect.gen(function* () {
    const shares = new TenantShares(2)
    const end = yield* Deferred.make<void>()
    let begun = 0
    const long = Effect.andThen(
      Effect.sync(() => begun++),
      Deferred.await(end)
    )
    const many = yield* Effect.forkChild(
      Effect.all(
        Array.from({ length: 5 }, () => shares.within("mallory", long)),
        { concurrency: "unbounded" }
      )
    )
    const waiting = yield* Effect.forkChild(shares.within("mallory", Effect.void))
    yield* Effect.yieldNow
    yield* shares.within("alice", Effect.void)
    yield* Fiber.interrupt(waiting)
    assert.strictEqual(begun, 2)
    yield* Deferred.succeed(end, undefined)
    yield* Fiber.join(many)
    assert.strictEqual(begun, 5)
    assert.strictEqual(shares.size, 0)
  })
)
