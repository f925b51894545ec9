import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Capacity, type Place } from "./Capacity.ts"

const places = 256

/** Takes what it may have, up to a number; ends with the places. */
const take = Effect.fnUntraced(function* (tenantId: string, atMost = places) {
  const { enter, mayEnter } = yield* Capacity
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
  const taken: Array<Place> = []
  while (taken.length < atMost && mayEnter(tenantId))
    taken.push(enter(tenantId, now, { until: Number.POSITIVE_INFINITY, giveUp: () => {} }))
  return taken
})

it.effect("A tenant that is alone takes every place", () =>
  Effect.gen(function* () {
    const { meet } = yield* Capacity
    meet("one")
    assert.lengthOf(yield* take("one"), places)
  }).pipe(Effect.provide(Capacity.layer(places)))
)

it.effect("Among others it leaves a quarter, and each further one leaves something", () =>
  Effect.gen(function* () {
    const { leave, mayEnter, meet, wait } = yield* Capacity
    for (const tenant of ["one", "two", "three", "seldom"]) meet(tenant)
    const ofOne = yield* take("one")
    assert.lengthOf(ofOne, 192)
    assert.isAbove((yield* take("two")).length, 40)
    assert.isAbove((yield* take("three")).length, 9)
    assert.isTrue(mayEnter("seldom"))
    yield* wait
    assert.isFalse(mayEnter("one"))
    for (const place of ofOne) leave(place)
    assert.isTrue(mayEnter("one"))
  }).pipe(Effect.provide(Capacity.layer(places)))
)

it.effect("Checks whose targets hang make room after half a second, as many as may wait", () =>
  Effect.gen(function* () {
    const { leave, meet, wait } = yield* Capacity
    meet("one")
    const hanging: Array<Place> = []
    for (let turn = 0; turn < 17; turn++) {
      yield* wait
      hanging.push(...(yield* take("one")))
      yield* TestClock.adjust("600 millis")
    }
    assert.lengthOf(hanging, 4096 + places)
    const hasRoom = yield* Effect.forkChild(wait)
    yield* TestClock.adjust("10 seconds")
    assert.isUndefined(hasRoom.pollUnsafe())
    // One of those that wait has ended: its place is for the next that has waited enough.
    leave(hanging[0]!)
    yield* TestClock.adjust("100 millis")
    assert.isDefined(hasRoom.pollUnsafe())
  }).pipe(Effect.provide(Capacity.layer(places)))
)

it.effect("Whoever's targets hang leaves others the places where checks wait", () =>
  Effect.gen(function* () {
    const { meet } = yield* Capacity
    for (const tenant of ["hanging", "other"]) meet(tenant)
    let waiting = 0
    for (let turn = 0; turn < 40; turn++) {
      waiting += (yield* take("hanging")).length
      yield* TestClock.adjust("600 millis")
    }
    assert.strictEqual(waiting, 3072 + 192)
    assert.lengthOf(yield* take("other"), 48)
    yield* TestClock.adjust("600 millis")
    assert.lengthOf(yield* take("other"), 48)
  }).pipe(Effect.provide(Capacity.layer(places)))
)

it.effect("A check that does not end is given up, once", () =>
  Effect.gen(function* () {
    const { enter, leave } = yield* Capacity
    const givenUp: Array<string> = []
    const overdue = enter("one", 0, { until: 5000, giveUp: () => givenUp.push("overdue") })
    const ended = enter("one", 0, { until: 5000, giveUp: () => givenUp.push("ended") })
    yield* TestClock.adjust("4 seconds")
    leave(ended)
    assert.deepStrictEqual(givenUp, [])
    yield* TestClock.adjust("1 minute")
    assert.deepStrictEqual(givenUp, ["overdue"])
    leave(overdue)
  }).pipe(Effect.provide(Capacity.layer(places)))
)
