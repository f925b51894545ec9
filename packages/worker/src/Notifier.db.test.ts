import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Keys } from "@v-insight/database/Keys"
import { SecretBox } from "@v-insight/database/SecretBox"
import { testSecret } from "@v-insight/database/testing/constants"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { ConfigProvider, Effect, Exit, Layer, Schedule, Scope } from "effect"
import { setTimeout } from "node:timers/promises"
import { Alerting } from "./alerting/Alerting.ts"
import { Changes } from "./Changes.ts"
import * as DeliveryQueue from "./notify/DeliveryQueue.ts"
import { Outbound } from "./net/Outbound.ts"
import * as Notifier from "./Notifier.ts"
import { Recorder } from "./Recorder.ts"
import { asSuperuser, insertMonitor, insertRule, insertTenant, newId } from "./testing/Seed.ts"

const Allowed = ConfigProvider.layer(ConfigProvider.fromUnknown({ VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8" }))
const Notifying = Notifier.layer.pipe(
  Layer.provide([Outbound.layer, Recorder.layer("default"), Alerting.layer]),
  Layer.provide([Changes.layer, DeliveryQueue.layer]),
  Layer.provide([SecretBox.layer, NodeCrypto.layer, Allowed]),
  Layer.provide(Layer.succeed(Keys, Keys.fromSecret(testSecret))),
  Layer.provide(TestDatabase.worker)
)
const Worker = Notifying.pipe(Layer.provideMerge(TestDatabase.layer))

/** Notifications of one incident, as the worker's decisions leave them, and a word to the notifier. */
const insertNotifications = Effect.fnUntraced(
  function* (
    channel: { readonly tenantId: string; readonly channelId: string },
    types: ReadonlyArray<string>,
    others: ReadonlyArray<string> = []
  ) {
    const sql = yield* PgClient.PgClient
    const { tenantId, channelId } = channel
    const monitor = yield* insertMonitor({ tenantId })
    const incidentId = newId()
    yield* sql`
    INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
    VALUES (${tenantId}, ${incidentId}, ${monitor.id}, now(), 'x', 'x')`
    for (const type of types) {
      const event = JSON.stringify({
        type,
        timestamp: "2026-11-21T12:00:00.000Z",
        data: { incident: null, monitor: null, check: null }
      })
      for (const id of [channelId, ...others]) {
        yield* sql`
        INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event)
        VALUES (${tenantId}, ${newId()}, ${incidentId}, ${id}, ${type}, ${event}::json)`
      }
    }
    yield* sql`SELECT pg_notify('notifications_pending', '')`
    return incidentId
  },
  asSuperuser,
  Effect.orDie
)

const ledgerOf = (incidentId: string) =>
  Effect.flatMap(
    PgClient.PgClient,
    (sql) => sql<{ type: string; status: string; attempts: number; error: string | null }>`
    SELECT type, status, attempts, last_error AS error FROM notifications WHERE incident_id = ${incidentId} ORDER BY type`
  ).pipe(asSuperuser, Effect.orDie)

const settled = (incidentId: string) =>
  ledgerOf(incidentId).pipe(
    Effect.filterOrFail(
      (rows) => rows.every(({ status }) => status !== "pending"),
      () => "pending"
    ),
    Effect.retry(Schedule.spaced("50 millis")),
    Effect.timeout("20 seconds"),
    Effect.orDie
  )

/** A receiver that answers as the test says, attempt by attempt. */
const receiver = Effect.fnUntraced(function* (answer: (attempt: number) => number) {
  const got: Array<{ readonly id: string | undefined; readonly type: string }> = []
  const { url } = yield* serve(({ body, headers }) => {
    got.push({ id: headers["webhook-id"], type: JSON.parse(body).type })
    return { status: answer(got.length) }
  })
  const tenantId = yield* insertTenant
  const { channelId } = yield* insertRule(tenantId, url)
  return { got, channel: { tenantId, channelId } }
})

layer(Worker, { excludeTestServices: true })("the notifier", (it) => {
  it.effect("delivers after failures, with the same id on every attempt", () =>
    Effect.gen(function* () {
      const { channel, got } = yield* receiver((attempt) => (attempt < 3 ? 500 : 204))
      const incidentId = yield* insertNotifications(channel, ["incident.opened"])
      assert.deepStrictEqual(yield* settled(incidentId), [
        { type: "incident.opened", status: "sent", attempts: 3, error: null }
      ])
      assert.strictEqual(new Set(got.map(({ id }) => id)).size, 1)
    })
  )

  it.effect("tells of the opening before the end, even when the opening has to be tried again", () =>
    Effect.gen(function* () {
      const { channel, got } = yield* receiver((attempt) => (attempt === 1 ? 503 : 200))
      const incidentId = yield* insertNotifications(channel, ["incident.resolved", "incident.opened"])
      yield* settled(incidentId)
      assert.deepStrictEqual(
        got.map(({ type }) => type),
        ["incident.opened", "incident.opened", "incident.resolved"]
      )
    })
  )

  it.effect("defect 6: one channel has it once, another is tried again and given up, each on a row of its own", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const well = yield* receiver(() => 204)
      const broken: Array<string | undefined> = []
      const { url } = yield* serve(({ headers }) => {
        broken.push(headers["webhook-id"])
        return { status: 500 }
      })
      const { channelId: brokenId } = yield* insertRule(well.channel.tenantId, url)
      const incidentId = yield* insertNotifications(well.channel, ["incident.opened"], [brokenId])
      const rowOf = (channelId: string) =>
        sql<{ id: string; status: string; attempts: number; error: string | null; tries: number }>`
          SELECT id, status, attempts, last_error AS error,
            (SELECT count(*)::integer FROM delivery_attempts a WHERE a.notification_id = n.id) AS tries
          FROM notifications n WHERE incident_id = ${incidentId} AND channel_id = ${channelId}`.pipe(
          Effect.map(([row]) => row!)
        )
      const tried = yield* rowOf(brokenId).pipe(
        Effect.repeat({ until: ({ attempts }) => attempts >= 2, schedule: Schedule.spaced("50 millis") }),
        Effect.timeout("20 seconds")
      )
      assert.deepInclude(yield* rowOf(well.channel.channelId), { status: "sent", attempts: 1, error: null, tries: 1 })
      assert.strictEqual(tried.status, "pending")
      // As if the first try had been more than a day ago.
      yield* sql`
        UPDATE delivery_attempts SET attempted_at = attempted_at - interval '25 hours'
        WHERE notification_id = ${tried.id}`
      yield* settled(incidentId)
      const failed = yield* rowOf(brokenId)
      assert.strictEqual(failed.status, "failed")
      assert.include(failed.error, "500")
      assert.deepStrictEqual([failed.attempts, failed.tries], [broken.length, broken.length])
      assert.strictEqual(new Set(broken).size, 1)
      assert.deepInclude(yield* rowOf(well.channel.channelId), { status: "sent", attempts: 1, tries: 1 })
      assert.lengthOf(well.got, 1)
    }).pipe(asSuperuser)
  )

  it.effect("gives up at once where the receiver says that it is gone", () =>
    Effect.gen(function* () {
      const { channel, got } = yield* receiver(() => 410)
      const incidentId = yield* insertNotifications(channel, ["incident.opened"])
      const [row] = yield* settled(incidentId)
      assert.deepInclude(row, { status: "failed", attempts: 1 })
      assert.include(row?.error, "410")
      assert.lengthOf(got, 1)
    })
  )

  it.effect("a channel that is removed meanwhile is not written to", () =>
    Effect.gen(function* () {
      const { channel, got } = yield* receiver(() => 200)
      const sql = yield* PgClient.PgClient
      yield* sql`UPDATE alert_channels SET deleted_at = now() WHERE id = ${channel.channelId}`
      const incidentId = yield* insertNotifications(channel, ["incident.opened"])
      assert.deepInclude((yield* settled(incidentId))[0], { status: "failed", error: "The channel was removed." })
      assert.lengthOf(got, 0)
    }).pipe(asSuperuser)
  )

  it.effect("a channel that is disabled meanwhile is not written to", () =>
    Effect.gen(function* () {
      const { channel, got } = yield* receiver(() => 200)
      const sql = yield* PgClient.PgClient
      yield* sql`UPDATE alert_channels SET enabled = false WHERE id = ${channel.channelId}`
      const incidentId = yield* insertNotifications(channel, ["incident.opened"])
      assert.deepInclude((yield* settled(incidentId))[0], { status: "failed", error: "The channel was disabled." })
      assert.lengthOf(got, 0)
    }).pipe(asSuperuser)
  )

  it.effect("says so when the secret of a channel cannot be read, and tries again", () =>
    Effect.gen(function* () {
      const { channel, got } = yield* receiver(() => 200)
      const sql = yield* PgClient.PgClient
      const set = (secrets: string | null) =>
        sql`UPDATE alert_channels SET secrets = decode(${secrets}, 'hex') WHERE id = ${channel.channelId}`
      yield* set("01ff")
      const incidentId = yield* insertNotifications(channel, ["incident.opened"])
      const [tried] = yield* ledgerOf(incidentId).pipe(
        Effect.repeat({
          until: ([row]) => row !== undefined && row.attempts > 0,
          schedule: Schedule.spaced("50 millis")
        }),
        Effect.timeout("10 seconds")
      )
      assert.include(tried?.error, "secret")
      yield* set(null)
      assert.deepInclude((yield* settled(incidentId))[0], { status: "sent" })
      assert.lengthOf(got, 1)
    }).pipe(asSuperuser)
  )

  it.effect("records what was delivered once it can, and does not deliver it again", () =>
    Effect.gen(function* () {
      const { channel, got } = yield* receiver(() => 200)
      const sql = yield* PgClient.PgClient
      yield* sql`
        CREATE FUNCTION refuse_ledger() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = 'serialization_failure'; END $$`
      yield* sql`
        CREATE TRIGGER refuse_ledger BEFORE UPDATE OF status ON notifications
        FOR EACH ROW WHEN (NEW.status = 'sent') EXECUTE FUNCTION refuse_ledger()`
      const incidentId = yield* insertNotifications(channel, ["incident.opened"])
      yield* Effect.sleep("10 millis").pipe(
        Effect.repeat({ until: () => got.length > 0 }),
        Effect.timeout("10 seconds")
      )
      // The queue would try again after one.
      yield* Effect.sleep("3 seconds")
      yield* sql`DROP TRIGGER refuse_ledger ON notifications`
      yield* sql`DROP FUNCTION refuse_ledger`
      assert.deepInclude((yield* settled(incidentId))[0], { status: "sent", attempts: 1 })
      assert.lengthOf(got, 1)
    }).pipe(asSuperuser)
  )

  it.effect("a dead receiver delays no other", () =>
    Effect.gen(function* () {
      const dead = yield* receiver(() => 500)
      const alive = yield* receiver(() => 200)
      yield* Effect.replicateEffect(insertNotifications(dead.channel, ["incident.opened"]), 30)
      const started = Date.now()
      yield* settled(yield* insertNotifications(alive.channel, ["incident.opened"]))
      assert.isBelow(Date.now() - started, 5000)
    })
  )
})

layer(TestDatabase.layer, { excludeTestServices: true })("a notifier that stops", (it) => {
  it.effect("finishes and records what is under way, so that nobody is told twice", () =>
    Effect.gen(function* () {
      const got: Array<string | undefined> = []
      const { url } = yield* serve(async ({ headers }) => {
        got.push(headers["webhook-id"])
        await setTimeout(1000)
        return { status: 204 }
      })
      const tenantId = yield* insertTenant
      const { channelId } = yield* insertRule(tenantId, url)
      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(Notifying, scope)
      const incidentId = yield* insertNotifications({ tenantId, channelId }, ["incident.opened"])
      yield* Effect.sleep("10 millis").pipe(
        Effect.repeat({ until: () => got.length > 0 }),
        Effect.timeout("10 seconds")
      )
      yield* Scope.close(scope, Exit.void)
      assert.deepInclude((yield* ledgerOf(incidentId))[0], { status: "sent", attempts: 1 })
      assert.lengthOf(got, 1)
    })
  )
})
