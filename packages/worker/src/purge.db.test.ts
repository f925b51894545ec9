import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { purge } from "./purge.ts"
import { asSuperuser } from "./testing/Seed.ts"

const Database = TestDatabase.worker.pipe(Layer.provideMerge(Cast.layer), Layer.provideMerge(TestDatabase.layer))
const retentionDays = 30

const query = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

const remove = (table: string, id: string, days: number) =>
  query(
    (sql) => sql`UPDATE ${sql(table)} SET deleted_at = now() - make_interval(days => ${days}::integer) WHERE id = ${id}`
  )

const count = (table: string, id: string) =>
  Effect.map(
    query<{ count: number }>((sql) => sql`SELECT count(*)::integer AS count FROM ${sql(table)} WHERE id = ${id}`),
    ([row]) => row!.count
  )

const housekeep = Effect.flatMap(PgClient.PgClient, (sql) => purge(sql, retentionDays))

layer(Database, { excludeTestServices: true })("purge", (it) => {
  it.effect("keeps what was removed for as long as results are kept", () =>
    Effect.gen(function* () {
      const { things } = yield* Cast
      yield* remove("monitors", things.monitorId, retentionDays - 1)
      yield* remove("alert_rules", things.ruleId, retentionDays - 1)
      yield* remove("alert_channels", things.channelId, retentionDays - 1)
      yield* housekeep
      for (const [table, id] of [
        ["monitors", things.monitorId],
        ["incidents", things.incidentId],
        ["alert_rules", things.ruleId],
        ["alert_channels", things.channelId]
      ] as const) {
        assert.strictEqual(yield* count(table, id), 1, table)
      }
    })
  )

  it.effect("empties a channel whose settings are all secret", () =>
    Effect.gen(function* () {
      const { otherThings } = yield* Cast
      const state = query<{ settings: object; secrets: Uint8Array | null }>(
        (sql) => sql`SELECT settings, secrets FROM alert_channels WHERE id = ${otherThings.channelId}`
      )
      const [before] = yield* state
      yield* query(
        (sql) => sql`
        UPDATE alert_channels SET settings = '{}', secrets = '\\x0102' WHERE id = ${otherThings.channelId}`
      )
      yield* remove("alert_channels", otherThings.channelId, retentionDays + 1)
      yield* housekeep
      assert.deepStrictEqual(yield* state, [{ settings: {}, secrets: null }])
      yield* query(
        (sql) => sql`
        UPDATE alert_channels
        SET settings = ${JSON.stringify(before!.settings)}::jsonb, deleted_at = NULL
        WHERE id = ${otherThings.channelId}`
      )
    })
  )

  it.effect("empties a channel that incidents were told through, and deletes it with them", () =>
    Effect.gen(function* () {
      const { otherThings, things } = yield* Cast
      yield* query((sql) => sql`UPDATE alert_channels SET secrets = '\\x0102' WHERE id = ${things.channelId}`)
      yield* remove("alert_channels", things.channelId, retentionDays + 1)
      yield* housekeep
      assert.deepStrictEqual(
        yield* query((sql) => sql`SELECT name, settings, secrets FROM alert_channels WHERE id = ${things.channelId}`),
        [{ name: "Pager", settings: {}, secrets: null }]
      )
      yield* remove("monitors", things.monitorId, retentionDays + 1)
      yield* remove("alert_rules", things.ruleId, retentionDays + 1)
      yield* housekeep
      for (const [table, id] of [
        ["monitors", things.monitorId],
        ["incidents", things.incidentId],
        ["notifications", things.notificationId],
        ["alert_rules", things.ruleId],
        ["alert_channels", things.channelId]
      ] as const) {
        assert.strictEqual(yield* count(table, id), 0, table)
      }
      assert.strictEqual(yield* count("monitors", otherThings.monitorId), 1)
      assert.strictEqual(yield* count("incidents", otherThings.incidentId), 1)
      assert.strictEqual(yield* count("alert_channels", otherThings.channelId), 1)
    })
  )

  it.effect("cannot delete what is there, whatever it asks for", () =>
    Effect.gen(function* () {
      const { otherThings } = yield* Cast
      const sql = yield* PgClient.PgClient
      yield* sql`DELETE FROM monitors WHERE id = ${otherThings.monitorId}`
      yield* sql`UPDATE alert_channels SET secrets = NULL, settings = '{}' WHERE id = ${otherThings.channelId}`
      assert.strictEqual(yield* count("monitors", otherThings.monitorId), 1)
      const [channel] = yield* query<{ settings: object }>(
        (sql) => sql`SELECT settings FROM alert_channels WHERE id = ${otherThings.channelId}`
      )
      assert.notDeepEqual(channel?.settings, {})
    })
  )
})
