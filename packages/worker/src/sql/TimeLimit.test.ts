import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { isSqlError } from "effect/sql/SqlError"
import { limited } from "./TimeLimit.ts"

/** As a connection that was cut without a word: cancelling it takes its time, too. */
const hanging = (ended: Deferred.Deferred<void>) =>
  Effect.never.pipe(
    Effect.onInterrupt(() => Effect.andThen(Effect.sleep("5 seconds"), Deferred.succeed(ended, undefined)))
  )

describe("a statement with a limit", () => {
  it.effect("gives its answer", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* limited(Effect.succeed(1)), 1)
      assert.strictEqual(yield* Effect.flip(limited(Effect.fail("refused"))), "refused")
    })
  )

  it.effect("that hangs holds its caller for the limit and no longer", () =>
    Effect.gen(function* () {
      const ended = yield* Deferred.make<void>()
      const caller = yield* Effect.forkChild(Effect.flip(limited(hanging(ended))))
      yield* TestClock.adjust("4900 millis")
      assert.isUndefined(caller.pollUnsafe())
      yield* TestClock.adjust("100 millis")
      const error = yield* Fiber.join(caller)
      assert.isTrue(isSqlError(error))
      assert.isFalse(Deferred.isDoneUnsafe(ended))
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(Deferred.isDoneUnsafe(ended))
    })
  )

  it.effect("is over before its caller is, when the caller is interrupted", () =>
    Effect.gen(function* () {
      const ended = yield* Deferred.make<void>()
      const caller = yield* Effect.forkChild(limited(hanging(ended)))
      yield* TestClock.adjust("1 second")
      const stopped = yield* Effect.forkChild(Fiber.interrupt(caller))
      yield* TestClock.adjust("4900 millis")
      assert.isUndefined(stopped.pollUnsafe())
      yield* TestClock.adjust("100 millis")
      yield* Fiber.join(stopped)
      assert.isTrue(Deferred.isDoneUnsafe(ended))
    })
  )
})
