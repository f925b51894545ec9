/** Escalations in workers as they really run. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import {
  insertChannel,
  insertEscalation,
  insertPerson,
  insertPolicy,
  insertSchedule,
  outcomeOf
} from "../testing/EscalationSeed.ts"
import { eventuallyWithin } from "../testing/eventually.ts"
import { freePort } from "../testing/freePort.ts"
import { asSuperuser, insertMonitor, insertRule, insertTenant } from "../testing/Seed.ts"
import { startWorker } from "../testing/WorkerProcess.ts"
import * as MessageCleanup from "./MessageCleanup.ts"

/** On a machine with much else to do. */
const eventually = eventuallyWithin("3 minutes")
/** At once: enough that the tables would show what is left behind, few enough for a machine that does other things too. */
const many = 60
/** Another worker takes over after 3 s. */
const environment = {
  VINSIGHT_LOCK_EXPIRATION_SECONDS: "3",
  VINSIGHT_LOCK_REFRESH_SECONDS: "1",
  VINSIGHT_HEALTH_CHECK_SECONDS: "1"
}

layer(Layer.provideMerge(TestDatabase.worker, TestDatabase.layer), { excludeTestServices: true })(
  "an escalation",
  (it) => {
    it.effect(
      "that sleeps when its worker is killed goes on with another one, and takes each step once",
      () =>
        Effect.gen(function* () {
          const tenantId = yield* insertTenant
          const phone = yield* insertChannel(tenantId, "Phone")
          const pager = yield* insertChannel(tenantId, "Pager")
          const ana = yield* insertPerson(tenantId, "ana", [phone])
          const scheduleId = yield* insertSchedule(tenantId, "Primary", [ana.id])
          const policyId = yield* insertPolicy(tenantId, [
            { waitSeconds: 0, targets: [{ type: "channel", channelId: pager }] },
            { waitSeconds: 10, targets: [{ type: "schedule", scheduleId }] }
          ])
          const first = yield* startWorker(yield* freePort("127.0.0.1"), { environment })
          const escalation = yield* insertEscalation(tenantId, policyId)
          yield* eventually(Effect.map(outcomeOf(escalation), ({ told }) => told.length === 1 || undefined))
          yield* startWorker(yield* freePort("127.0.0.1"), { environment })
          assert.strictEqual(yield* first.end("SIGKILL"), "SIGKILL")
          yield* eventually(Effect.map(outcomeOf(escalation), ({ isEnded }) => isEnded || undefined))
          const { timeline, told } = yield* outcomeOf(escalation)
          assert.deepStrictEqual(timeline, [
            "Step 1: told Pager.",
            `Step 2: told ${ana.email} (on call by Primary) by Phone.`,
            "The escalation ended: all of its steps were gone through, and nobody has acknowledged."
          ])
          assert.deepStrictEqual(told, ["Pager 1", "Phone 1"])
        }),
      240_000
    )

    it.effect(
      "that somebody acknowledges while it sleeps tells nobody more",
      () =>
        Effect.gen(function* () {
          const tenantId = yield* insertTenant
          const pager = yield* insertChannel(tenantId, "Pager")
          const policyId = yield* insertPolicy(tenantId, [
            { waitSeconds: 0, targets: [{ type: "channel", channelId: pager }] },
            { waitSeconds: 2, targets: [{ type: "channel", channelId: pager }] }
          ])
          yield* startWorker(yield* freePort("127.0.0.1"), { environment })
          const escalation = yield* insertEscalation(tenantId, policyId)
          yield* eventually(Effect.map(outcomeOf(escalation), ({ told }) => told.length === 1 || undefined))
          yield* query((sql) => sql`UPDATE incidents SET acknowledged_at = now() WHERE id = ${escalation.incidentId}`)
          yield* eventually(Effect.map(outcomeOf(escalation), ({ isEnded }) => isEnded || undefined))
          const { timeline, told } = yield* outcomeOf(escalation)
          assert.deepStrictEqual(timeline, ["Step 1: told Pager.", "The escalation ended: somebody has acknowledged."])
          assert.deepStrictEqual(told, ["Pager 1"])
        }),
      240_000
    )

    it.effect(
      "that ended as its incident was merged goes on when the other one is over",
      () =>
        Effect.gen(function* () {
          const tenantId = yield* insertTenant
          const pager = yield* insertChannel(tenantId, "Pager")
          const toPager = [{ type: "channel", channelId: pager }]
          const policyId = yield* insertPolicy(tenantId, [
            { waitSeconds: 0, targets: toPager },
            { waitSeconds: 2, targets: toPager },
            { waitSeconds: 0, targets: toPager }
          ])
          yield* startWorker(yield* freePort("127.0.0.1"), { environment })
          const [escalation, root] = [
            yield* insertEscalation(tenantId, policyId),
            yield* insertEscalation(tenantId, yield* insertPolicy(tenantId, []))
          ]
          yield* eventually(Effect.map(outcomeOf(escalation), ({ told }) => told.length === 1 || undefined))
          yield* query(
            (sql) => sql`UPDATE incidents SET merged_into_id = ${root.incidentId} WHERE id = ${escalation.incidentId}`
          )
          yield* eventually(Effect.map(outcomeOf(escalation), ({ isEnded }) => isEnded || undefined))
          yield* query((sql) => sql`UPDATE incidents SET resolved_at = now() WHERE id = ${root.incidentId}`)
          yield* query((sql) => sql`SELECT pg_notify('notifications_pending', '')`)
          const { timeline } = yield* eventually(
            Effect.map(outcomeOf(escalation), (now) => (now.isEnded && now.told.length === 3 ? now : undefined))
          )
          assert.deepStrictEqual(timeline, [
            "Step 1: told Pager.",
            "The escalation ended: the incident is told as part of another.",
            "Step 2: told Pager.",
            "Step 3: told Pager.",
            "The escalation ended: all of its steps were gone through, and nobody has acknowledged."
          ])
        }),
      240_000
    )

    it.effect(
      "of a monitor that goes down tells the receiver of the next step, and then of the end",
      () =>
        Effect.gen(function* () {
          let status = 503
          const told: Array<string> = []
          const target = yield* serve(() => ({ status }))
          const hook = yield* serve(({ body }) => {
            told.push(`first ${JSON.parse(body).type}`)
            return { status: 204 }
          })
          const boss = yield* serve(({ body }) => {
            told.push(`boss ${JSON.parse(body).type}`)
            return { status: 204 }
          })
          const tenantId = yield* insertTenant
          const { ruleId } = yield* insertRule(tenantId, hook.url)
          const bossChannel = yield* insertChannel(tenantId, "Boss", boss.url)
          const policyId = yield* insertPolicy(tenantId, [
            { waitSeconds: 2, targets: [{ type: "channel", channelId: bossChannel }] }
          ])
          yield* query((sql) => sql`UPDATE alert_rules SET escalation_policy_id = ${policyId} WHERE id = ${ruleId}`)
          yield* insertMonitor({ tenantId, url: target.url, intervalSeconds: 1 })
          yield* startWorker(yield* freePort("127.0.0.1"))
          yield* eventually(Effect.sync(() => told.includes("boss incident.escalated") || undefined))
          status = 200
          yield* eventually(Effect.sync(() => told.includes("boss incident.resolved") || undefined))
          yield* eventually(Effect.sync(() => told.includes("first incident.resolved") || undefined))
          assert.sameMembers(told, [
            "first incident.opened",
            "boss incident.escalated",
            "first incident.resolved",
            "boss incident.resolved"
          ])
        }),
      240_000
    )

    it.effect(
      "whose region is gone goes on in another one, once it is overdue",
      () =>
        Effect.gen(function* () {
          const tenantId = yield* insertTenant
          const pager = yield* insertChannel(tenantId, "Pager")
          const policyId = yield* insertPolicy(tenantId, [
            { waitSeconds: 0, targets: [{ type: "channel", channelId: pager }] },
            { waitSeconds: 86_400, targets: [{ type: "channel", channelId: pager }] }
          ])
          const east = yield* startWorker(yield* freePort("127.0.0.1"), { environment: { VINSIGHT_REGION: "east" } })
          const escalation = yield* insertEscalation(tenantId, policyId)
          yield* eventually(Effect.map(outcomeOf(escalation), ({ told }) => told.length === 1 || undefined))
          yield* east.end("SIGKILL")
          // A day and two minutes later; whoever starts looks at once.
          yield* query(
            (sql) => sql`
            UPDATE escalations SET due_at = now() - interval '121 seconds' WHERE incident_id = ${escalation.incidentId}`
          )
          yield* startWorker(yield* freePort("127.0.0.1"), { environment: { VINSIGHT_REGION: "west" } })
          yield* eventually(Effect.map(outcomeOf(escalation), ({ isEnded }) => isEnded || undefined))
          assert.deepStrictEqual((yield* outcomeOf(escalation)).told, ["Pager 1", "Pager 2"])
        }),
      240_000
    )

    it.effect(
      "is one of many at once; when they are over, the cluster's tables are as small as before",
      () =>
        Effect.gen(function* () {
          const tenantId = yield* insertTenant
          const pager = yield* insertChannel(tenantId, "Pager")
          const toPager = [{ type: "channel", channelId: pager }]
          const policyId = yield* insertPolicy(tenantId, [
            { waitSeconds: 1, targets: toPager },
            { waitSeconds: 1, targets: toPager }
          ])
          const sleeping = yield* insertPolicy(tenantId, [{ waitSeconds: 3600, targets: toPager }])
          yield* startWorker(yield* freePort("127.0.0.1"))
          const other = yield* insertEscalation(tenantId, sleeping)
          yield* eventually(Effect.map(outcomeOf(other), ({ isStarted }) => isStarted || undefined))
          const clean = yield* MessageCleanup.make("default")
          // Asleep: the run, which has answered that it is suspended, and its clock.
          const asleep = Effect.andThen(Effect.orDie(clean(0)), messageRows)
          yield* eventually(
            Effect.map(asleep, ({ messages, replies }) => (messages === 2 && replies === 1) || undefined)
          )
          const before = yield* messageRows

          yield* insertEscalations(tenantId, policyId, many)
          yield* eventually(Effect.map(endedOf(policyId), (count) => count === many || undefined))
          const [counts] = yield* query(
            (sql) => sql`
            SELECT count(*)::integer AS messages, count(DISTINCT incident_id)::integer AS incidents
            FROM notifications WHERE tenant_id = ${tenantId} AND type = 'incident.escalated'`
          )
          assert.deepStrictEqual<unknown>(counts, { messages: 2 * many, incidents: many })
          const grown = yield* messageRows
          // A run and two steps each, and clocks where a worker was not late already.
          assert.isAtLeast(grown.messages, before.messages + many * 3)
          // Workflows answer a moment after their last step.
          yield* eventually(
            Effect.gen(function* () {
              yield* Effect.orDie(clean(0, { workflowsPerStatement: 64 }))
              const { messages, replies } = yield* messageRows
              return (messages === before.messages && replies === before.replies) || undefined
            })
          )
          assert.isFalse((yield* outcomeOf(other)).isEnded)
        }),
      400_000
    )
  }
)

