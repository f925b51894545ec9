/** The live stream: what changes is told to those it belongs to, again after a reconnect, and to nobody else. */
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { listen } from "../testing/events.ts"
import { TestServer } from "../testing/TestServer.ts"
import { maxConnectionsPerTenant } from "./Stream.ts"

const stream = "/api/v1/stream/events"

/** What is written together is told of once. */
const inTransaction = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(self))

/** As the worker records a check of a monitor that several regions have a say in: the state, then the verdict. */
const record = (monitorId: string, status: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql<{ tenantId: string }>`
      UPDATE monitor_state
      SET status = ${status}, checked_at = clock_timestamp(), recorded_at = clock_timestamp(), error_code = NULL, error_message = NULL
      WHERE monitor_id = ${monitorId}
      RETURNING tenant_id AS "tenantId"`
    yield* sql`
      UPDATE monitor_verdicts
      SET version = version + 1, status = ${status}, recorded_at = clock_timestamp()
      WHERE monitor_id = ${monitorId}`
    yield* sql`SELECT pg_notify('live', ${rows[0]!.tenantId})`
  }).pipe(inTransaction, Effect.provide(TestDatabase.worker))

layer(TestServer.layer, { excludeTestServices: true })("the live stream", (it) => {
  it.effect("tells of checks, monitors and incidents, and of nothing else", () =>
    Effect.gen(function* () {
      const { ask, url } = yield* TestServer
      const { alice, mallory, otherThings, things, victor } = yield* Cast
      const mine = yield* listen(url + stream, { as: victor })
      const other = yield* listen(url + stream, { as: mallory })
      assert.strictEqual(mine.headers.get("content-type"), "text/event-stream")
      assert.include(mine.headers.get("cache-control"), "no-store")
      // What was written in the seconds before: a page that was just made may have missed it.
      const before = [yield* mine.next, yield* mine.next, yield* mine.next]
      assert.sameMembers(
        before.map(({ event }) => event),
        ["monitor", "check", "incident"]
      )

      yield* record(things.monitorId, "up")
      const check = yield* mine.next
      assert.strictEqual(check.event, "check")
      assert.deepInclude(check.data, { monitorId: things.monitorId, status: "up" })
      assert.deepInclude(check.data.check, { totalUs: 1234, error: null })

      yield* ask("POST", `/api/v1/incidents/${things.incidentId}/acknowledge`, { as: alice })
      const incident = yield* mine.next
      assert.strictEqual(incident.event, "incident")
      assert.deepInclude(incident.data.incident, { id: things.incidentId, status: "acknowledged" })

      yield* ask("DELETE", `/api/v1/monitors/${things.monitorId}`, { as: alice })
      const last = [yield* mine.next, yield* mine.next]
      assert.deepInclude(last.find(({ event }) => event === "monitor")?.data, {
        monitorId: things.monitorId,
        removed: true
      })
      assert.deepInclude(last.find(({ event }) => event === "incident")?.data.incident, { status: "resolved" })
      assert.deepStrictEqual(yield* mine.rest, [])

      yield* record(otherThings.monitorId, "up")
      const heard = yield* Effect.repeat(other.next, { until: ({ data }) => data.status === "up" })
      assert.strictEqual(heard.data.monitorId, otherThings.monitorId)
      const { body } = yield* ask("GET", "/api/v1/monitors", { as: mallory })
      assert.lengthOf(body.data, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("resumes where it was cut off, and hears what was written meanwhile", () =>
    Effect.gen(function* () {
      const { ask, url } = yield* TestServer
      const { olga } = yield* Cast
      const create = (name: string) =>
        ask("POST", "/api/v1/monitors", {
          as: olga,
          body: { name, type: "http", settings: { url: "https://a.example/" } }
        })
      const names = Effect.fnUntraced(function* (headers: Record<string, string>, until: string) {
        const heard = yield* listen(url + stream, { as: olga, headers })
        const ids: Array<string> = []
        const wanted = (yield* create(until)).body.data.id
        const last = yield* Effect.repeat(
          Effect.tap(heard.next, ({ data }) => Effect.sync(() => ids.push(data.monitorId))),
          { until: ({ data }) => data.monitorId === wanted }
        )
        return { ids, lastId: last.id! }
      }, Effect.scoped)
      const first = yield* names({}, "one")
      assert.match(first.lastId, /^\d{16}$/)
      const missed = (yield* create("two")).body.data.id
      const second = yield* names({ "last-event-id": first.lastId }, "three")
      assert.include(second.ids, missed)
      const strange = yield* names({ "last-event-id": "x'; --" }, "four")
      assert.isNotEmpty(strange.ids)
      const superuser = Effect.provide(TestDatabase.superuser)
      yield* Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`UPDATE monitors SET updated_at = now() - interval '2 days' WHERE id = ${missed}`
      ).pipe(superuser)
      const early = yield* names({ "last-event-id": "0" }, "five")
      assert.include(early.ids, second.ids.at(-1))
      assert.notInclude(early.ids, missed)
    })
  )

  it.effect("leaves places for other workspaces", () =>
    Effect.gen(function* () {
      const { ask, url } = yield* TestServer
      const { alice, eve, mallory } = yield* Cast
      yield* Effect.forEach(
        Array.from({ length: maxConnectionsPerTenant }),
        () => listen(url + stream, { as: mallory }),
        { concurrency: 10 }
      )
      const all = `vinsight_live_connections ${maxConnectionsPerTenant}\n`
      yield* Effect.repeat(ask("GET", "/metrics"), { until: ({ text }) => text.includes(all) })
      const refused = yield* ask("GET", stream, { as: mallory })
      assert.deepStrictEqual([refused.status, refused.body.error.code], [503, "UNAVAILABLE"])
      for (const as of [alice, eve]) assert.strictEqual((yield* listen(url + stream, { as })).status, 200)
    }).pipe(Effect.scoped)
  )

  it.effect("ends for a session that ended", () =>
    Effect.gen(function* () {
      const { ask, url } = yield* TestServer
      const { eve, otherThings, mallory } = yield* Cast
      const heard = yield* listen(url + stream, { as: mallory })
      yield* ask("POST", "/api/v1/auth/logout", { as: mallory })
      yield* record(otherThings.monitorId, "degraded")
      yield* heard.ended
      for (const event of yield* heard.rest) assert.notStrictEqual(event.data.status, "degraded")
      assert.strictEqual((yield* ask("GET", stream, { as: mallory })).status, 401)
      const metrics = yield* ask("GET", "/metrics", { as: eve })
      assert.match(metrics.text, /^vinsight_live_connections 0$/m)
    }).pipe(Effect.scoped)
  )
})
