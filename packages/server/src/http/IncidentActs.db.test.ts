/** What people do to incidents, and the chain that tells why. */
import { assert, layer } from "@effect/vitest"
import { Cast, type Person } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TestServer } from "../testing/TestServer.ts"

const incidents = "/api/v1/incidents"

/** Open incidents of rules, each of a rule of its own. */
const open = (who: Person, monitorId: string, count: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* Effect.forEach(Array.from({ length: count }), () => {
      const [ruleId, id] = [uuidV7Unsafe(), uuidV7Unsafe()]
      return sql`
        INSERT INTO alert_rules (tenant_id, id, name, trigger, condition)
        VALUES (${who.context.tenantId}, ${ruleId}, 'Flaps', 'flapping', '{"trigger":"flapping"}')`.pipe(
        Effect.andThen(sql`
          INSERT INTO incidents (tenant_id, id, monitor_id, trigger, rule_id, severity, started_at, cause_code, cause_message)
          VALUES (${who.context.tenantId}, ${id}, ${monitorId}, 'flapping', ${ruleId}, 'info', now(), 'flapping', 'It flaps.')`),
        Effect.as(id)
      )
    })
  }).pipe(Effect.provide(TestDatabase.superuser))

const inTables = <A>(ask: (sql: SqlClient.SqlClient) => Effect.Effect<A, unknown>) =>
  Effect.flatMap(SqlClient.SqlClient, ask).pipe(Effect.provide(TestDatabase.superuser), Effect.orDie)

/** What a merged incident has not told: its beginning and a step of an escalation that ended then, both to one channel. */
const suppress = (who: Person, incidentId: string, { channelId, policyId }: Record<"channelId" | "policyId", string>) =>
  inTables((sql) =>
    sql`
      INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event, status, relayed_at, reasons)
      SELECT ${who.context.tenantId}, uuid_v7(), ${incidentId}, ${channelId}, type, '{}', 'suppressed', now(),
        '[{"code": "rule_matched", "message": "m"}, {"code": "merged", "message": "m"}]'
      FROM unnest(ARRAY['incident.opened', 'incident.escalated']) AS type`.pipe(
      Effect.andThen(sql`
        INSERT INTO escalations (tenant_id, incident_id, policy_id, rule_id, starts_at, relayed_at, ended_at, ended_because, position)
        SELECT i.tenant_id, i.id, ${policyId}, i.rule_id, now(), now(), now(), 'merged', 1
        FROM incidents i WHERE i.id = ${incidentId}`)
    )
  )

const endEscalation = (incidentId: string) =>
  inTables(
    (sql) => sql`UPDATE escalations SET ended_at = now(), ended_because = 'merged' WHERE incident_id = ${incidentId}`
  )

const outcomeOf = (incidentId: string) =>
  inTables((sql) =>
    Effect.all({
      told: sql`
        SELECT type, status, relayed_at IS NULL AS "isDue", reasons -> -1 ->> 'code' AS last
        FROM notifications WHERE incident_id = ${incidentId} ORDER BY type`,
      escalations: sql`
        SELECT ended_at IS NOT NULL AS "isEnded", relayed_at IS NOT NULL AS "isRelayed", resumed, position
        FROM escalations WHERE incident_id = ${incidentId}`
    })
  )

