/** Secrets of channels of every kind: sealed, kept, replaced, never told, and sent nowhere but where they went before. */
import { assert, describe, layer } from "@effect/vitest"
import { SecretBox } from "@v-insight/database/SecretBox"
import { Cast, type Person } from "@v-insight/database/testing/Cast"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { type ChannelTypeName, channelTypeNames, secretsOf } from "@v-insight/domain/channel-types/registry"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { channelSamples } from "../testing/channelSamples.ts"
import { TestServer } from "../testing/TestServer.ts"

const channels = "/api/v1/alert-channels"

/** What lies in the table, and what of it only the key opens. */
const stored = (id: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* sql<{ tenantId: string; text: string; secrets: Uint8Array | null }>`
      SELECT tenant_id AS "tenantId", c::text AS text, secrets FROM alert_channels c WHERE id = ${id}`
    const secrets =
      row!.secrets === null ? {} : yield* (yield* SecretBox).open(row!.secrets, { tenantId: row!.tenantId, rowId: id })
    return { text: row!.text, secrets }
  }).pipe(Effect.provide(Layer.merge(TestDatabase.superuser, TestBox)), Effect.orDie)

const isPlanted = (text: string): void => assert.notInclude(text, "planted")

const make = Effect.fnUntraced(function* (as: Person, type: ChannelTypeName) {
  const { ask } = yield* TestServer
  const { secrets, settings } = channelSamples[type]
  const made = yield* ask("POST", channels, { as, body: { name: "New", type, settings: { ...settings, ...secrets } } })
  assert.strictEqual(made.status, 201, made.text)
  return { made, id: made.body.data.id as string, path: `${channels}/${made.body.data.id}`, secrets, settings }
})

layer(TestServer.layer, { excludeTestServices: true })("secrets of channels", (it) => {
  for (const type of channelTypeNames) {
    describe(`a channel of type ${type}`, () => {
      it.effect("names every one of them in its sample", () =>
        Effect.sync(() => assert.sameMembers(Object.keys(channelSamples[type].secrets), [...secretsOf(type)]))
      )

      it.effect("are sealed, and read back by nobody", () =>
        Effect.gen(function* () {
          const { ask, log } = yield* TestServer
          const { eve, victor } = yield* Cast
          const { id, made, path, secrets } = yield* make(eve, type)
          const row = yield* stored(id)
          isPlanted(row.text)
          assert.deepStrictEqual(row.secrets, secrets)
          const looks = [
            made,
            yield* ask("GET", path, { as: victor }),
            yield* ask("GET", path, { as: eve }),
            yield* ask("GET", `${channels}?perPage=200`, { as: victor }),
            yield* ask("PATCH", path, { as: eve, body: { name: "Renamed" } })
          ]
          for (const { status, text } of looks) {
            assert.isBelow(status, 300, text)
            isPlanted(text)
            for (const name of secretsOf(type)) assert.notInclude(text, `"${name}":"planted`)
          }
          isPlanted(log.join("\n"))
          yield* ask("DELETE", path, { as: eve })
        })
      )

      it.effect("are kept when a change leaves them out, and replaced when it does not", () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { eve } = yield* Cast
          const { id, path, secrets, settings } = yield* make(eve, type)
          const change = (settings: object) => ask("PATCH", path, { as: eve, body: { settings } })
          assert.strictEqual((yield* change(settings)).status, 200)
          assert.deepStrictEqual((yield* stored(id)).secrets, secrets)
          const others = Object.fromEntries(
            Object.entries(secrets).map(([name, value]) => [name, String(value).replace("planted", "changed")])
          )
          const replaced = yield* change(others)
          assert.strictEqual(replaced.status, 200, replaced.text)
          assert.notInclude(replaced.text, "changed")
          assert.deepStrictEqual((yield* stored(id)).secrets, others)
          yield* ask("DELETE", path, { as: eve })
        })
      )

      for (const changes of channelSamples[type].elsewhere) {
        it.effect(`are not sent elsewhere unasked: ${JSON.stringify(changes)}`, () =>
          Effect.gen(function* () {
            const { ask } = yield* TestServer
            const { eve } = yield* Cast
            const { id, path, secrets } = yield* make(eve, type)
            const change = (settings: object) => ask("PATCH", path, { as: eve, body: { settings } })
            const refused = yield* change(changes)
            assert.strictEqual(refused.status, 422, refused.text)
            assert.deepStrictEqual(
              refused.body.error.details.issues.map(({ path }: { path: string }) => path),
              secretsOf(type).map((name) => `settings.${name}`)
            )
            isPlanted(refused.text)
            assert.deepStrictEqual((yield* stored(id)).secrets, secrets)
            assert.strictEqual((yield* change({ ...changes, ...secrets })).status, 200)
            yield* ask("DELETE", path, { as: eve })
          })
        )
      }
    })
  }
})
