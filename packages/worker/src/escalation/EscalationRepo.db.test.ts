/** Steps of escalations, as the workflow asks for them. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Clock, Effect, Layer } from "effect"
import {
  insertChannel,
  insertEscalation,
  insertPerson,
  insertPolicy,
  insertSchedule,
  outcomeOf
} from "../testing/EscalationSeed.ts"
import { asSuperuser, insertTenant } from "../testing/Seed.ts"
import { make } from "./EscalationRepo.ts"

const Database = Layer.provideMerge(TestDatabase.worker, TestDatabase.layer)

const change = (ask: (sql: PgClient.PgClient) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)
const toChannel = (channelId: string) => ({ type: "channel", channelId })
const allGone = "The escalation ended: all of its steps were gone through, and nobody has acknowledged."

layer(Database, { excludeTestServices: true })("a step of an escalation", (it) => {
  it.effect("tells channels, people and who is on call, each channel once, and says so", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const tenantId = yield* insertTenant
      const phone = yield* insertChannel(tenantId, "Phone")
      const mail = yield* insertChannel(tenantId, "Mail")
      const ana = yield* insertPerson(tenantId, "ana", [phone, mail])
      const ben = yield* insertPerson(tenantId, "ben")
      const primary = yield* insertSchedule(tenantId, "Primary", [ana.id])
      const later = yield* insertSchedule(tenantId, "Later", [ana.id], "2100-01-01T00:00:00.000Z")
      const policyId = yield* insertPolicy(tenantId, [
        {
          waitSeconds: 0,
          targets: [
            toChannel(mail),
            { type: "schedule", scheduleId: primary },
            { type: "schedule", scheduleId: later },
            { type: "user", userId: ben.id },
            { type: "user", userId: tenantId }
          ]
        },
        { waitSeconds: 300, targets: [toChannel(phone)] }
      ])
      const escalation = yield* insertEscalation(tenantId, policyId)
      const before = yield* Clock.currentTimeMillis
      const next = yield* repo.takeStep(escalation, 0)
      assert.strictEqual(next?.position, 1)
      assert.isAtLeast(next?.dueAt ?? 0, before + 300_000 - 1)
      assert.deepStrictEqual((yield* outcomeOf(escalation)).told, ["Mail 1", "Phone 1"])
      assert.isUndefined(yield* repo.takeStep(escalation, 1))
      assert.deepStrictEqual(yield* outcomeOf(escalation), {
        timeline: [
          `Step 1: told Mail and ${ana.email} (on call by Primary) by Mail and Phone. Nobody is on call by Later. ${ben.email} has no channel to be told by: set one under Contacts. Somebody whom it names has left the workspace.`,
          "Step 2: told Phone.",
          allGone
        ],
        told: ["Mail 1", "Phone 1", "Phone 2"],
        isStarted: false,
        isEnded: true
      })
      const [row] = (yield* change(
        (sql) => sql`
          SELECT event ->> 'type' AS type, event -> 'data' -> 'incident' ->> 'id' AS incident, status, reasons -> 0 ->> 'message' AS why
          FROM notifications WHERE incident_id = ${escalation.incidentId} AND sequence = 2`
      )) as ReadonlyArray<object>
      assert.deepStrictEqual(row, {
        type: "incident.escalated",
        incident: escalation.incidentId,
        status: "pending",
        why: "Step 2 of Wake somebody: nobody has acknowledged."
      })
    })
  )

  it.effect("is taken once, however many ask for it at once and again", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const tenantId = yield* insertTenant
      const pager = yield* insertChannel(tenantId, "Pager")
      const policyId = yield* insertPolicy(tenantId, [{ waitSeconds: 60, targets: [toChannel(pager)] }], 1)
      const escalation = yield* insertEscalation(tenantId, policyId)
      const answers = yield* Effect.replicateEffect(repo.takeStep(escalation, 0), 12, { concurrency: "unbounded" })
      assert.strictEqual(new Set(answers.map((next) => `${next?.position} ${next?.dueAt}`)).size, 1)
      assert.deepStrictEqual((yield* outcomeOf(escalation)).timeline, ["Step 1: told Pager."])
      assert.deepStrictEqual((yield* outcomeOf(escalation)).told, ["Pager 1"])
      assert.isUndefined(yield* repo.takeStep(escalation, 10))
      assert.isUndefined(yield* repo.takeStep(escalation, 10))
      assert.deepStrictEqual((yield* outcomeOf(escalation)).timeline, [
        "Step 1: told Pager.",
        "Step 1, round 2: told Pager.",
        allGone
      ])
    })
  )

  it.effect("of two policies of one incident tells a channel that both name twice", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const tenantId = yield* insertTenant
      const pager = yield* insertChannel(tenantId, "Pager")
      const steps = [{ waitSeconds: 0, targets: [toChannel(pager)] }]
      const [one, two] = [yield* insertPolicy(tenantId, steps), yield* insertPolicy(tenantId, steps)]
      const first = yield* insertEscalation(tenantId, one)
      yield* change(
        (sql) => sql`
          INSERT INTO escalations (tenant_id, incident_id, policy_id, rule_id, starts_at)
          VALUES (${tenantId}, ${first.incidentId}, ${two}, ${first.ruleId}, now())`
      )
      yield* Effect.all([repo.takeStep(first, 0), repo.takeStep({ ...first, policyId: two }, 0)], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual((yield* outcomeOf(first)).told, ["Pager 1", "Pager 2"])
    })
  )

  it.effect("that reaches nobody is followed by the next one at once", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const tenantId = yield* insertTenant
      const pager = yield* insertChannel(tenantId, "Pager")
      yield* change((sql) => sql`UPDATE alert_channels SET enabled = false WHERE id = ${pager}`)
      const ana = yield* insertPerson(tenantId, "ana")
      const policyId = yield* insertPolicy(tenantId, [
        { waitSeconds: 0, targets: [toChannel(pager)] },
        { waitSeconds: 3600, targets: [{ type: "user", userId: ana.id }] }
      ])
      const escalation = yield* insertEscalation(tenantId, policyId)
      const next = yield* repo.takeStep(escalation, 0)
      assert.isAtMost(next?.dueAt ?? Infinity, yield* Clock.currentTimeMillis)
      yield* repo.takeStep(escalation, next!.position)
      assert.deepStrictEqual((yield* outcomeOf(escalation)).timeline, [
        "Step 1 reached nobody. Pager is disabled.",
        `Step 2 reached nobody. ${ana.email} has no channel to be told by: set one under Contacts.`,
        allGone
      ])
    })
  )

  for (const [why, sentence, end] of [
    [
      "somebody has acknowledged",
      "The escalation ended: somebody has acknowledged.",
      (sql: PgClient.PgClient, id: string) => sql`UPDATE incidents SET acknowledged_at = now() WHERE id = ${id}`
    ],
    [
      "the incident is over",
      "The escalation ended: the incident is over.",
      (sql: PgClient.PgClient, id: string) => sql`UPDATE incidents SET resolved_at = now() WHERE id = ${id}`
    ],
    [
      "the rule was removed",
      "The escalation ended: its alert rule was removed.",
      (sql: PgClient.PgClient, id: string) =>
        sql`UPDATE alert_rules SET deleted_at = now() WHERE id = (SELECT rule_id FROM escalations WHERE incident_id = ${id})`
    ],
    [
      "the policy was removed",
      "The escalation ended: its policy was removed.",
      (sql: PgClient.PgClient, id: string) =>
        sql`UPDATE escalation_policies SET deleted_at = now() WHERE id = (SELECT policy_id FROM escalations WHERE incident_id = ${id})`
    ]
  ] as const) {
    it.effect(`is not taken when ${why}, and the timeline says so once`, () =>
      Effect.gen(function* () {
        const repo = yield* make
        const tenantId = yield* insertTenant
        const pager = yield* insertChannel(tenantId, "Pager")
        const policyId = yield* insertPolicy(tenantId, [{ waitSeconds: 0, targets: [toChannel(pager)] }])
        const escalation = yield* insertEscalation(tenantId, policyId)
        yield* change((sql) => end(sql, escalation.incidentId))
        assert.isUndefined(yield* repo.takeStep(escalation, 0))
        assert.isUndefined(yield* repo.takeStep(escalation, 0))
        assert.deepStrictEqual(yield* outcomeOf(escalation), {
          timeline: [sentence],
          told: [],
          isStarted: false,
          isEnded: true
        })
      })
    )
  }

  it.effect("is passed over when a schedule cannot be read, and the next one is taken at once", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const tenantId = yield* insertTenant
      const pager = yield* insertChannel(tenantId, "Pager")
      const ana = yield* insertPerson(tenantId, "ana", [pager])
      const scheduleId = yield* insertSchedule(tenantId, "Primary", [ana.id])
      yield* change((sql) => sql`UPDATE on_call_schedules SET layers = '{"who": "ana"}' WHERE id = ${scheduleId}`)
      const policyId = yield* insertPolicy(tenantId, [
        { waitSeconds: 0, targets: [{ type: "schedule", scheduleId }] },
        { waitSeconds: 3600, targets: [toChannel(pager)] }
      ])
      const escalation = yield* insertEscalation(tenantId, policyId)
      const next = yield* repo.takeStep(escalation, 0)
      assert.isAtMost(next?.dueAt ?? Infinity, yield* Clock.currentTimeMillis)
      yield* repo.takeStep(escalation, next!.position)
      assert.deepStrictEqual((yield* outcomeOf(escalation)).timeline, [
        "Step 1 was passed over: what it names cannot be read. Save the policy and what it names again.",
        "Step 2: told Pager.",
        allGone
      ])
    })
  )

  it.effect("ends when the policy cannot be read, and says so", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const tenantId = yield* insertTenant
      const policyId = yield* insertPolicy(tenantId, [{ waitSeconds: 0, targets: [toChannel(tenantId)] }])
      yield* change((sql) => sql`UPDATE escalation_policies SET steps = 'null' WHERE id = ${policyId}`)
      const escalation = yield* insertEscalation(tenantId, policyId)
      assert.isUndefined(yield* repo.takeStep(escalation, 0))
      const { isEnded, timeline } = yield* outcomeOf(escalation)
      assert.isTrue(isEnded)
      assert.deepStrictEqual(timeline, [
        "The escalation ended: its policy cannot be read. Save the policy and what it names again."
      ])
    })
  )

  it.effect("names another tenant's channel, person and schedule in vain", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const [tenantId, other] = [yield* insertTenant, yield* insertTenant]
      const channel = yield* insertChannel(other, "Pager")
      const eve = yield* insertPerson(other, "eve", [channel])
      const scheduleId = yield* insertSchedule(other, "Primary", [eve.id])
      const policyId = yield* insertPolicy(tenantId, [
        {
          waitSeconds: 0,
          targets: [toChannel(channel), { type: "user", userId: eve.id }, { type: "schedule", scheduleId }]
        }
      ])
      const escalation = yield* insertEscalation(tenantId, policyId)
      yield* repo.takeStep(escalation, 0)
      const { timeline, told } = yield* outcomeOf(escalation)
      assert.deepStrictEqual(told, [])
      assert.strictEqual(
        timeline[0],
        "Step 1 reached nobody. A channel that it names was removed. Somebody whom it names has left the workspace. A schedule that it names was removed."
      )
    })
  )
})

layer(Database, { excludeTestServices: true })("the outbox of escalations", (it) => {
  it.effect("is claimed by one of many, and again when nothing came of it", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const tenantId = yield* insertTenant
      const pager = yield* insertChannel(tenantId, "Pager")
      const policyId = yield* insertPolicy(tenantId, [{ waitSeconds: 300, targets: [toChannel(pager)] }])
      const made = yield* Effect.replicateEffect(insertEscalation(tenantId, policyId), 20)
      const claimed = yield* Effect.all([repo.claim(15), repo.claim(15), repo.claim(15)], { concurrency: "unbounded" })
      const ids = claimed.flat().map(({ incidentId }) => incidentId)
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.sameMembers(
        ids,
        made.map(({ incidentId }) => incidentId).filter((id) => ids.includes(id))
      )
      const rest = yield* repo.claim(100)
      assert.lengthOf([...ids, ...rest], 20)
      assert.lengthOf(yield* repo.claim(100), 0)
      // A minute later; as long as it was not marked.
      yield* repo.markStarted(rest[0] ?? claimed.flat()[0]!)
      yield* change((sql) => sql`UPDATE escalations SET due_at = due_at - interval '61 seconds'`)
      assert.lengthOf(yield* repo.claim(100), 19)
    })
  )

  it.effect("is claimed though one of the policies cannot be read", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const [tenantId, other] = [yield* insertTenant, yield* insertTenant]
      const steps = [{ waitSeconds: 60, targets: [toChannel(tenantId)] }]
      const [broken, well] = [yield* insertPolicy(tenantId, steps), yield* insertPolicy(other, steps)]
      const soon = '[{"waitSeconds": "soon", "targets": []}]'
      yield* change((sql) => sql`UPDATE escalation_policies SET steps = ${soon}::jsonb WHERE id = ${broken}`)
      const made = [yield* insertEscalation(tenantId, broken), yield* insertEscalation(other, well)]
      const claimed = yield* repo.claim(100)
      for (const { incidentId } of made) {
        assert.isTrue(Number.isFinite(claimed.find((one) => one.incidentId === incidentId)?.dueAt))
      }
    })
  )

  it.effect("gives a started one away only when nobody looked at it for two minutes after it was due", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const tenantId = yield* insertTenant
      const pager = yield* insertChannel(tenantId, "Pager")
      const policyId = yield* insertPolicy(tenantId, [{ waitSeconds: 60, targets: [toChannel(pager)] }])
      const { incidentId } = yield* insertEscalation(tenantId, policyId)
      const own = Effect.map(repo.claim(100), (all) => all.filter((one) => one.incidentId === incidentId))
      const [claimed] = yield* own
      yield* repo.markStarted(claimed!)
      const [row] = (yield* change(
        (sql) => sql`
          SELECT relayed_at IS NOT NULL AS started, round(extract(epoch FROM due_at - starts_at))::integer AS wait
          FROM escalations WHERE incident_id = ${incidentId}`
      )) as ReadonlyArray<object>
      assert.deepStrictEqual(row, { started: true, wait: 60 })
      yield* change(
        (sql) => sql`UPDATE escalations SET due_at = now() - interval '119 seconds' WHERE incident_id = ${incidentId}`
      )
      assert.lengthOf(yield* own, 0)
      yield* change(
        (sql) => sql`UPDATE escalations SET due_at = now() - interval '121 seconds' WHERE incident_id = ${incidentId}`
      )
      const [again] = yield* own
      // A workflow of its own: that of before may lie there and never wake.
      assert.deepInclude(again, { position: 0, resumed: 1 })
      yield* repo.markStarted(again!)
      yield* change((sql) => sql`UPDATE escalations SET due_at = due_at - interval '119 seconds'`)
      assert.lengthOf(yield* own, 0, "it is not late at once again")
      const since = (seconds: number) =>
        change(
          (sql) => sql`
            UPDATE escalations SET due_at = now() - make_interval(secs => ${seconds}) WHERE incident_id = ${incidentId}`
        )
      yield* since(235)
      assert.lengthOf(yield* own, 0, "the second time it takes twice as long")
      yield* since(241)
      assert.deepInclude((yield* own)[0], { position: 0, resumed: 2 })
    })
  )

  it.effect("is begun once, also when nobody was there for long to begin it", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const tenantId = yield* insertTenant
      const policyId = yield* insertPolicy(tenantId, [{ waitSeconds: 60, targets: [toChannel(tenantId)] }])
      const { incidentId } = yield* insertEscalation(tenantId, policyId)
      yield* change(
        (sql) => sql`
          UPDATE escalations SET starts_at = now() - interval '1 hour', due_at = now() - interval '1 hour'
          WHERE incident_id = ${incidentId}`
      )
      const own = Effect.map(repo.claim(100), (all) => all.filter((one) => one.incidentId === incidentId))
      const [claimed] = yield* own
      yield* repo.markStarted(claimed!)
      assert.lengthOf(yield* own, 0, "its first step has two minutes, as any other")
    })
  )

  it.effect("is claimed by turns of workspaces, however many one of them has", () =>
    Effect.gen(function* () {
      const repo = yield* make
      const [crowd, other] = [yield* insertTenant, yield* insertTenant]
      const policyOf = (tenantId: string) =>
        insertPolicy(tenantId, [{ waitSeconds: 0, targets: [toChannel(tenantId)] }])
      const [policy, otherPolicy] = [yield* policyOf(crowd), yield* policyOf(other)]
      yield* change((sql) => sql`UPDATE escalations SET ended_at = now() WHERE ended_at IS NULL`)
      yield* Effect.replicateEffect(insertEscalation(crowd, policy), 12)
      yield* Effect.replicateEffect(insertEscalation(other, otherPolicy), 2)
      const claimed = yield* repo.claim(4)
      assert.sameMembers(
        claimed.map(({ tenantId }) => tenantId),
        [crowd, crowd, other, other]
      )
    })
  )
})