interface Counts {
  readonly messages: number
  readonly replies: number
}

const query = (ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<unknown>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

const messageRows = Effect.map(
  query(
    (sql) => sql`
      SELECT (SELECT count(*)::integer FROM worker.cluster_messages) AS messages,
        (SELECT count(*)::integer FROM worker.cluster_replies) AS replies`
  ),
  (rows) => rows[0] as Counts
)

const endedOf = (policyId: string) =>
  Effect.map(
    query(
      (sql) => sql`
        SELECT count(*)::integer AS count FROM escalations WHERE policy_id = ${policyId} AND ended_at IS NOT NULL`
    ),
    (rows) => (rows[0] as { readonly count: number }).count
  )

/** Of one rule, as when many monitors fail together: in one statement each. */
const insertEscalations = Effect.fnUntraced(function* (tenantId: string, policyId: string, count: number) {
  const { monitorId, ruleId } = yield* insertEscalation(tenantId, policyId)
  yield* query(
    (sql) => sql`
      INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks, tags)
      SELECT tenant_id, gen_random_uuid(), bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks, '{many}'
      FROM monitors CROSS JOIN generate_series(2, ${count}::integer) WHERE id = ${monitorId}`
  )
  yield* query(
    (sql) => sql`
      WITH opened AS (
        INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
        SELECT tenant_id, uuid_v7(), id, now(), 'refused', 'The connection was refused.'
        FROM monitors WHERE tenant_id = ${tenantId} AND tags = '{many}'
        RETURNING id
      )
      INSERT INTO escalations (tenant_id, incident_id, policy_id, rule_id, starts_at)
      SELECT ${tenantId}::uuid, id, ${policyId}::uuid, ${ruleId}::uuid, now() FROM opened`
  )
})
