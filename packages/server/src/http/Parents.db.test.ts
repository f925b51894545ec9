/** What monitors depend on: one's own monitors, and never in a circle. */
import { assert, layer } from "@effect/vitest"
import { Cast, type Person } from "@v-insight/database/testing/Cast"
import { Effect } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { TestServer } from "../testing/TestServer.ts"

const monitors = "/api/v1/monitors"

const make = (as: Person, name: string, parentIds: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const { ask } = yield* TestServer
    const body = { name, type: "ping", settings: { host: "router.example" }, parentIds }
    const { body: made, status, text } = yield* ask("POST", monitors, { as, body })
    assert.strictEqual(status, 201, text)
    assert.deepStrictEqual(made.data.parentIds, parentIds)
    return made.data.id as string
  })

layer(TestServer.layer, { excludeTestServices: true })("parents", (it) => {
  it.effect("are set, kept when something else changes, and taken away", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const router = yield* make(eve, "Router")
      const shop = yield* make(eve, "Shop", [router])
      const path = `${monitors}/${shop}`
      const renamed = yield* ask("PATCH", path, { as: eve, body: { name: "Web shop", degradedAfterMs: 800 } })
      assert.deepInclude(renamed.body.data, { parentIds: [router], degradedAfterMs: 800 })
      const listed = yield* ask("GET", `${monitors}?search=web shop`, { as: eve })
      assert.deepInclude(listed.body.data[0], { id: shop, parentIds: [router], degradedAfterMs: 800 })
      yield* ask("DELETE", `${monitors}/${router}`, { as: eve })
      assert.deepStrictEqual((yield* ask("GET", path, { as: eve })).body.data.parentIds, [])
      yield* ask("POST", `${monitors}/${router}/restore`, { as: eve })
      assert.deepStrictEqual((yield* ask("GET", path, { as: eve })).body.data.parentIds, [router])
      const alone = yield* ask("PATCH", path, { as: eve, body: { parentIds: [], degradedAfterMs: null } })
      assert.deepInclude(alone.body.data, { parentIds: [], degradedAfterMs: null })
    })
  )

  it.effect("form no circle: the way round is named", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const router = yield* make(mallory, "Router")
      const host = yield* make(mallory, "Host", [router])
      const shop = yield* make(mallory, "Shop", [host])
      const other = yield* make(mallory, "Other")
      const refused = yield* ask("PATCH", `${monitors}/${router}`, { as: mallory, body: { parentIds: [other, shop] } })
      assert.strictEqual(refused.status, 422, refused.text)
      assert.deepStrictEqual(refused.body.error.details.issues, [
        {
          path: "parentIds.1",
          message: "It would wait for itself: Router → Shop → Host → Router. Leave one of them out"
        }
      ])
      const itself = yield* ask("PATCH", `${monitors}/${shop}`, {
        as: mallory,
        body: { parentIds: [shop.toUpperCase()] }
      })
      assert.include(itself.body.error.details.issues[0].message, "Shop → Shop")
      // Two ways to the same one are no circle.
      const both = yield* ask("PATCH", `${monitors}/${shop}`, { as: mallory, body: { parentIds: [host, router] } })
      assert.strictEqual(both.status, 200, both.text)
    })
  )

  it.effect("chosen at the same moment form no circle either", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { olga } = yield* Cast
      for (let round = 0; round < 10; round++) {
        const [a, b] = [yield* make(olga, `A${round}`), yield* make(olga, `B${round}`)]
        const answers = yield* Effect.all(
          [
            ask("PATCH", `${monitors}/${a}`, { as: olga, body: { parentIds: [b] } }),
            ask("PATCH", `${monitors}/${b}`, { as: olga, body: { parentIds: [a] } })
          ],
          { concurrency: 2 }
        )
        assert.deepStrictEqual(
          answers.map(({ status }) => status).sort((a, b) => a - b),
          [200, 422]
        )
      }
    })
  )

  it.effect("are one's own: others are told apart by nobody", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, otherThings, things } = yield* Cast
      const attack = (parentId: string) =>
        ask("PATCH", `${monitors}/${things.monitorId}`, { as: alice, body: { parentIds: [parentId] } })
      const foreign = yield* attack(otherThings.monitorId)
      assert.strictEqual(foreign.status, 422)
      assert.strictEqual(foreign.text, (yield* attack(uuidV7Unsafe())).text)
      const eleven = Array.from({ length: 11 }, () => uuidV7Unsafe())
      const many = yield* ask("PATCH", `${monitors}/${things.monitorId}`, { as: alice, body: { parentIds: eleven } })
      assert.strictEqual(many.body.error.details.issues[0].path, "parentIds")
    })
  )
})
