import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Clock, Effect, Layer } from "effect"
import { insertMonitor, insertRule, insertTenant, newId } from "../testing/Seed.ts"
import { release } from "./Held.ts"
import { query, resolve } from "./testing/Scene.ts"

const Database = TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer))
/** More than one statement releases. */
const children = 6_000
const hourMs = 3_600_000

/** A parent that is down, and its children's messages, held since a minute until far ahead. */
const heldByParent = Effect.fnUntraced(function* (count: number, code = "parent_down") {
  const tenantId = yield* insertTenant
  const { channelId, ruleId } = yield* insertRule(tenantId, "https://receiver.example/hook")
  const parent = yield* insertMonitor({ tenantId })
  const child = yield* insertMonitor({ tenantId })
  const parentIncident = newId()
  yield* query(
    (sql) => sql`
      INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
      VALUES (${tenantId}, ${parentIncident}, ${parent.id}, now(), 'timeout', 'x')`
  )
  yield* query(
    (sql) => sql`
      WITH more AS (
        INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds,
          confirmations, recovery_checks, created_at, updated_at)
        SELECT tenant_id, uuid_v7(), bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations,
          recovery_checks, now() - interval '1 hour', now() - interval '1 hour'
        FROM monitors, generate_series(1, ${count}::integer)
        WHERE id = ${child.id}
        RETURNING tenant_id, id
      ), parents AS (
        INSERT INTO monitor_parents (tenant_id, monitor_id, parent_id) SELECT tenant_id, id, ${parent.id} FROM more
      ), opened AS (
        INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message, updated_at)
        SELECT tenant_id, uuid_v7(), id, now(), 'timeout', 'x', now() - interval '1 hour'
        FROM more
        RETURNING tenant_id, id
      )
      INSERT INTO notifications (tenant_id, id, incident_id, channel_id, rule_id, type, due_at, event, reasons)
      SELECT tenant_id, uuid_v7(), id, ${channelId}, ${ruleId}, 'incident.opened', now() + interval '10 hours', '{}',
        jsonb_build_array(jsonb_build_object('code', ${code}::text, 'message', 'Held.', 'at', rfc3339(clock_timestamp() + interval '1 second')))
      FROM opened`
  )
  return { tenantId, channelId, parentIncident }
})

const versions = (tenantId: string) =>
  query<{ id: string; version: string }>(
    (sql) => sql`
      SELECT id, xmin::text || ctid::text AS version FROM notifications WHERE tenant_id = ${tenantId} ORDER BY id`
  )

layer(Database, { excludeTestServices: true })("messages that are held", (it) => {
  const look = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    return yield* release(yield* PgClient.PgClient, now, now - hourMs)
  })

  it.effect("by a parent that is down are only read, and due when it is back", () =>
    Effect.gen(function* () {
      const { parentIncident, tenantId } = yield* heldByParent(children)
      const before = yield* versions(tenantId)
      assert.lengthOf(before, children)
      assert.strictEqual(yield* look, 0)
      assert.deepStrictEqual(yield* versions(tenantId), before, "no row was written")
      yield* resolve(parentIncident)
      assert.strictEqual(yield* look, children)
      assert.strictEqual(yield* look, 0, "once")
    })
  )

  it.effect("by one tenant's thousands keep nobody else's from being due", () =>
    Effect.gen(function* () {
      const busy = yield* heldByParent(6_000)
      const other = yield* heldByParent(1)
      yield* Effect.forEach([busy, other], ({ parentIncident }) => resolve(parentIncident))
      yield* look
      const [row] = yield* query<{ isDue: boolean }>(
        (sql) => sql`SELECT due_at <= now() AS "isDue" FROM notifications WHERE tenant_id = ${other.tenantId}`
      )
      assert.isTrue(row!.isDue)
      yield* query((sql) => sql`DELETE FROM notifications WHERE tenant_id = ${busy.tenantId}`)
    })
  )

  it.effect("by what was changed since are due, and nobody else's", () =>
    Effect.gen(function* () {
      const held = yield* heldByParent(1, "quiet_hours")
      const other = yield* heldByParent(1, "quiet_hours")
      const before = yield* versions(other.tenantId)
      assert.strictEqual(yield* look, 0)
      const { channelId, tenantId } = held
      /** Times are seconds ahead, so that one is after the other on every machine. */
      const hold = (at: number) =>
        query(
          (sql) => sql`
            UPDATE notifications
            SET due_at = now() + interval '1 hour',
              reasons = jsonb_build_array(reasons -> 0 || jsonb_build_object('at', rfc3339(now() + make_interval(secs => ${at}::integer))))
            WHERE tenant_id = ${tenantId}`
        )
      yield* query(
        (sql) =>
          sql`UPDATE alert_channels SET quiet_hours = NULL, updated_at = now() + interval '60 s' WHERE id = ${channelId}`
      )
      assert.strictEqual(yield* look, 1)
      yield* hold(120)
      assert.strictEqual(yield* look, 0)
      yield* query(
        (sql) => sql`
          INSERT INTO maintenance_windows (tenant_id, id, name, starts_at, ends_at, time_zone, updated_at)
          VALUES (${tenantId}, ${newId()}, 'Night', now(), now() + interval '1 hour', 'UTC', now() + interval '180 s')`
      )
      assert.strictEqual(yield* look, 1)
      yield* hold(240)
      assert.strictEqual(yield* look, 0)
      yield* query(
        (sql) => sql`
          UPDATE incidents SET severity = 'info', updated_at = now() + interval '300 s'
          WHERE id IN (SELECT incident_id FROM notifications WHERE tenant_id = ${tenantId})`
      )
      assert.strictEqual(yield* look, 1)
      assert.deepStrictEqual(yield* versions(other.tenantId), before)
    })
  )
})
