/** The signed link in a message: who has it may look and acknowledge, and nobody else learns anything. */
import { assert, layer } from "@effect/vitest"
import { lifetimeMs, makeToken } from "@v-insight/database/AcknowledgeToken"
import { Keys } from "@v-insight/database/Keys"
import { Cast, type Things } from "@v-insight/database/testing/Cast"
import { testSecret } from "@v-insight/database/testing/constants"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { IncidentId } from "@v-insight/domain/model/Incident"
import type { TenantId } from "@v-insight/domain/model/Tenant"
import { Effect, Redacted } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TestServer } from "../testing/TestServer.ts"

const keys = Keys.fromSecret(testSecret)
const tokenFor = (
  tenantId: TenantId,
  { channelId, incidentId }: Pick<Things, "channelId" | "incidentId">,
  expiresAt = Date.now() + lifetimeMs,
  by = keys
) =>
  makeToken(
    by,
    { tenantId, incidentId: IncidentId.make(incidentId), channelId: AlertChannelId.make(channelId) },
    expiresAt
  )

const pathOf = (token: string): string => `/api/public/acknowledge/${token}`

const superuser = <A, E>(use: (sql: SqlClient.SqlClient) => Effect.Effect<A, E>) =>
  Effect.flatMap(SqlClient.SqlClient, use).pipe(Effect.provide(TestDatabase.superuser))

const acknowledgedBy = (incidentId: string) =>
  superuser((sql) =>
    Effect.map(
      sql<{
        at: Date | null
        by: string | null
        acts: ReadonlyArray<{ userId: string | null; message: string }> | null
      }>`
        SELECT acknowledged_at AS at, acknowledged_by AS by,
          (SELECT jsonb_agg(jsonb_build_object('userId', user_id, 'message', message))
           FROM incident_events e WHERE e.incident_id = i.id AND e.kind = 'acknowledged') AS acts
        FROM incidents i WHERE id = ${incidentId}`,
      ([row]) => row!
    )
  )

layer(TestServer.layer, { excludeTestServices: true })("the link in a message", (it) => {
  it.effect("that is forged, expired, of a removed channel or leads nowhere is one and the same 404", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, mallory, otherThings, things } = yield* Cast
      const { tenantId } = alice.context
      const removed = uuidV7Unsafe()
      yield* superuser(
        (sql) => sql`
          INSERT INTO alert_channels (tenant_id, id, name, type, settings, deleted_at)
          VALUES (${tenantId}, ${removed}, 'Gone', 'webhook', '{}', now())`
      )
      const others = Keys.fromSecret(Redacted.make("somebody else's secret of thirty-two characters"))
      const answers = yield* Effect.forEach(
        [
          "x",
          "A".repeat(92),
          tokenFor(tenantId, things, Date.now() - 1000),
          tokenFor(tenantId, things, Date.now() + lifetimeMs, others),
          tokenFor(tenantId, { ...things, incidentId: uuidV7Unsafe() }),
          tokenFor(tenantId, { ...things, channelId: removed }),
          // Signed by us, as no message has it: what belongs to another tenant is not there.
          tokenFor(mallory.context.tenantId, things),
          tokenFor(tenantId, otherThings),
          tokenFor(tenantId, { ...things, channelId: otherThings.channelId })
        ],
        (token) => Effect.all([ask("GET", pathOf(token)), ask("POST", pathOf(token))])
      )
      for (const answer of answers.flat()) {
        assert.strictEqual(answer.status, 404, answer.text)
        assert.strictEqual(answer.text, answers[0]![0].text)
      }
      assert.isNull((yield* acknowledgedBy(things.incidentId)).at)
      assert.isNull((yield* acknowledgedBy(otherThings.incidentId)).at)
    })
  )

  it.effect("tells what it is about and changes nothing, however often it is opened", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { things } = yield* Cast
      for (const method of ["GET", "HEAD", "GET"]) {
        assert.strictEqual((yield* ask(method, pathOf(things.acknowledgeToken))).status, 200)
      }
      const { body } = yield* ask("GET", pathOf(things.acknowledgeToken))
      assert.deepInclude(body.data, {
        monitorName: "Shop",
        title: "Shop is down",
        trigger: "down",
        status: "open",
        acknowledgedAt: null
      })
      assert.deepStrictEqual(Object.keys(body.data).sort(), [
        "acknowledgedAt",
        "monitorName",
        "resolvedAt",
        "startedAt",
        "status",
        "title",
        "trigger"
      ])
      assert.isNull((yield* acknowledgedBy(things.incidentId)).at)
    })
  )

  it.effect("acknowledges once, says by which channel, and by no user", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, things } = yield* Cast
      const first = yield* ask("POST", pathOf(things.acknowledgeToken))
      assert.strictEqual(first.status, 200, first.text)
      assert.strictEqual(first.body.data.status, "acknowledged")
      const again = yield* ask("POST", pathOf(things.acknowledgeToken))
      assert.deepStrictEqual(again.body, first.body)
      const found = yield* acknowledgedBy(things.incidentId)
      assert.isNotNull(found.at)
      assert.isNull(found.by)
      assert.deepStrictEqual(found.acts, [
        { userId: null, message: 'Acknowledged by the link in a message to "Pager".' }
      ])
      const incident = yield* ask("GET", `/api/v1/incidents/${things.incidentId}`, { as: alice })
      assert.strictEqual(incident.body.data.status, "acknowledged")
      assert.isNull(incident.body.data.acknowledgedBy)
    })
  )

  it.effect("of what is over says so", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      const token = tokenFor(mallory.context.tenantId, otherThings)
      yield* ask("POST", `/api/v1/incidents/${otherThings.incidentId}/resolve`, { as: mallory })
      const answer = yield* ask("POST", pathOf(token))
      assert.strictEqual(answer.status, 200, answer.text)
      assert.strictEqual(answer.body.data.status, "resolved")
      assert.isNull((yield* acknowledgedBy(otherThings.incidentId)).at)
    })
  )

  it.effect("whoever tries tokens is told to wait", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const tries = yield* Effect.forEach(Array.from({ length: 80 }), () => ask("GET", pathOf("A".repeat(92))))
      assert.isTrue(tries.some(({ status }) => status === 429))
    })
  )
})
