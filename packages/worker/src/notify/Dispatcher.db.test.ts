import { assert, layer } from "@effect/vitest"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { insertMonitor, insertRule, insertTenant, newId } from "../testing/Seed.ts"
import {
  eventually,
  insertIncident,
  insertMessages,
  line,
  linesOf,
  lookNow,
  Notifying,
  query,
  resolve,
  type Told
} from "./testing/Scene.ts"

const Worker = Notifying.pipe(Layer.provideMerge(TestDatabase.layer))

interface Got {
  readonly id: string
  readonly type: string
  readonly data: {
    readonly digest?: {
      readonly incidents: number
      readonly resolved: number
      readonly monitors: ReadonlyArray<string>
    }
  }
}

const receiver = Effect.fnUntraced(function* (answer: () => number = () => 204) {
  const got: Array<Got> = []
  const { url } = yield* serve(({ body, headers }) => {
    got.push({ ...JSON.parse(body), id: headers["webhook-id"] })
    return { status: answer() }
  })
  const tenantId = yield* insertTenant
  const rule = yield* insertRule(tenantId, url)
  return { got, told: { tenantId, ...rule } satisfies Told }
})
const opening = { type: "incident.opened" }
const recovery = { type: "incident.resolved" }

layer(Worker, { excludeTestServices: true })("the dispatcher", (it) => {
  it.effect("tells, and says that nothing held it back", () =>
    Effect.gen(function* () {
      const { got, told } = yield* receiver()
      const incident = yield* insertIncident([told], [opening])
      const sent = yield* line(incident.id, "incident.opened", ({ status }) => status === "sent")
      assert.deepStrictEqual(sent.codes, ["told"])
      assert.strictEqual(got[0]!.id, sent.id)
      const attempts = yield* query<object>(
        (sql) => sql`
          SELECT attempt, response_status, answer, error_code, duration_ms >= 0 AS took
          FROM delivery_attempts WHERE notification_id = ${sent.id}`
      )
      assert.deepStrictEqual(attempts, [{ attempt: 1, response_status: 204, answer: "", error_code: null, took: true }])
    })
  )

  it.effect("holds what is silenced, tells who asked when the silence has ended, and tells what is still wrong", () =>
    Effect.gen(function* () {
      const { got, told } = yield* receiver()
      const silenceId = newId()
      const userId = newId()
      yield* query(
        (sql) => sql`INSERT INTO users (id, email, password_hash) VALUES (${userId}, ${`${userId}@example.org`}, 'x')`
      )
      yield* query(
        (sql) => sql`
          INSERT INTO silences (tenant_id, id, matchers, reason, starts_at, ends_at, created_by, notice_channel_id)
          VALUES (${told.tenantId}, ${silenceId}, '[{"field":"tag","is":"equal","value":"web"}]', 'Rack moves',
            now() - interval '1 hour', now() + interval '1 hour', ${userId}, ${told.channelId})`
      )
      const silenced = yield* insertIncident([told], [opening], { tags: ["web"] })
      const other = yield* insertIncident([told], [opening], { tags: ["db"] })
      yield* line(other.id, "incident.opened", ({ status }) => status === "sent")
      const held = yield* line(silenced.id, "incident.opened", ({ codes }) => codes.includes("silenced"))
      assert.strictEqual(held.status, "pending")
      yield* lookNow(silenced.id)
      yield* query((sql) => sql`UPDATE silences SET ends_at = now() - interval '1 second' WHERE id = ${silenceId}`)
      yield* lookNow(silenced.id)
      const sent = yield* line(silenced.id, "incident.opened", ({ status }) => status === "sent")
      assert.deepStrictEqual(sent.codes, ["silenced", "told"], "held is said once")
      yield* eventually(Effect.sync(() => got.some(({ type }) => type === "silence.ended") || undefined))
      yield* lookNow(silenced.id)
      assert.lengthOf(
        got.filter(({ type }) => type === "silence.ended"),
        1
      )
    })
  )

  it.effect("tells everybody, whatever of one workspace cannot be read", () =>
    Effect.gen(function* () {
      const [nonsense, never, other] = [yield* receiver(), yield* receiver(), yield* receiver()]
      const userId = newId()
      yield* query(
        (sql) => sql`INSERT INTO users (id, email, password_hash) VALUES (${userId}, ${`${userId}@example.org`}, 'x')`
      )
      yield* query(
        (sql) => sql`
          INSERT INTO silences (tenant_id, id, matchers, reason, starts_at, ends_at, created_by)
          VALUES (${nonsense.told.tenantId}, ${newId()}, '[{"field":"moon","is":"equal","value":"full"}]', 'Of another version',
            now() - interval '1 hour', now() + interval '1 hour', ${userId})`
      )
      const hours = '{"timeZone":"UTC","days":"daily","from":0,"to":1440,"exceptCritical":false}'
      yield* query(
        (sql) => sql`UPDATE alert_channels SET quiet_hours = ${hours}::jsonb WHERE id = ${never.told.channelId}`
      )
      yield* query((sql) => sql`UPDATE alert_rules SET active_hours = '"always"' WHERE id = ${nonsense.told.ruleId}`)
      for (const { told } of [nonsense, never, other]) {
        const incident = yield* insertIncident([told], [opening])
        const sent = yield* line(incident.id, "incident.opened", ({ status }) => status === "sent")
        assert.deepStrictEqual(sent.codes, ["told"])
      }
    })
  )

  it.effect("suppresses what is over before its delay is, and its recovery", () =>
    Effect.gen(function* () {
      const { got, told } = yield* receiver()
      const incident = yield* insertIncident([told], [{ ...opening, dueIn: 3600 }])
      yield* resolve(incident.id)
      yield* insertMessages(told, incident.id, [recovery])
      const suppressed = yield* line(incident.id, "incident.resolved", ({ status }) => status === "suppressed")
      assert.deepStrictEqual(suppressed.codes, ["not_told_of_failure"])
      // As it is when its time has come.
      yield* query(
        (sql) => sql`UPDATE incidents SET resolved_at = now() - interval '1 minute' WHERE id = ${incident.id}`
      )
      yield* lookNow(incident.id)
      const never = yield* line(incident.id, "incident.opened", ({ status }) => status === "suppressed")
      assert.deepStrictEqual(never.codes, ["recovered_before"])
      assert.lengthOf(got, 0)
    })
  )

  it.effect("tells the recovery after the failure, whatever silences there are by then", () =>
    Effect.gen(function* () {
      const { got, told } = yield* receiver()
      const incident = yield* insertIncident([told], [opening])
      yield* line(incident.id, "incident.opened", ({ status }) => status === "sent")
      yield* query(
        (sql) => sql`
          UPDATE alert_channels
          SET quiet_hours = '{"timeZone":"UTC","days":["mon","tue","wed","thu","fri","sat","sun"],"from":0,"to":1440,"exceptCritical":false}'
          WHERE id = ${told.channelId}`
      )
      yield* resolve(incident.id)
      yield* insertMessages(told, incident.id, [recovery])
      yield* line(incident.id, "incident.resolved", ({ status }) => status === "sent")
      const quiet = yield* insertIncident([told], [opening])
      yield* line(quiet.id, "incident.opened", ({ codes }) => codes.includes("quiet_hours"))
      assert.deepStrictEqual(
        got.map(({ type }) => type),
        ["incident.opened", "incident.resolved"]
      )
    })
  )

  it.effect("holds what depends on a monitor that is down", () =>
    Effect.gen(function* () {
      const { told } = yield* receiver()
      const parent = yield* insertIncident([told], [opening])
      yield* line(parent.id, "incident.opened", ({ status }) => status === "sent")
      const child = yield* insertMonitor({ tenantId: told.tenantId })
      yield* query(
        (sql) => sql`
          INSERT INTO monitor_parents (tenant_id, monitor_id, parent_id)
          VALUES (${told.tenantId}, ${child.id}, ${parent.monitorId})`
      )
      const incident = newId()
      yield* query(
        (sql) => sql`
          INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
          VALUES (${told.tenantId}, ${incident}, ${child.id}, now(), 'timeout', 'x')`
      )
      yield* insertMessages(told, incident, [opening])
      yield* line(incident, "incident.opened", ({ codes }) => codes.includes("parent_down"))
      yield* resolve(parent.id)
      yield* lookNow(incident)
      const sent = yield* line(incident, "incident.opened", ({ status }) => status === "sent")
      assert.deepStrictEqual(sent.codes, ["parent_down", "told"])
    })
  )

  it.effect("repeats until somebody acknowledges", () =>
    Effect.gen(function* () {
      const { got, told } = yield* receiver()
      yield* query((sql) => sql`UPDATE alert_rules SET repeat_seconds = 60 WHERE id = ${told.ruleId}`)
      const incident = yield* insertIncident([told], [opening])
      const first = yield* line(incident.id, "incident.repeated", () => true)
      assert.deepStrictEqual([first.status, first.sequence], ["pending", 1])
      yield* lookNow(incident.id)
      const second = yield* line(incident.id, "incident.repeated", ({ sequence }) => sequence === 2)
      yield* query((sql) => sql`UPDATE incidents SET acknowledged_at = now() WHERE id = ${incident.id}`)
      yield* lookNow(incident.id)
      const last = yield* line(incident.id, "incident.repeated", ({ status }) => status === "suppressed")
      assert.deepStrictEqual([last.id, last.codes], [second.id, ["acknowledged"]])
      assert.deepStrictEqual(
        got.map(({ type }) => type),
        ["incident.opened", "incident.repeated"]
      )
      assert.lengthOf(yield* linesOf(incident.id), 3)
    })
  )

  it.effect("delivers what a person asks for again, with the same id", () =>
    Effect.gen(function* () {
      let status = 410
      const { got, told } = yield* receiver(() => status)
      const incident = yield* insertIncident([told], [opening])
      const failed = yield* line(incident.id, "incident.opened", (each) => each.status === "failed")
      for (const answer of [410, 204]) {
        status = answer
        const before = got.length
        yield* query(
          (sql) => sql`
            UPDATE notifications
            SET status = 'pending', due_at = clock_timestamp(), relayed_at = NULL,
              reasons = reasons || '[{"code":"retried_by_hand","message":"Retried.","at":"2026-11-21T12:00:00Z"}]'
            WHERE id = ${failed.id}`
        )
        yield* lookNow(incident.id)
        yield* eventually(Effect.sync(() => got.length > before || undefined))
        yield* line(incident.id, "incident.opened", (each) => each.status !== "pending")
      }
      const sent = yield* line(incident.id, "incident.opened", (each) => each.status === "sent")
      assert.strictEqual(sent.attempts, 3)
      assert.deepStrictEqual(new Set(got.map(({ id }) => id)), new Set([failed.id]))
      const attempts = yield* query<object>(
        (sql) => sql`
          SELECT attempt, response_status AS status FROM delivery_attempts WHERE notification_id = ${sent.id} ORDER BY attempt`
      )
      assert.deepStrictEqual(attempts, [
        { attempt: 1, status: 410 },
        { attempt: 2, status: 410 },
        { attempt: 3, status: 204 }
      ])
    })
  )

  it.effect("puts what is beyond the budget into one digest, and tells in it when all is over", () =>
    Effect.gen(function* () {
      const { got, told } = yield* receiver()
      yield* query(
        (sql) => sql`UPDATE alert_channels SET budget_messages = 4, budget_seconds = 60 WHERE id = ${told.channelId}`
      )
      const incidents = yield* Effect.replicateEffect(insertIncident([told], [opening]), 9)
      const digested = yield* Effect.forEach(incidents.slice(2), ({ id }) =>
        line(id, "incident.opened", ({ status }) => status === "digested")
      )
      assert.deepStrictEqual(digested[0]!.codes, ["storm_budget"])
      const digestId = digested[0]!.digestId
      assert.deepStrictEqual(new Set(digested.map((each) => each.digestId)), new Set([digestId]))
      yield* eventually(Effect.sync(() => got.some(({ type }) => type === "digest") || undefined))
      assert.deepStrictEqual(
        got.map(({ type }) => type),
        ["incident.opened", "incident.opened", "digest"]
      )
      assert.deepStrictEqual(got[2]!.data.digest, { incidents: 7, resolved: 0, monitors: ["Monitor"] })
      assert.strictEqual(got[2]!.id, digestId)
      for (const { id } of incidents) {
        yield* resolve(id)
        yield* insertMessages(told, id, [recovery])
      }
      for (const { id } of incidents.slice(2)) {
        const end = yield* line(id, "incident.resolved", ({ status }) => status === "digested")
        assert.strictEqual(end.digestId, digestId)
      }
      for (const { id } of incidents.slice(0, 2))
        yield* line(id, "incident.resolved", ({ status }) => status === "sent")
      // A minute later.
      yield* query((sql) => sql`UPDATE notifications SET due_at = clock_timestamp() WHERE id = ${digestId}`)
      yield* lookNow(incidents[0]!.id)
      yield* eventually(Effect.sync(() => got.length === 6 || undefined))
      assert.deepInclude(got[5]!.data.digest, { incidents: 7, resolved: 7 })
      assert.strictEqual(got[5]!.id, `${digestId}.1`)
      yield* eventually(
        Effect.map(
          query<{ status: string }>(
            (sql) => sql`SELECT status FROM notifications WHERE id = ${digestId} AND status = 'sent'`
          ),
          ([row]) => row
        )
      )
      // And once more: there is nothing new, so it is closed.
      yield* query((sql) => sql`UPDATE notifications SET due_at = clock_timestamp() WHERE id = ${digestId}`)
      yield* lookNow(incidents[0]!.id)
      yield* eventually(
        Effect.map(
          query<object>(
            (sql) =>
              sql`SELECT 1 FROM notifications WHERE id = ${digestId} AND relayed_at IS NOT NULL AND status = 'sent'`
          ),
          ([row]) => row
        )
      )
      assert.lengthOf(got, 6)
    })
  )

  it.effect("does not let hanging receivers take the places of others", () =>
    Effect.gen(function* () {
      const hanging = yield* serve(() => new Promise(() => {}))
      const tenantId = yield* insertTenant
      for (let count = 0; count < 40; count++) {
        const rule = yield* insertRule(tenantId, hanging.url)
        yield* insertIncident([{ tenantId, ...rule }], [opening])
      }
      const { told } = yield* receiver()
      const delays: Array<number> = []
      for (let count = 0; count < 10; count++) {
        const started = performance.now()
        const incident = yield* insertIncident([told], [opening])
        yield* line(incident.id, "incident.opened", ({ status }) => status === "sent")
        delays.push(Math.round(performance.now() - started))
      }
      yield* Effect.log(`40 channels hang: another one's messages took ${delays.join(", ")} ms`)
      assert.isBelow(Math.max(...delays), 10_000)
    })
  )
})
