import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { make } from "./Efforts.ts"

it.effect("Who computes much waits, with its own checks only", () =>
  Effect.gen(function* () {
    let spentMs = 0
    const effortOf = yield* make(() => spentMs)
    const done: Array<string> = []
    const take = (tenant: string, ms: number) =>
      effortOf(tenant)(() => {
        spentMs += ms
        done.push(tenant)
      })
    const greedy = yield* Effect.forkChild(Effect.replicateEffect(take("greedy", 700), 3, { concurrency: 3 }))
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(done, ["greedy"])
    yield* take("modest", 5)
    assert.deepStrictEqual(done, ["greedy", "modest"])
    yield* TestClock.adjust("3 seconds")
    assert.lengthOf(done, 2)
    yield* TestClock.adjust("1 second")
    assert.lengthOf(done, 3)
    yield* TestClock.adjust("7 seconds")
    yield* Fiber.join(greedy)
    assert.strictEqual(spentMs, 3 * 700 + 5)
  })
)

it.effect("Ordinary checks never wait", () =>
  Effect.gen(function* () {
    let spentMs = 0
    const effortOf = yield* make(() => spentMs)
    for (let second = 0; second < 60; second++) {
      for (let check = 0; check < 100; check++) yield* effortOf("one")(() => void (spentMs += 0.5))
      yield* TestClock.adjust("1 second")
    }
    assert.strictEqual(spentMs, 3000)
  })
)
