import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { purge } from "./purge.ts"
import { asSuperuser, insertMonitor, insertTenant, newId } from "../testing/Seed.ts"

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

const insertIncident = (
  tenantId: string,
  monitorId: string,
  id: string,
  mergedInto: string | null,
  ruleId: string | null = null
) =>
  query(
    (sql) => sql`
    INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message, merged_into_id, rule_id, trigger)
    VALUES (${tenantId}, ${id}, ${monitorId}, now(), 'timeout', 'It did not answer.', ${mergedInto}::uuid, ${ruleId}::uuid,
      ${ruleId === null ? "down" : "flapping"})`
  )

const insertDecision = (tenantId: string, monitorId: string, incidentId: string | null, days: number) =>
  query(
    (sql) => sql`
    INSERT INTO decisions (tenant_id, id, monitor_id, incident_id, kind, decided_at, reasons, record)
    VALUES (${tenantId}, ${newId()}, ${monitorId}, ${incidentId}::uuid, 'went-down',
      now() - make_interval(days => ${days}::integer), '[]', '{}')`
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

  it.effect("takes what followed from a monitor's incidents with it, and unties those that were merged into them", () =>
    Effect.gen(function* () {
      const tenantId = yield* insertTenant
      const gone = yield* insertMonitor({ tenantId })
      const stays = yield* insertMonitor({ tenantId })
      const [incident, merged] = [newId(), newId()]
      yield* insertIncident(tenantId, gone.id, incident, null)
      yield* insertIncident(tenantId, stays.id, merged, incident)
      yield* query(
        (sql) => sql`
        INSERT INTO incident_events (tenant_id, id, incident_id, kind, message)
        VALUES (${tenantId}, ${newId()}, ${incident}, 'note', 'Looking.')`
      )
      yield* insertDecision(tenantId, gone.id, incident, 0)
      yield* remove("monitors", gone.id, retentionDays + 1)
      yield* housekeep
      for (const table of ["incident_events", "decisions"]) {
        assert.deepStrictEqual(
          yield* query((sql) => sql`SELECT 1 FROM ${sql(table)} WHERE tenant_id = ${tenantId}`),
          []
        )
      }
      assert.deepStrictEqual(
        yield* query((sql) => sql`SELECT id, merged_into_id FROM incidents WHERE tenant_id = ${tenantId}`),
        [{ id: merged, merged_into_id: null }]
      )
    })
  )

  it.effect("forgets decisions with the checks they were made on, but for those of incidents", () =>
    Effect.gen(function* () {
      const tenantId = yield* insertTenant
      const { id } = yield* insertMonitor({ tenantId })
      const incident = newId()
      yield* insertIncident(tenantId, id, incident, null)
      yield* insertDecision(tenantId, id, null, retentionDays + 1)
      yield* insertDecision(tenantId, id, null, retentionDays - 1)
      yield* insertDecision(tenantId, id, incident, retentionDays + 1)
      yield* housekeep
      assert.deepStrictEqual(
        yield* query(
          (sql) => sql`SELECT incident_id FROM decisions WHERE tenant_id = ${tenantId} ORDER BY incident_id NULLS FIRST`
        ),
        [{ incident_id: null }, { incident_id: incident }]
      )
    })
  )

  it.effect("keeps a rule as long as its incidents, and a policy as long as its rules", () =>
    Effect.gen(function* () {
      const tenantId = yield* insertTenant
      const { id } = yield* insertMonitor({ tenantId })
      const [policy, rule, incident, window] = [newId(), newId(), newId(), newId()]
      yield* query(
        (sql) => sql`
        INSERT INTO escalation_policies (tenant_id, id, name, steps) VALUES (${tenantId}, ${policy}, 'Policy', '[]')`
      )
      yield* query(
        (sql) => sql`
        INSERT INTO alert_rules (tenant_id, id, name, trigger, escalation_policy_id)
        VALUES (${tenantId}, ${rule}, 'Rule', 'flapping', ${policy})`
      )
      yield* query(
        (sql) => sql`
        INSERT INTO maintenance_windows (tenant_id, id, name, starts_at, ends_at, time_zone)
        VALUES (${tenantId}, ${window}, 'Works', now(), now() + interval '1 hour', 'UTC')`
      )
      yield* insertIncident(tenantId, id, incident, null, rule)
      for (const [table, row] of [
        ["escalation_policies", policy],
        ["alert_rules", rule],
        ["maintenance_windows", window]
      ] as const) {
        yield* remove(table, row, retentionDays + 1)
      }
      yield* housekeep
      assert.strictEqual(yield* count("alert_rules", rule), 1)
      assert.strictEqual(yield* count("escalation_policies", policy), 1)
      assert.strictEqual(yield* count("maintenance_windows", window), 0)
      yield* remove("monitors", id, retentionDays + 1)
      yield* housekeep
      assert.strictEqual(yield* count("alert_rules", rule), 0)
      assert.strictEqual(yield* count("escalation_policies", policy), 0)
    })
  )

  it.effect("forgets who stood in long ago", () =>
    Effect.gen(function* () {
      const { things } = yield* Cast
      const [recent, old] = [newId(), newId()]
      for (const [id, days] of [
        [recent, retentionDays - 1],
        [old, retentionDays + 1]
      ] as const) {
        yield* query(
          (sql) => sql`
            INSERT INTO on_call_overrides (tenant_id, id, schedule_id, user_id, starts_at, ends_at)
            SELECT tenant_id, ${id}, id, ${things.memberId}, now() - interval '1 year',
              now() - make_interval(days => ${days}::integer)
            FROM on_call_schedules WHERE id = ${things.scheduleId}`
        )
      }
      yield* housekeep
      assert.deepStrictEqual(
        [yield* count("on_call_overrides", recent), yield* count("on_call_overrides", old)],
        [1, 0]
      )
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
