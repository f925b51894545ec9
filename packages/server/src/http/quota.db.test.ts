/** A workspace has its limits; whatever is removed makes room, and what is restored needs it. */
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { TestServer } from "../testing/TestServer.ts"
import { maxChannels, maxMonitorsOfStrangers, maxRules } from "./quota.ts"

const monitor = { type: "http", settings: { url: "https://many.example/" } }
const channel = { name: "n", type: "webhook", settings: { url: "https://many.example/" } }
const rule = { name: "n", condition: { trigger: "down" }, channelIds: [] }

/** Rows made by the database, up to `most`. */
const fill = (table: "monitors" | "alert_channels" | "alert_rules", tenantId: string, most: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const values = {
      monitors: `'{}', 0, 'http', 60, 10, 1, 1`,
      alert_channels: `'{}', 'webhook'`,
      alert_rules: `'down'`
    }
    const columns = {
      monitors: "settings, bucket, type, interval_seconds, timeout_seconds, confirmations, recovery_checks",
      alert_channels: "settings, type",
      alert_rules: "trigger"
    }
    yield* sql.unsafe(
      `INSERT INTO ${table} (tenant_id, id, name, ${columns[table]})
       SELECT $1, uuid_v7(), 'filler', ${values[table]}
       FROM generate_series(1, $2 - (SELECT count(*)::integer FROM ${table} WHERE tenant_id = $1 AND deleted_at IS NULL))`,
      [tenantId, most]
    )
  }).pipe(Effect.provide(TestDatabase.superuser))

layer(TestServer.layer, { excludeTestServices: true })("open to everybody, a workspace", (it) => {
  it.effect.each([
    ["monitors", "monitors", maxMonitorsOfStrangers, monitor],
    ["alert-channels", "alert_channels", maxChannels, channel],
    ["alert-rules", "alert_rules", maxRules, rule]
  ] as const)("has so many %s and no more", ([path, table, most, body]) =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, mallory } = yield* Cast
      const all = `/api/v1/${path}`
      yield* fill(table, mallory.context.tenantId, most - 1)
      const made = yield* ask("POST", all, { as: mallory, body })
      assert.strictEqual(made.status, 201, made.text)
      const refused = yield* ask("POST", all, { as: mallory, body })
      assert.deepStrictEqual([refused.status, refused.body.error.code], [403, "FORBIDDEN"])
      assert.include(refused.body.error.message, String(most))
      assert.strictEqual((yield* ask("POST", all, { as: alice, body })).status, 201)

      const one = `${all}/${made.body.data.id}`
      assert.strictEqual((yield* ask("DELETE", one, { as: mallory })).status, 200)
      assert.strictEqual((yield* ask("POST", all, { as: mallory, body })).status, 201)
      assert.strictEqual((yield* ask("POST", `${one}/restore`, { as: mallory })).status, 403)
    })
  )
})

layer(TestServer.layerWith({ VINSIGHT_MAX_MONITORS: "2" }), { excludeTestServices: true })("set to two", (it) => {
  it.effect("there are two monitors", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const make = Effect.map(ask("POST", "/api/v1/monitors", { as: mallory, body: monitor }), ({ status }) => status)
      assert.deepStrictEqual([yield* make, yield* make], [201, 403])
    })
  )
})

layer(TestServer.layerWith({ VINSIGHT_SIGNUP: "first" }), { excludeTestServices: true })("of its own", (it) => {
  it.effect("an installation takes as many monitors as it is given", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      yield* fill("monitors", mallory.context.tenantId, maxMonitorsOfStrangers + 1)
      assert.strictEqual((yield* ask("POST", "/api/v1/monitors", { as: mallory, body: monitor })).status, 201)
    })
  )
})
