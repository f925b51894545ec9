/** The delivery log: read on page by page, looked at closely, and tried again by hand. */
import { assert, layer } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Queue } from "effect"
import { SqlClient } from "effect/sql"
import { TestServer } from "../testing/TestServer.ts"

const log = "/api/v1/notifications"

interface Entry {
  readonly id: string
  readonly status: string
  readonly createdAt: string
}

layer(TestServer.layer, { excludeTestServices: true })("the delivery log", (it) => {
  it.effect("is read on where it ended, also among those of one instant, and narrowed down", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      // As a storm writes them: all of them in one statement.
      yield* Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`
          INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event, sequence, status, created_at)
          SELECT ${mallory.context.tenantId}, uuid_v7(), ${otherThings.incidentId}, ${otherThings.channelId}, 'incident.repeated',
            '{}', n, CASE WHEN n % 2 = 0 THEN 'sent' ELSE 'suppressed' END, '2026-11-01T00:00:00.000123Z'
          FROM generate_series(1, 7) AS n`
      ).pipe(Effect.provide(TestDatabase.superuser))
      const seen: Array<Entry> = []
      let cursor: string | null = ""
      while (cursor !== null) {
        const next: string = cursor === "" ? "" : `&cursor=${cursor}`
        const { body, text } = yield* ask("GET", `${log}?limit=2${next}`, { as: mallory })
        assert.isNull(body.error, text)
        seen.push(...body.data)
        cursor = body.meta.nextCursor
      }
      assert.lengthOf(seen, 9)
      assert.lengthOf(new Set(seen.map(({ id }) => id)), 9)
      const times = seen.map(({ createdAt }) => createdAt)
      assert.deepStrictEqual(times, times.toSorted().toReversed())

      const count = (query: string) =>
        Effect.map(ask("GET", `${log}?${query}`, { as: mallory }), ({ body, text }) => {
          assert.isArray(body.data, text)
          return body.data.length as number
        })
      assert.strictEqual(yield* count("status=suppressed"), 4)
      assert.strictEqual(yield* count(`channelId=${otherThings.channelId}`), 9)
      assert.strictEqual(yield* count(`incidentId=${otherThings.incidentId}&status=sent`), 4)
      assert.strictEqual(yield* count("from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z"), 7)
      assert.strictEqual(yield* count(`channelId=${otherThings.monitorId}`), 0)
    })
  )

  it.effect("shows of each the event, the attempts and what was answered", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, things } = yield* Cast
      const failed = yield* ask("GET", `${log}/${things.failedNotificationId}`, { as: alice })
      assert.deepInclude(failed.body.data, { channelName: "Pager", monitorName: "Shop", attempts: 9 }, failed.text)
      // Written by an older version.
      assert.deepInclude(failed.body.data.event.data.incident, { trigger: "down", severity: "critical" })
      const [row] = yield* Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql<{ event: string }>`
          UPDATE notifications n SET event = f.event
          FROM notifications f
          WHERE n.id = ${things.notificationId} AND f.id = ${things.failedNotificationId}
          RETURNING n.event`
      ).pipe(Effect.provide(TestDatabase.superuser))
      assert.isDefined(row)
      const sent = yield* ask("GET", `${log}/${things.notificationId}`, { as: alice })
      assert.deepInclude(sent.body.data.deliveries[0], { attempt: 1, responseStatus: 200, durationMs: 12, error: null })
    })
  )

  it.effect("does not try one again without end: each try is a row, and two reasons in one", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, things } = yield* Cast
      const attempts = (count: number) =>
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`UPDATE notifications SET attempts = ${count} WHERE id = ${things.failedNotificationId}`
        ).pipe(Effect.provide(TestDatabase.superuser))
      yield* attempts(200)
      const refused = yield* ask("POST", `${log}/${things.failedNotificationId}/retry`, { as: alice })
      assert.strictEqual(refused.status, 409, refused.text)
      yield* attempts(9)
    })
  )

  it.effect("tries again what failed, once, and says who asked for it", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve, things } = yield* Cast
      const pg = yield* PgClient.PgClient
      const pending = yield* pg.listen("notifications_pending")
      const path = `${log}/${things.failedNotificationId}/retry`
      const retried = yield* ask("POST", path, { as: eve })
      assert.strictEqual(retried.body.data.status, "pending", retried.text)
      assert.deepStrictEqual(retried.body.data.reasons.at(-1), {
        code: "retried_by_hand",
        message: `Retried by ${eve.email}.`
      })
      yield* Queue.take(pending)
      const [row] = yield* pg<{ isDue: boolean }>`
        SELECT relayed_at IS NULL AND due_at <= now() AS "isDue" FROM notifications WHERE id = ${things.failedNotificationId}`
      assert.isTrue(row?.isDue)
      assert.strictEqual((yield* ask("POST", path, { as: eve })).status, 409)
      const sent = yield* ask("POST", `${log}/${things.notificationId}/retry`, { as: eve })
      assert.strictEqual(sent.status, 409, sent.text)
      assert.include(sent.body.error.message, "has arrived")
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )
})