layer(TestServer.layer, { excludeTestServices: true })("incidents", (it) => {
  it.effect("are told why: what was decided, who was told, who did what", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, eve, things } = yield* Cast
      const path = `${incidents}/${things.incidentId}`
      const note = yield* ask("POST", `${path}/notes`, { as: eve, body: { text: "It is the router." } })
      assert.strictEqual(note.status, 201, note.text)
      assert.deepInclude(note.body.data, { kind: "note", message: "It is the router.", userId: eve.context.userId })
      const changed = yield* ask("PATCH", path, {
        as: eve,
        body: { severity: "warning", ownerId: alice.context.userId }
      })
      assert.deepInclude(changed.body.data, { severity: "warning", ownerId: alice.context.userId }, changed.text)
      // Said again, it is no news.
      yield* ask("PATCH", path, { as: eve, body: { severity: "warning", ownerId: alice.context.userId } })
      yield* ask("POST", `${path}/acknowledge`, { as: alice })

      const why = yield* ask("GET", `${path}/why`, { as: alice })
      assert.strictEqual(why.status, 200, why.text)
      assert.match(why.body.data.summary, /^Down since .* because 2 tries in a row failed: .* 1 channel was told\.$/)
      const chain = why.body.data.chain.map((one: { source: string; kind: string }) => `${one.source} ${one.kind}`)
      assert.sameMembers(chain, [
        "decision went-down",
        "notification sent",
        "notification failed",
        "person note",
        "person note",
        "person severity",
        "person owner",
        "person acknowledged"
      ])
      const decided = yield* ask("GET", `/api/v1/monitors/${things.monitorId}/decisions`, { as: alice })
      assert.deepInclude(decided.body.data[0], { kind: "went-down", incidentId: things.incidentId }, decided.text)
      assert.strictEqual(decided.body.meta.total, 1)
      const last = why.body.data.chain.at(-1)
      assert.deepInclude(last, { kind: "acknowledged", userId: alice.context.userId })
      const page = yield* ask("GET", `${path}/timeline?perPage=3&page=2`, { as: alice })
      assert.deepStrictEqual(page.body.data, why.body.data.chain.slice(3, 6))
      assert.deepStrictEqual(page.body.meta, { page: 2, perPage: 3, total: 8 })
    })
  )

  it.effect("have an owner of the workspace, or none", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, mallory, things } = yield* Cast
      const path = `${incidents}/${things.incidentId}`
      for (const ownerId of [mallory.context.userId, uuidV7Unsafe()]) {
        const refused = yield* ask("PATCH", path, { as: alice, body: { ownerId } })
        assert.strictEqual(refused.status, 422, refused.text)
        assert.deepStrictEqual(refused.body.error.details.issues, [
          { path: "ownerId", message: "There is no such member of this workspace" }
        ])
      }
      const none = yield* ask("PATCH", path, { as: alice, body: { ownerId: null } })
      assert.isNull(none.body.data.ownerId)
    })
  )

  it.effect("have two hundred notes and no more", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { olga, mallory, otherThings } = yield* Cast
      yield* Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`
          INSERT INTO incident_events (tenant_id, id, incident_id, kind, message)
          SELECT ${mallory.context.tenantId}, uuid_v7(), ${otherThings.incidentId}, 'note', 'Again.' FROM generate_series(1, 198)`
      ).pipe(Effect.provide(TestDatabase.superuser))
      const path = `${incidents}/${otherThings.incidentId}/notes`
      const note = Effect.map(ask("POST", path, { as: mallory, body: { text: "And again." } }), ({ status }) => status)
      // One is there from the beginning.
      assert.deepStrictEqual([yield* note, yield* note], [201, 403])
      assert.strictEqual((yield* ask("POST", path, { as: olga, body: { text: "Mine" } })).status, 404)
    })
  )

  it.effect("are changed five hundred times and no more", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      const inTables = (query: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, unknown>) =>
        Effect.flatMap(SqlClient.SqlClient, query).pipe(Effect.provide(TestDatabase.superuser))
      yield* inTables(
        (sql) => sql`
          INSERT INTO incident_events (tenant_id, id, incident_id, kind, message)
          SELECT ${mallory.context.tenantId}, uuid_v7(), ${otherThings.incidentId}, 'severity', 'Changed.'
          FROM generate_series(1, 500)`
      )
      const path = `${incidents}/${otherThings.incidentId}`
      const changed = yield* ask("PATCH", path, { as: mallory, body: { severity: "info" } })
      assert.strictEqual(changed.status, 403, changed.text)
      assert.include(changed.body.error.message, "500 times")
      assert.strictEqual((yield* ask("POST", `${path}/unmerge`, { as: mallory })).status, 403)
      yield* inTables((sql) => sql`DELETE FROM incident_events WHERE message = 'Changed.'`)
    })
  )

  it.effect("are listed by trigger, severity and group", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      yield* open(mallory, otherThings.monitorId, 2)
      const total = (query: string) =>
        Effect.map(ask("GET", `${incidents}?${query}`, { as: mallory }), ({ body }) => body.meta.total as number)
      assert.strictEqual(yield* total("trigger=flapping"), 2)
      assert.strictEqual(yield* total("trigger=down&severity=critical"), 1)
      assert.strictEqual(yield* total("severity=info&status=open"), 2)
      const { body } = yield* ask("GET", `${incidents}/${otherThings.incidentId}`, { as: mallory })
      assert.deepInclude(body.data.group, { key: "tag:shop", incidents: 1, open: 1 })
      assert.strictEqual(yield* total(`groupId=${body.data.group.id}`), 1)
    })
  )

  it.effect("are merged into one, never into a circle, and taken apart again", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, otherThings, things } = yield* Cast
      const [a, b, c] = yield* open(alice, things.monitorId, 3)
      const merge = (id: string | undefined, intoId: string | undefined) =>
        ask("POST", `${incidents}/${id}/merge`, { as: alice, body: { intoId } })
      assert.strictEqual((yield* merge(a, b)).body.data.mergedIntoId, b)
      assert.strictEqual((yield* merge(a, b)).body.data.mergedIntoId, b)
      // Into where the other has gone.
      assert.strictEqual((yield* merge(c, a)).body.data.mergedIntoId, b)
      const circle = yield* merge(b, a)
      assert.strictEqual(circle.status, 409, circle.text)
      assert.strictEqual((yield* merge(b, b)).status, 422)
      const foreign = yield* merge(b, otherThings.incidentId)
      assert.strictEqual(foreign.status, 422, foreign.text)
      assert.strictEqual(foreign.text, (yield* merge(b, uuidV7Unsafe())).text)
      // Whatever was merged into it goes along: there are no chains.
      assert.strictEqual((yield* merge(b, things.incidentId)).body.data.mergedIntoId, things.incidentId)
      const root = yield* ask("GET", `${incidents}/${things.incidentId}`, { as: alice })
      assert.sameMembers(root.body.data.mergedIds, [a, b, c])
      const why = yield* ask("GET", `${incidents}/${a}/why`, { as: alice })
      assert.include(why.body.data.summary, "told as part of another incident")

      const apart = yield* ask("POST", `${incidents}/${a}/unmerge`, { as: alice })
      assert.isNull(apart.body.data.mergedIntoId, apart.text)
      assert.strictEqual((yield* ask("POST", `${incidents}/${a}/unmerge`, { as: alice })).status, 409)
      yield* ask("POST", `${incidents}/${a}/resolve`, { as: alice })
      assert.strictEqual((yield* merge(a, b)).status, 409)
      assert.strictEqual((yield* merge(c, a)).status, 409)
    })
  )

  it.effect("taken apart again, are told once of what was not told, and escalate on", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, things } = yield* Cast
      const [id, into] = yield* open(alice, things.monitorId, 2)
      yield* suppress(alice, id!, things)
      assert.strictEqual(
        (yield* ask("POST", `${incidents}/${id}/merge`, { as: alice, body: { intoId: into } })).status,
        200
      )
      const unmerged = yield* ask("POST", `${incidents}/${id}/unmerge`, { as: alice })
      assert.strictEqual(unmerged.status, 200, unmerged.text)
      const { escalations, told } = yield* outcomeOf(id!)
      assert.deepStrictEqual(told, [
        // Each channel once, of the beginning rather than of what came later.
        { type: "incident.escalated", status: "suppressed", isDue: false, last: "unmerged" },
        { type: "incident.opened", status: "pending", isDue: true, last: "unmerged" }
      ])
      assert.deepStrictEqual(escalations, [{ isEnded: false, isRelayed: false, resumed: 1, position: 1 }])
      const why = yield* ask("GET", `${incidents}/${id}/why`, { as: alice })
      assert.include(why.text, "An incident of its own again, so what was not told while it was merged is told now.")

      // Nothing is left to be told again.
      yield* ask("POST", `${incidents}/${id}/merge`, { as: alice, body: { intoId: into } })
      yield* ask("POST", `${incidents}/${id}/acknowledge`, { as: alice })
      yield* endEscalation(id!)
      yield* ask("POST", `${incidents}/${id}/unmerge`, { as: alice })
      assert.deepStrictEqual((yield* outcomeOf(id!)).escalations, [
        { isEnded: true, isRelayed: false, resumed: 1, position: 1 }
      ])
      assert.deepStrictEqual((yield* outcomeOf(id!)).told, told)
    })
  )

  it.effect("merged into each other at the same moment, are told in one place", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      for (let round = 0; round < 10; round++) {
        const [a, b] = yield* open(mallory, otherThings.monitorId, 2)
        const answers = yield* Effect.all(
          [
            ask("POST", `${incidents}/${a}/merge`, { as: mallory, body: { intoId: b } }),
            ask("POST", `${incidents}/${b}/merge`, { as: mallory, body: { intoId: a } })
          ],
          { concurrency: 2 }
        )
        assert.deepStrictEqual(
          answers.map(({ status }) => status).sort((a, b) => a - b),
          [200, 409]
        )
      }
    })
  )
})
