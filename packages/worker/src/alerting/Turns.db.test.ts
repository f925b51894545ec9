/** What a turn writes: incidents, decisions with their reasons, messages, escalations, groups; and nothing without one. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { make as makeBucketRepo } from "../buckets/BucketRepo.ts"
import type { DecidedCheck } from "../recording/DecidedCheck.ts"
import type { Lease } from "../buckets/Lease.ts"
import { Recorder } from "../Recorder.ts"
import { fromRow } from "../buckets/ScheduledMonitor.ts"
import { chainOf, down, lateMs, ordinaryTerms, up } from "../testing/Chain.ts"
import { asSuperuser, insertMonitor, insertTenant, newId } from "../testing/Seed.ts"
import type { JudgedRule } from "./watch.ts"

const region = "default"
const Database = TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer))
const now = Math.floor(Date.now() / 1000) * 1000

const all = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

const record = Effect.fnUntraced(function* (lease: Lease, rows: ReadonlyArray<DecidedCheck>) {
  const recorder = yield* Recorder
  for (const row of rows) recorder.record(lease, row)
  yield* recorder.settle(lease)
  assert.isFalse(lease.isLost)
})

interface RuleSeed {
  readonly name?: string
  readonly trigger?: string
  readonly severity?: string
  readonly tags?: ReadonlyArray<string>
  readonly monitors?: ReadonlyArray<string>
  readonly channels?: ReadonlyArray<string>
  readonly delaySeconds?: number
  readonly policyId?: string
}

const heartbeat = { type: "heartbeat", settings: {} }

const insertChannel = Effect.fnUntraced(function* (tenantId: string) {
  const id = newId()
  yield* all(
    (sql) => sql`
      INSERT INTO alert_channels (tenant_id, id, name, type, settings)
      VALUES (${tenantId}, ${id}, 'Hook', 'webhook', '{"url":"http://127.0.0.1:9/"}')`
  )
  return id
})

const insertRule = Effect.fnUntraced(function* (tenantId: string, seed: RuleSeed) {
  const id = newId()
  const { channels = [], delaySeconds = 0, monitors = [], name = "Rule", policyId, severity, tags = [], trigger } = seed
  yield* all(
    (sql) => sql`
      INSERT INTO alert_rules (tenant_id, id, name, trigger, severity, tags, delay_seconds, escalation_policy_id)
      VALUES (${tenantId}, ${id}, ${name}, ${trigger ?? "down"}, ${severity ?? "critical"}, ${tags}::text[], ${delaySeconds}, ${policyId ?? null}::uuid)`
  )
  yield* all(
    (sql) => sql`
      INSERT INTO alert_rule_channels (tenant_id, alert_rule_id, channel_id)
      SELECT ${tenantId}::uuid, ${id}::uuid, unnest(${channels}::uuid[])`
  )
  yield* all(
    (sql) => sql`
      INSERT INTO alert_rule_monitors (tenant_id, alert_rule_id, monitor_id)
      SELECT ${tenantId}::uuid, ${id}::uuid, unnest(${monitors}::uuid[])`
  )
  return id
})

layer(Layer.merge(Recorder.layer(region), TestBox).pipe(Layer.provideMerge(Database)), { excludeTestServices: true })(
  "a turn",
  (it) => {
    const prepare = Effect.fnUntraced(function* (
      seed: { readonly tags?: ReadonlyArray<string>; readonly kind?: typeof heartbeat } = {}
    ) {
      const repo = yield* makeBucketRepo(region)
      const tenantId = yield* insertTenant
      const monitor = yield* insertMonitor({ tenantId, ...seed })
      return { repo, tenantId, monitor, lease: yield* repo.take(monitor.bucket, "a"), chain: chainOf(monitor) }
    })

    it.effect(
      "is as grave as the gravest rule, and each channel gets one message: the earliest, with all reasons",
      () =>
        Effect.gen(function* () {
          const { chain, lease, monitor, tenantId } = yield* prepare({ tags: ["payments"] })
          const [one, other] = [yield* insertChannel(tenantId), yield* insertChannel(tenantId)]
          const late = { name: "Late", severity: "info", delaySeconds: 300, channels: [one, other] }
          const lateRule = yield* insertRule(tenantId, late)
          const soonRule = yield* insertRule(tenantId, {
            name: "Soon",
            severity: "warning",
            tags: ["payments"],
            channels: [one]
          })
          yield* insertRule(tenantId, { tags: ["warehouse"], severity: "critical", channels: [one] })
          yield* insertRule(tenantId, { trigger: "heartbeat_missed", severity: "critical", channels: [one] })
          yield* record(lease, [chain(up, now), chain(down, now + 1000)])
          const startedAt = now + 1000 + lateMs
          assert.deepStrictEqual(
            yield* all((sql) => sql`SELECT trigger, rule_id, severity FROM incidents WHERE monitor_id = ${monitor.id}`),
            [{ trigger: "down", rule_id: null, severity: "warning" }]
          )
          const told = yield* all<{ channel: string; rule: string; due: number; reasons: Array<{ message: string }> }>(
            (sql) => sql`
            SELECT channel_id AS channel, rule_id AS rule, to_millis(due_at)::float8 AS due, reasons
            FROM notifications WHERE tenant_id = ${tenantId}`
          )
          const summary = told
            .map(({ channel, due, reasons, rule }) => ({
              channel,
              due,
              rule,
              reasons: reasons.map(({ message }) => message)
            }))
            .toSorted((a, b) => a.due - b.due)
          const soon = "The alert rule “Soon” is for the tag “payments”, which this monitor carries."
          const lasts = "The alert rule “Late” is for every monitor. It tells when it lasts for 5 min."
          assert.deepStrictEqual(summary, [
            { channel: one, due: startedAt, rule: soonRule, reasons: [soon, lasts] },
            { channel: other, due: startedAt + 300_000, rule: lateRule, reasons: [lasts] }
          ])
          const [event] = yield* all<{ incident: object }>(
            (sql) =>
              sql`SELECT event -> 'data' -> 'incident' AS incident FROM notifications WHERE tenant_id = ${tenantId}`
          )
          assert.deepInclude(event?.incident, { trigger: "down", severity: "warning", status: "open" })
        })
    )

    it.effect("keeps every decision with its reasons, and tells of the end those who were told of the beginning", () =>
      Effect.gen(function* () {
        const { chain, lease, monitor, tenantId } = yield* prepare()
        const [told, spared] = [yield* insertChannel(tenantId), yield* insertChannel(tenantId)]
        yield* insertRule(tenantId, { channels: [told, spared] })
        yield* record(lease, [chain(up, now), chain(down, now + 1000)])
        yield* all(
          (sql) =>
            sql`UPDATE notifications SET status = 'suppressed' WHERE tenant_id = ${tenantId} AND channel_id = ${spared}`
        )
        yield* record(lease, [chain(down, now + 2000), chain(up, now + 3000)])
        const decisions = yield* all<{ kind: string; hasIncident: boolean; codes: Array<string> }>(
          (sql) => sql`
            SELECT kind, incident_id IS NOT NULL AS "hasIncident",
              ARRAY(SELECT r ->> 'code' FROM jsonb_array_elements(reasons) AS r) AS codes
            FROM decisions WHERE monitor_id = ${monitor.id} ORDER BY decided_at`
        )
        assert.deepStrictEqual(decisions, [
          { kind: "went-down", hasIncident: true, codes: ["confirmed"] },
          { kind: "recovered", hasIncident: true, codes: ["recovery_confirmed"] }
        ])
        assert.deepStrictEqual(
          yield* all(
            (sql) =>
              sql`SELECT channel_id FROM notifications WHERE tenant_id = ${tenantId} AND type = 'incident.resolved'`
          ),
          [{ channel_id: told }]
        )
      })
    )

    it.effect("starts the escalation of each policy once, after the rule's delay", () =>
      Effect.gen(function* () {
        const { chain, lease, tenantId } = yield* prepare()
        const policyId = newId()
        yield* all(
          (sql) => sql`
            INSERT INTO escalation_policies (tenant_id, id, name, steps) VALUES (${tenantId}, ${policyId}, 'Policy', '[]')`
        )
        yield* insertRule(tenantId, { policyId, delaySeconds: 120 })
        const first = yield* insertRule(tenantId, { policyId, delaySeconds: 60 })
        yield* record(lease, [chain(down, now)])
        assert.deepStrictEqual(
          yield* all(
            (sql) => sql`
              SELECT policy_id, rule_id, to_millis(starts_at)::float8 AS starts FROM escalations WHERE tenant_id = ${tenantId}`
          ),
          [{ policy_id: policyId, rule_id: first, starts: now + lateMs + 60_000 }]
        )
      })
    )

    it.effect("of a call that did not come is told by heartbeat_missed, of one that failed is not", () =>
      Effect.gen(function* () {
        for (const [code, count] of [
          ["heartbeat_late", 1],
          ["heartbeat_failed", 0]
        ] as const) {
          const { chain, lease, tenantId } = yield* prepare({ kind: heartbeat })
          yield* insertRule(tenantId, { trigger: "heartbeat_missed", channels: [yield* insertChannel(tenantId)] })
          yield* record(lease, [chain({ ...down, error: { code, message: "It did." } }, now)])
          assert.lengthOf(yield* all((sql) => sql`SELECT 1 FROM incidents WHERE tenant_id = ${tenantId}`), 1)
          assert.lengthOf(yield* all((sql) => sql`SELECT 1 FROM notifications WHERE tenant_id = ${tenantId}`), count)
        }
      })
    )

    it.effect("of several monitors with something in common makes one group", () =>
      Effect.gen(function* () {
        const { repo, tenantId } = yield* prepare()
        const open = Effect.fnUntraced(function* (tags: ReadonlyArray<string>, code: string, at: number) {
          const monitor = yield* insertMonitor({ tenantId, tags })
          const lease = yield* repo.take(monitor.bucket, "a")
          yield* record(lease, [chainOf(monitor)({ ...down, error: { code, message: "It did." } }, at)])
          return monitor.id
        })
        const alone = yield* open([], "dns_failed", now)
        const first = yield* open(["eu"], "timeout", now)
        const second = yield* open(["eu", "db"], "connection_refused", now + 1000)
        const third = yield* open(["db"], "connection_refused", now + 2000)
        const later = yield* open(["eu"], "timeout", now + 400_000)
        const groups = yield* all<{ id: string; key: string | null }>(
          (sql) => sql`
            SELECT i.monitor_id AS id, g.key FROM incidents i
            LEFT JOIN incident_groups g ON g.tenant_id = i.tenant_id AND g.id = i.group_id
            WHERE i.tenant_id = ${tenantId} ORDER BY i.started_at, i.id`
        )
        assert.deepStrictEqual(groups, [
          { id: alone, key: null },
          { id: first, key: "tag:eu" },
          { id: second, key: "tag:eu" },
          { id: third, key: "tag:eu" },
          { id: later, key: null }
        ])
      })
    )

    it.effect(
      "of a thousand monitors at once is written in time, as one group, down and up again",
      () =>
        Effect.gen(function* () {
          const { repo, tenantId } = yield* prepare()
          const channels = yield* Effect.replicateEffect(insertChannel(tenantId), 3)
          for (const channel of channels) yield* insertRule(tenantId, { tags: ["eu"], channels: [channel] })
          const monitors = Array.from({ length: 1000 }, () => ({ tenantId, id: newId() }))
          const ids = monitors.map(({ id }) => id)
          yield* all(
            (sql) => sql`
              INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations,
                recovery_checks, tags)
              SELECT ${tenantId}::uuid, unnest(${ids}::uuid[]), 0, 'Monitor', 'http', '{"url":"http://127.0.0.1:9/"}', 60, 2, 0, 1, '{eu,db}'`
          )
          yield* all(
            (sql) => sql`
              INSERT INTO monitor_state (tenant_id, monitor_id)
              SELECT tenant_id, id FROM monitors m WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[])`
          )
          const lease = yield* repo.take(0, "a")
          const chains = monitors.map((monitor) => chainOf(monitor))
          for (const [index, outcome] of [down, up].entries()) {
            // A statement that takes longer than the Recorder's limit would be tried again for ever.
            yield* record(
              lease,
              chains.map((next) => next(outcome, now + index * 1000))
            ).pipe(Effect.timeout("30 seconds"))
          }
          const [counts] = yield* all(
            (sql) => sql`
              SELECT count(*)::integer AS incidents, count(resolved_at)::integer AS over,
                count(DISTINCT group_id)::integer AS groups,
                (SELECT count(*)::integer FROM notifications WHERE tenant_id = ${tenantId}) AS messages,
                (SELECT count(*)::integer FROM decisions WHERE tenant_id = ${tenantId}) AS decisions
              FROM incidents WHERE tenant_id = ${tenantId}`
          )
          assert.deepStrictEqual(counts, { incidents: 1000, over: 1000, groups: 1, messages: 6000, decisions: 2000 })
        }),
      90_000
    )

    it.effect("of a rule opens nothing when the monitor has another first region by now", () =>
      Effect.gen(function* () {
        const { chain, lease, monitor, tenantId } = yield* prepare()
        const id = yield* insertRule(tenantId, { trigger: "degraded" })
        const rule = {
          id,
          severity: "info",
          condition: { trigger: "degraded", checks: 1 },
          scope: { monitorIds: [], tags: [] }
        } as unknown as JudgedRule
        const terms = { ...ordinaryTerms, watch: { rules: [rule], windows: [] } }
        yield* all((sql) => sql`UPDATE monitors SET regions = '{elsewhere,default}' WHERE id = ${monitor.id}`)
        yield* record(lease, [chain({ ...up, status: "degraded" }, now, terms)])
        assert.deepStrictEqual(yield* all((sql) => sql`SELECT id FROM incidents WHERE monitor_id = ${monitor.id}`), [])
        yield* all((sql) => sql`UPDATE monitors SET regions = '{default,elsewhere}' WHERE id = ${monitor.id}`)
        const again = chainOf(monitor)
        again(up, now)
        yield* record(lease, [again({ ...up, status: "degraded" }, now + 1000, terms)])
        assert.lengthOf(yield* all((sql) => sql`SELECT id FROM incidents WHERE monitor_id = ${monitor.id}`), 1)
      })
    )

    it.effect(
      "of a rule opens, worsens and ends its own incident beside the monitor's, and is over when the rule goes",
      () =>
        Effect.gen(function* () {
          const { chain, lease, monitor, repo, tenantId } = yield* prepare()
          const channel = yield* insertChannel(tenantId)
          const id = yield* insertRule(tenantId, { trigger: "ssl_expiry", severity: "info", channels: [channel] })
          const rule = {
            id,
            severity: "info",
            condition: { trigger: "ssl_expiry", daysBefore: [30, 7] },
            scope: { monitorIds: [], tags: [] }
          } as unknown as JudgedRule
          const terms = { ...ordinaryTerms, watch: { rules: [rule], windows: [] } }
          const expiring = {
            ...up,
            certificate: {
              subject: "CN=a",
              issuer: "CN=b",
              validFrom: "2020-01-01T00:00:00.000Z",
              validTo: new Date(now + 7 * 86_400_000 + 2000).toISOString(),
              fingerprint256: "AB:CD"
            }
          }
          yield* record(lease, [chain(expiring, now, terms)])
          const [row] = yield* repo.changed(monitor.bucket, { ids: [monitor.id] })
          assert.deepStrictEqual(Object.keys((yield* fromRow(row!)).rules), [id])
          yield* record(lease, [chain(down, now + 1000, terms), chain(expiring, now + 4000, terms)])
          yield* record(lease, [chain(expiring, now + 5000, ordinaryTerms)])
          const incidents = yield* all(
            (sql) => sql`
            SELECT trigger, severity, resolved_at IS NOT NULL AS over FROM incidents
            WHERE monitor_id = ${monitor.id} ORDER BY started_at`
          )
          assert.deepStrictEqual(incidents, [
            { trigger: "ssl_expiry", severity: "info", over: true },
            { trigger: "down", severity: "critical", over: true }
          ])
          assert.deepStrictEqual(
            yield* all((sql) => sql`SELECT kind FROM decisions WHERE rule_id = ${id} ORDER BY decided_at`),
            [{ kind: "raised" }, { kind: "raised-again" }, { kind: "left" }]
          )
          assert.deepStrictEqual(
            yield* all(
              (sql) => sql`SELECT type, sequence FROM notifications WHERE tenant_id = ${tenantId} ORDER BY due_at`
            ),
            [
              { type: "incident.opened", sequence: 0 },
              { type: "incident.repeated", sequence: 1 },
              { type: "incident.resolved", sequence: 0 }
            ]
          )
          assert.deepStrictEqual(
            yield* all((sql) => sql`SELECT memory FROM monitor_state WHERE monitor_id = ${monitor.id}`).pipe(
              Effect.map(([state]) => Object.keys((state as { memory: object }).memory))
            ),
            ["flapping"]
          )
        })
    )
  }
)
