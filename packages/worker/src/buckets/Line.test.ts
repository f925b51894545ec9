import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Line } from "./Line.ts"

/** Like buckets that are behind: each takes a place as often as it may. */
const scene = Effect.fnUntraced(function* (names: ReadonlyArray<string>, wants: (name: string) => boolean) {
  let room = 0
  const line = new Line(() => room > 0)
  const taken: Array<string> = []
  let woken = 0
  const bucket = (name: string) =>
    Effect.gen(function* () {
      while (true) {
        yield* line.wait
        woken++
        if (!wants(name)) return
        room--
        taken.push(name)
      }
    })
  const fibers = yield* Effect.forEach(names, (name) => Effect.forkChild(bucket(name)))
  yield* Effect.yieldNow
  const free = Effect.fnUntraced(function* (places: number) {
    for (let place = 0; place < places; place++) {
      room++
      line.call()
      yield* Effect.yieldNow
    }
  })
  return { fibers, free, taken, wokenSoFar: () => woken }
})

describe("the line", () => {
  it.effect("serves everybody in turn, not the first again and again", () =>
    Effect.gen(function* () {
      const { free, taken } = yield* scene(["a", "b", "c"], () => true)
      yield* free(6)
      assert.deepStrictEqual(taken, ["a", "b", "c", "a", "b", "c"])
    })
  )

  it.effect("wakes nobody in vain", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 64 }, (_, index) => `bucket ${index}`)
      const { free, taken, wokenSoFar } = yield* scene(names, () => true)
      yield* free(100)
      assert.lengthOf(taken, 100)
      assert.strictEqual(wokenSoFar(), 100)
    })
  )

  it.effect("passes on what the one who was called does not want", () =>
    Effect.gen(function* () {
      const { free, taken } = yield* scene(["idle", "busy"], (name) => name === "busy")
      yield* free(1)
      assert.deepStrictEqual(taken, ["busy"])
    })
  )

  it.effect("goes on for as long as there is room, also when it came free all at once", () =>
    Effect.gen(function* () {
      let room = 0
      const line = new Line(() => room > 0)
      const taken: Array<string> = []
      const bucket = (name: string) =>
        Effect.sync(() => {
          room--
          taken.push(name)
        }).pipe((take) => Effect.forever(Effect.andThen(line.wait, take)))
      yield* Effect.forEach(["a", "b"], (name) => Effect.forkChild(bucket(name)))
      yield* Effect.yieldNow
      room = 3
      line.call()
      yield* Effect.yieldNow
      assert.deepStrictEqual(taken, ["a", "b", "a"])
    })
  )

  it.effect("forgets who went away", () =>
    Effect.gen(function* () {
      const { fibers, free, taken } = yield* scene(["gone", "there"], () => true)
      yield* Fiber.interrupt(fibers[0]!)
      yield* free(1)
      assert.deepStrictEqual(taken, ["there"])
    })
  )
})
