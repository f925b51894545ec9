/** Of connections that are lost, one by one: in virtual time, so that a busy machine changes nothing. */
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { insertRule, insertTenant } from "../testing/Seed.ts"
import { insertIncident, linesOf, query } from "./testing/Scene.ts"
import { type Mode, virtualNotifier } from "./testing/VirtualTime.ts"

/** Due for long: PostgreSQL's clock runs ahead of the virtual one. */
const opening = { type: "incident.opened", dueIn: -600 }
const stepMs = 50

/** A channel whose receiver answers a message's first try with `first`; messages are written one by one. */
const told = Effect.fnUntraced(function* (first: Mode, messages: number, steps: number) {
  const { heard, pass, tries } = yield* virtualNotifier((_, id, before) =>
    before.some((each) => each.id === id) ? "well" : first
  )
  const tenantId = yield* insertTenant
  const channel = { tenantId, ...(yield* insertRule(tenantId, "https://often.example/hook")) }
  yield* query((sql) => sql`UPDATE alert_channels SET budget_messages = 1000 WHERE tenant_id = ${tenantId}`)
  const waits: Array<number> = []
  const attempts: Array<number> = []
  for (let count = 0; count < messages; count++) {
    const incident = yield* insertIncident([channel], [opening])
    const [row] = yield* linesOf(incident.id)
    const { id } = row!
    const at = yield* Clock.currentTimeMillis
    yield* heard(incident.id)
    yield* pass(steps, stepMs)
    const taken = tries.find((each) => each.id === id && each.isTaken)
    waits.push(taken === undefined ? Number.POSITIVE_INFINITY : taken.at - at)
    attempts.push(tries.filter((each) => each.id === id).length)
  }
  return { waits, attempts }
})

layer(TestDatabase.layer, { excludeTestServices: true })("a message whose connection is lost", (it) => {
  it.effect("is tried again within a quarter of a second, whatever was lost before it", () =>
    Effect.gen(function* () {
      const { attempts, waits } = yield* told("reset", 6, 6)
      assert.isBelow(Math.max(...waits), 300)
      assert.deepStrictEqual(attempts, [2, 2, 2, 2, 2, 2])
    }).pipe(Effect.scoped, Effect.provide(TestClock.layer()))
  )

  it.effect("waits longer when its receiver answered that it cannot", () =>
    Effect.gen(function* () {
      const { attempts } = yield* told("500", 1, 10)
      assert.deepStrictEqual(attempts, [1])
    }).pipe(Effect.scoped, Effect.provide(TestClock.layer()))
  )
})
