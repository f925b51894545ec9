import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { courseOf, make } from "./DatabaseClock.ts"

const hour = 3_600_000
const start = 1_700_000_000_000

/** A counter and a database whose times are set by hand; each question takes `roundTripMs`. */
const world = Effect.gen(function* () {
  const now = { counterMs: 5000, databaseMs: start, roundTripMs: 4, prepared: 0 }
  const made = yield* make({
    counterMs: () => now.counterMs,
    databaseMs: Effect.sync(() => {
      now.counterMs += now.roundTripMs
      now.databaseMs += now.roundTripMs
      return now.databaseMs - now.roundTripMs / 2
    }),
    prepare: Effect.sync(() => void now.prepared++),
    own: yield* Clock.Clock
  })
  const pass = (ms: number): void => {
    now.counterMs += ms
    now.databaseMs += ms
  }
  return { now, pass, ...made, read: () => made.clock.currentTimeMillisUnsafe() }
})

describe("the database's clock", () => {
  it.effect("is read without asking, and goes on with the counter", () =>
    Effect.gen(function* () {
      const { now, pass, read } = yield* world
      pass(60_000)
      assert.strictEqual(read(), now.databaseMs)
    })
  )

  it.effect("follows drift in small steps, within one era", () =>
    Effect.gen(function* () {
      const { era, follow, now, read } = yield* world
      now.databaseMs += 120
      const errors: Array<number> = []
      for (let round = 0; round < 4; round++) {
        yield* follow
        errors.push(now.databaseMs - read())
      }
      assert.deepStrictEqual(errors, [70, 20, 0, 0])
      assert.strictEqual(era.number, 0)
    })
  )

  for (const [what, jump] of [
    ["forth", 8 * 24 * hour],
    ["back", -hour]
  ] as const) {
    it.effect(`begins a new era when it is set ${what}, once all is prepared for it`, () =>
      Effect.gen(function* () {
        const { era, follow, now, read } = yield* world
        let begun = 0
        yield* era.onBegin(() => begun++)
        now.databaseMs += jump
        yield* follow
        assert.strictEqual(read(), now.databaseMs)
        assert.deepStrictEqual([era.number, begun, now.prepared], [1, 1, 1])
        yield* follow
        assert.strictEqual(era.number, 1)
      })
    )
  }

  it.effect("does not believe an answer that was long under way", () =>
    Effect.gen(function* () {
      const { era, follow, now, pass, read } = yield* world
      const before = read()
      now.roundTripMs = 20_000
      yield* follow
      now.roundTripMs = 4
      assert.strictEqual(read(), before + 20_000)
      assert.strictEqual(era.number, 0)
      pass(1000)
      assert.strictEqual(read(), now.databaseMs)
    })
  )

  it("blames no difference that the question itself can explain", () => {
    assert.deepStrictEqual(courseOf(1000, { offsetMs: 1030, uncertaintyMs: 40 }), { kind: "steady", offsetMs: 1000 })
    assert.deepStrictEqual(courseOf(1000, { offsetMs: 3020, uncertaintyMs: 40 }), { kind: "steady", offsetMs: 1050 })
    assert.deepStrictEqual(courseOf(1000, { offsetMs: 3040, uncertaintyMs: 40 }), { kind: "jump", offsetMs: 3040 })
  })
})
