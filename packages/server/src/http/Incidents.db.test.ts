/** Incidents in the hands of people. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Cast, evidence } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Queue } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { TestServer } from "../testing/TestServer.ts"

const incidents = "/api/v1/incidents"

layer(TestServer.layer, { excludeTestServices: true })("incidents", (it) => {
  it.effect("are listed, newest first, by state and by monitor", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings, things } = yield* Cast
      const ids = (query: string) =>
        Effect.map(ask("GET", `${incidents}?${query}`, { as: mallory }), ({ body, text }) => {
          assert.isNotNull(body.data, text)
          assert.strictEqual(body.meta.total, body.data.length)
          return body.data.map(({ id }: { id: string }) => id)
        })
      assert.deepStrictEqual(yield* ids(""), [otherThings.incidentId])
      assert.deepStrictEqual(yield* ids("status=open"), [otherThings.incidentId])
      assert.deepStrictEqual(yield* ids("status=resolved"), [])
      assert.deepStrictEqual(yield* ids(`monitorId=${otherThings.monitorId}`), [otherThings.incidentId])
      assert.deepStrictEqual(yield* ids(`monitorId=${things.monitorId}`), [])
    })
  )

  it.effect("are listed by what needs somebody first, on pages that neither repeat nor skip", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { things, victor } = yield* Cast
      const { tenantId } = victor.context
      // In the order wanted: [severity, minutes since it began, since it was acknowledged, since it ended].
      const wanted: ReadonlyArray<readonly [string, number, number | null, number | null]> = [
        ["critical", 300, null, null],
        ["warning", 10, null, null],
        ["warning", 20, null, null],
        ["info", 2, null, null],
        ["critical", 50, 40, null],
        ["info", 5, 4, null],
        ["info", 400, null, 3],
        ["critical", 60, 55, 50],
        ["warning", 55, null, 51]
      ]
      const ids = yield* Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const made = yield* Effect.forEach(wanted, ([severity, began, acknowledged, ended]) => {
          const [ruleId, id] = [uuidV7Unsafe(), uuidV7Unsafe()]
          return sql`
            INSERT INTO alert_rules (tenant_id, id, name, trigger, condition)
            VALUES (${tenantId}, ${ruleId}, 'Flaps', 'flapping', '{"trigger":"flapping"}')`.pipe(
            Effect.andThen(sql`
              INSERT INTO incidents (tenant_id, id, monitor_id, trigger, rule_id, severity, cause_code, cause_message,
                started_at, acknowledged_at, resolved_at)
              VALUES (${tenantId}, ${id}, ${things.monitorId}, 'flapping', ${ruleId}, ${severity}, 'flapping', 'It flaps.',
                now() - ${began}::integer * interval '1 minute', now() - ${acknowledged}::integer * interval '1 minute',
                now() - ${ended}::integer * interval '1 minute')`),
            Effect.as(id as string)
          )
        })
        // The cast's own began a minute ago: it stands before the older critical one.
        yield* sql`
          UPDATE incidents SET severity = 'critical', acknowledged_at = NULL, resolved_at = NULL
          WHERE tenant_id = ${tenantId} AND id = ${things.incidentId}`
        return [things.incidentId, ...made]
      }).pipe(Effect.provide(TestDatabase.superuser))
      const listed = (query: string) =>
        Effect.map(ask("GET", `${incidents}?${query}`, { as: victor }), ({ body, text }) => {
          assert.isNotNull(body.data, text)
          return body.data.map(({ id }: { id: string }) => id) as ReadonlyArray<string>
        })
      assert.deepStrictEqual(yield* listed("sort=urgent"), ids)
      const pages = yield* Effect.forEach([1, 2, 3, 4], (page) => listed(`sort=urgent&perPage=3&page=${page}`))
      assert.deepStrictEqual(pages.flat(), ids)
      assert.deepStrictEqual(yield* listed("sort=urgent&status=resolved"), ids.slice(7))
      assert.strictEqual((yield* listed("sort=newest"))[0], things.incidentId)
      assert.deepStrictEqual(yield* listed("sort=newest"), yield* listed(""))
      const refused = yield* ask("GET", `${incidents}?sort=oldest`, { as: victor })
      assert.strictEqual(refused.status, 422, refused.text)
    })
  )

  it.effect("tell what they were opened with, to those who look at one", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, things, victor } = yield* Cast
      const path = `${incidents}/${things.incidentId}`
      const report = yield* ask("GET", path, { as: victor })
      assert.deepStrictEqual(report.body.data.evidence, evidence, report.text)
      const listed = yield* ask("GET", incidents, { as: victor })
      assert.notProperty(listed.body.data[0], "evidence")
      const foreign = yield* ask("GET", path, { as: mallory })
      assert.strictEqual(foreign.status, 404)
      assert.notInclude(foreign.text, "nginx")
    })
  )

  it.effect("are acknowledged once, resolved once, and their receivers are told of the end", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, eve, things } = yield* Cast
      const pg = yield* PgClient.PgClient
      const live = yield* pg.listen("live")
      const pending = yield* pg.listen("notifications_pending")
      const path = `${incidents}/${things.incidentId}`
      const first = yield* ask("POST", `${path}/acknowledge`, { as: eve })
      assert.deepInclude(first.body.data, { status: "acknowledged", acknowledgedBy: eve.context.userId }, first.text)
      assert.strictEqual((yield* Queue.take(live)).payload, eve.context.tenantId)
      const again = yield* ask("POST", `${path}/acknowledge`, { as: alice })
      assert.deepStrictEqual(again.body.data, first.body.data)

      const ended = yield* ask("POST", `${path}/resolve`, { as: alice })
      assert.deepInclude(ended.body.data, { status: "resolved", resolvedBy: alice.context.userId }, ended.text)
      yield* Queue.take(pending)
      yield* Queue.take(live)
      for (const action of ["resolve", "acknowledge"]) {
        const late = yield* ask("POST", `${path}/${action}`, { as: alice })
        assert.strictEqual(late.status, 409, late.text)
        assert.strictEqual(late.body.error.code, "CONFLICT")
      }
      const ledger = yield* ask("GET", `${path}/notifications`, { as: alice })
      assert.deepInclude(ledger.body.data[2], {
        type: "incident.resolved",
        status: "pending",
        channelId: things.channelId,
        channelName: "Pager",
        attempts: 0
      })
      const [row] = yield* pg<{ event: unknown }>`SELECT event FROM notifications WHERE id = ${ledger.body.data[2].id}`
      assert.deepNestedInclude(row?.event, {
        type: "incident.resolved",
        timestamp: ended.body.data.resolvedAt,
        "data.incident.status": "resolved",
        "data.incident.cause.code": "unexpected_status",
        "data.monitor.name": "Shop",
        "data.check": null
      })
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )
})
