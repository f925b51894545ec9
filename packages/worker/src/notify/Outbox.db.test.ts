import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Clock, Effect, Layer } from "effect"
import { asSuperuser, insertMonitor, insertRule, insertTenant, newId } from "../testing/Seed.ts"
import { batchSize, make } from "./Outbox.ts"

const Database = Layer.provideMerge(TestDatabase.worker, TestDatabase.layer)

/** So many messages, due since so many seconds. */
const insertDue = Effect.fnUntraced(function* (count: number, since: number) {
  const tenantId = yield* insertTenant
  const { channelId } = yield* insertRule(tenantId, "http://127.0.0.1:9/")
  const monitor = yield* insertMonitor({ tenantId })
  const incident = newId()
  yield* Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`
      INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
      VALUES (${tenantId}, ${incident}, ${monitor.id}, now(), 'timeout', 'It timed out.')`
    yield* sql`
      INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, sequence, due_at, event)
      SELECT ${tenantId}, uuid_v7(), ${incident}, ${channelId}, 'incident.escalated', n,
        clock_timestamp() - make_interval(secs => ${since}::integer), '{}'
      FROM generate_series(1, ${count}::integer) n`
  }).pipe(asSuperuser, Effect.orDie)
  return tenantId
})

layer(Database, { excludeTestServices: true })("the outbox", (it) => {
  it.effect("gives each workspace its turn, however much another one has that was due before", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const [busy, calm] = [yield* insertDue(4 * batchSize, 60), yield* insertDue(2, 1)]
      const outbox = make(sql)
      const taken = yield* Effect.flatMap(Clock.currentTimeMillis, outbox.takeDue).pipe(sql.withTransaction)
      const countOf = (tenantId: string) => taken.filter((row) => row.tenantId === tenantId).length
      assert.strictEqual(countOf(calm), 2)
      assert.strictEqual(countOf(busy), batchSize - 2)
    })
  )
})
