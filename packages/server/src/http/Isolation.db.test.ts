/** Who may what, for every endpoint there is: generated from the contract, so that a new endpoint cannot be forgotten. */
import { assert, describe, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { bodyOf, endpoints, hasId, hasToken, idOf, isWrite, pathFor, pathOf } from "../testing/endpoints.ts"
import { TestServer } from "../testing/TestServer.ts"

/** Every row of a tenant, in words. */
const rowsOf = (tenantId: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const tables = yield* sql<{ name: string }>`
      SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1`
    return yield* Effect.forEach(
      tables,
      ({ name }) =>
        sql`SELECT ${name}::text AS name, jsonb_agg(t ORDER BY t::text) AS rows FROM ${sql(name)} t WHERE tenant_id = ${tenantId}`
    )
  }).pipe(Effect.provide(TestDatabase.superuser))

layer(TestServer.layer, { excludeTestServices: true })("every endpoint", (it) => {
  describe("without a credential", () => {
    for (const endpoint of endpoints.filter(({ isPublic }) => !isPublic)) {
      it.effect(`defect 9: ${endpoint.method} ${endpoint.path} is 401`, () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { things } = yield* Cast
          const answer = yield* ask(endpoint.method, pathFor(endpoint, things), { body: bodyOf(endpoint, things) })
          assert.strictEqual(answer.status, 401, answer.text)
          assert.strictEqual(answer.body.error.code, "UNAUTHENTICATED")
        })
      )
    }
  })

  describe("with another tenant's id", () => {
    for (const endpoint of endpoints.filter(hasId)) {
      it.effect(`${endpoint.method} ${endpoint.path} is the 404 of an id that never was, and changes nothing`, () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { alice, mallory, olga, otherThings, things } = yield* Cast
          const before = yield* rowsOf(alice.context.tenantId)
          for (const stranger of [mallory, olga]) {
            const attack = (id: string) =>
              ask(endpoint.method, pathOf(endpoint, id), { as: stranger, body: bodyOf(endpoint, otherThings) })
            const foreign = yield* attack(idOf(endpoint, things))
            const random = yield* attack(uuidV7Unsafe())
            assert.strictEqual(foreign.status, 404, foreign.text)
            assert.strictEqual(foreign.text, random.text)
          }
          assert.deepStrictEqual(yield* rowsOf(alice.context.tenantId), before)
        })
      )
    }
  })

  describe("with a token that nobody was given", () => {
    for (const endpoint of endpoints.filter(hasToken)) {
      it.effect(`${endpoint.method} ${endpoint.path} is 404, also for its owner, and changes nothing`, () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { alice, things } = yield* Cast
          const before = yield* rowsOf(alice.context.tenantId)
          for (const token of ["x".repeat(32), things.heartbeatToken.toLowerCase(), "%27", things.monitorId]) {
            const answer = yield* ask(endpoint.method, pathOf(endpoint, token), { as: alice })
            assert.strictEqual(answer.status, 404, answer.text)
          }
          assert.deepStrictEqual(yield* rowsOf(alice.context.tenantId), before)
        })
      )
    }
  })

  describe("for a stranger", () => {
    for (const endpoint of endpoints.filter(
      (one) => one.method === "GET" && !hasId(one) && !hasToken(one) && one.name !== "stream.events"
    )) {
      it.effect(`${endpoint.method} ${endpoint.path} shows nothing of it`, () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { alice, mallory, things } = yield* Cast
          const answer = yield* ask("GET", endpoint.path, { as: mallory })
          assert.strictEqual(answer.status, 200, answer.text)
          for (const id of [...Object.values(things), ...Object.values(alice.context), alice.email]) {
            if (id !== alice.context.role) assert.notInclude(answer.text, id)
          }
        })
      )
    }
  })

  describe("for a viewer", () => {
    for (const endpoint of endpoints.filter(isWrite)) {
      it.effect(`${endpoint.method} ${endpoint.path} is 403`, () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { things, victor } = yield* Cast
          const before = yield* rowsOf(victor.context.tenantId)
          const answer = yield* ask(endpoint.method, pathFor(endpoint, things), {
            as: victor,
            body: bodyOf(endpoint, things)
          })
          assert.strictEqual(answer.status, 403, answer.text)
          assert.deepStrictEqual(yield* rowsOf(victor.context.tenantId), before)
        })
      )
    }

    for (const endpoint of endpoints.filter((one) => one.method === "GET" && one.name !== "stream.events")) {
      it.effect(`${endpoint.method} ${endpoint.path} is readable`, () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { things, victor } = yield* Cast
          const answer = yield* ask("GET", pathFor(endpoint, things), { as: victor })
          assert.strictEqual(answer.status, 200, answer.text)
        })
      )
    }
  })
})
