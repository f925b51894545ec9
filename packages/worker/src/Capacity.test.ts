import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Capacity } from "./Capacity.ts"

const places = 256

const busy = (tenantId: string) =>
  Effect.map(Capacity, ({ enter, mayEnter }) => {
    let entered = 0
    while (entered < places && mayEnter(tenantId)) {
      enter(tenantId)
      entered++
    }
    return entered
  })

it.effect("A tenant that is alone takes every place", () =>
  Effect.gen(function* () {
    const { meet } = yield* Capacity
    meet("one")
    assert.strictEqual(yield* busy("one"), places)
  }).pipe(Effect.provide(Capacity.layer(places)))
)

it.effect("Among others it leaves a quarter, and each further one leaves something", () =>
  Effect.gen(function* () {
    const { leave, mayEnter, meet, wait } = yield* Capacity
    for (const tenant of ["one", "two", "three", "seldom"]) meet(tenant)
    assert.strictEqual(yield* busy("one"), 192)
    assert.isAbove(yield* busy("two"), 40)
    assert.isAbove(yield* busy("three"), 9)
    assert.isTrue(mayEnter("seldom"))
    yield* wait
    assert.isFalse(mayEnter("one"))
    for (let ended = 0; ended < 192; ended++) leave("one")
    assert.isTrue(mayEnter("one"))
  }).pipe(Effect.provide(Capacity.layer(places)))
)
