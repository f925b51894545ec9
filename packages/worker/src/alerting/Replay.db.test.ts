/**
 * Random histories, decided and written as owners of buckets do, with hand-overs in between: what is stored suffices to
 * decide everything again.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { type CheckOutcome, noTimings } from "@v-insight/domain/model/CheckOutcome"
import { initial } from "@v-insight/domain/rules/decide"
import { decideAgain } from "@v-insight/domain/rules/decisionRecord"
import type { PlannedWindow } from "@v-insight/domain/rules/maintenance"
import { Effect, Layer } from "effect"
import { make as makeBucketRepo } from "../buckets/BucketRepo.ts"
import { type Chain, decideCheck, type Terms } from "../recording/DecidedCheck.ts"
import type { Lease } from "../buckets/Lease.ts"
import { Recorder } from "../Recorder.ts"
import { fromRow } from "../buckets/ScheduledMonitor.ts"
import { asSuperuser, insertMonitor, insertTenant, newId } from "../testing/Seed.ts"
import { noMemories } from "./judgeRules.ts"
import type { JudgedRule } from "./watch.ts"

const region = "default"
const Database = TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer))

const monitors = 48
const checks = 240
const handOverEvery = 30
const intervalMs = 60_000

const all = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

/** Numbers from 0 to 1, the same for the same seed (a linear congruential generator of Numerical Recipes). */
const dice = (seed: number) => {
  let state = seed
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32
}

const scope = { monitorIds: [], tags: [] }
const conditions = [
  { trigger: "degraded", checks: 2 },
  { trigger: "slow_response", percentile: 75, aboveMs: 150, windowSeconds: 600 },
  { trigger: "flapping" },
  { trigger: "coverage_lost", belowPercent: 90, windowSeconds: 900 }
] as const

/** The next outcome: it tends to stay as it is, more or less so by monitor. */
const nextOutcome = (roll: () => number, before: CheckOutcome["status"], calm: number): CheckOutcome => {
  const status =
    roll() < calm ? before : (["up", "up", "down", "degraded", "unknown"] as const)[Math.floor(roll() * 5)]!
  const isGood = status === "up" || status === "degraded"
  return {
    status,
    timings: { ...noTimings, totalUs: isGood ? Math.floor(20_000 + roll() ** 3 * 400_000) : null },
    httpStatus: isGood ? 200 : null,
    error: status === "up" ? null : { code: `is_${status}`, message: `It is ${status}.` },
    certificate: null,
    address: null,
    attempts: status === "down" ? 1 + Math.floor(roll() * 2) : 1,
    detail: null
  }
}

layer(Layer.merge(Recorder.layer(region), TestBox).pipe(Layer.provideMerge(Database)), { excludeTestServices: true })(
  "what is stored",
  (it) => {
    it.effect(
      "can be decided again: each decision byte by byte, all checks to the same incidents",
      () =>
        Effect.gen(function* () {
          const roll = dice(5)
          const repo = yield* makeBucketRepo(region)
          const recorder = yield* Recorder
          const tenantId = yield* insertTenant
          const start = Math.floor(Date.now() / intervalMs) * intervalMs - checks * intervalMs
          const rules: Array<JudgedRule> = []
          for (const condition of conditions) {
            const id = newId()
            yield* all(
              (sql) => sql`
                INSERT INTO alert_rules (tenant_id, id, name, trigger, condition)
                VALUES (${tenantId}, ${id}, 'Rule', ${condition.trigger}, ${JSON.stringify(condition)}::jsonb)`
            )
            rules.push({ id, condition, severity: "warning", scope } as unknown as JudgedRule)
          }
          const windowAt = (from: number, to: number): PlannedWindow =>
            ({
              id: newId(),
              name: "Works",
              startsAt: new Date(start + from * intervalMs).toISOString(),
              endsAt: new Date(start + to * intervalMs).toISOString(),
              timeZone: "Europe/Berlin",
              recurrence: null,
              scope
            }) as unknown as PlannedWindow
          const windows = [windowAt(60, 90), windowAt(150, 155)]

          const known = new Map<string, { chain: Chain; terms: Terms; calm: number; newest: CheckOutcome["status"] }>()
          for (let index = 0; index < monitors; index++) {
            const monitor = yield* insertMonitor({ tenantId })
            const policy = {
              confirmations: index % 3,
              recoveryChecks: 1 + (index % 2),
              degradedAfterMs: index % 4 === 0 ? 200 : null
            }
            yield* all(
              (sql) => sql`
                UPDATE monitors SET confirmations = ${policy.confirmations}, recovery_checks = ${policy.recoveryChecks},
                  degraded_after_ms = ${policy.degradedAfterMs}::integer WHERE id = ${monitor.id}`
            )
            const chain = {
              tenantId,
              id: monitor.id,
              state: initial,
              memory: { lastGood: null, stored: null },
              rules: noMemories,
              lastSlot: 0,
              isShared: false,
              isFirstRegion: true
            }
            const watch = { rules, windows: index % 3 === 0 ? windows : [] }
            known.set(monitor.id, {
              chain,
              terms: { policy, intervalMs, watch },
              calm: [0.5, 0.9, 0.97][index % 3]!,
              newest: "up"
            })
          }
          const buckets = yield* all<{ id: string; bucket: number }>(
            (sql) => sql`SELECT id, bucket FROM monitors WHERE tenant_id = ${tenantId}`
          )
          const leases = new Map<number, Lease>()
          const take = Effect.gen(function* () {
            for (const bucket of new Set(buckets.map((row) => row.bucket))) {
              leases.set(bucket, yield* repo.take(bucket, "a"))
              const ids = buckets.filter((row) => row.bucket === bucket).map(({ id }) => id)
              for (const row of yield* repo.changed(bucket, { ids })) {
                const { id, lastSlot, memory, rules: memories, state, plan } = yield* fromRow(row)
                const one = known.get(id)!
                one.chain = { ...one.chain, state, memory, rules: memories, lastSlot }
                assert.deepStrictEqual(plan.policy, one.terms.policy)
              }
            }
          })

          for (let number = 0; number < checks; number++) {
            if (number % handOverEvery === 0) yield* take
            for (const { bucket, id } of buckets) {
              const one = known.get(id)!
              // Now and then nobody looked.
              if (roll() < 0.05) continue
              const slot = start + number * intervalMs
              const outcome = nextOutcome(roll, one.newest, one.calm)
              one.newest = outcome.status
              const checked = { outcome, checkedAt: slot + Math.floor(roll() * 900) }
              const { memory, row, rules: memories } = decideCheck(one.chain, checked, one.terms, slot)
              one.chain = { ...one.chain, state: row.state, memory, rules: memories, lastSlot: slot }
              recorder.record(leases.get(bucket)!, row)
            }
            if (number % handOverEvery === handOverEvery - 1) {
              for (const lease of leases.values()) {
                yield* recorder.settle(lease)
                assert.isFalse(lease.isLost)
              }
            }
          }

          const records = yield* all<{ kind: string; record: string }>(
            (sql) => sql`SELECT kind, record::text AS record FROM decisions WHERE tenant_id = ${tenantId}`
          )
          const kinds = new Set(records.map(({ kind }) => kind))
          assert.containsAllKeys(Object.fromEntries([...kinds].map((kind) => [kind, kind])), [
            "went-down",
            "recovered",
            "began-flapping",
            "failed-in-maintenance",
            "degraded",
            "raised",
            "ended"
          ])
          for (const { record } of records) assert.strictEqual(decideAgain(record), record)

          const expected: Array<string> = []
          for (const [id, { chain, terms }] of known) {
            expected.push(...replay(yield* storedChecks(id), { ...chain, state: initial, rules: noMemories }, terms))
          }
          const incidents = yield* all<{ key: string }>(
            (sql) => sql`
              SELECT monitor_id || ' ' || coalesce(rule_id::text, 'down') || ' ' || to_millis(started_at) || ' '
                || coalesce(to_millis(resolved_at)::text, 'open') AS key
              FROM incidents WHERE tenant_id = ${tenantId}`
          )
          assert.isAbove(expected.length, 500)
          assert.deepStrictEqual(incidents.map(({ key }) => key).toSorted(), expected.toSorted())
        }),
      120_000
    )
  }
)

interface StoredCheck {
  readonly at: number
  readonly found: CheckOutcome["status"]
  readonly attempts: number
  readonly totalUs: number | null
  readonly code: string | null
  readonly message: string | null
}

const storedChecks = (id: string) =>
  all<StoredCheck>(
    (sql) => sql`
      SELECT to_millis(checked_at)::float8 AS at, found, attempts::integer AS attempts, total_us::integer AS "totalUs",
        error_code AS code, error_message AS message
      FROM check_results WHERE monitor_id = ${id} ORDER BY checked_at`
  )

/** Monitor, rule or down, start, end or open. */
const replay = (stored: ReadonlyArray<StoredCheck>, from: Chain, terms: Terms): ReadonlyArray<string> => {
  let chain = from
  const open = new Map<string, number>()
  const incidents: Array<string> = []
  for (const { at, attempts, code, found, message, totalUs } of stored) {
    const outcome: CheckOutcome = {
      status: found,
      timings: { ...noTimings, totalUs },
      httpStatus: null,
      error: code === null ? null : { code, message: message ?? "" },
      certificate: null,
      address: null,
      attempts,
      detail: null
    }
    const { row, rules } = decideCheck(chain, { outcome, checkedAt: at }, terms, at)
    chain = { ...chain, state: row.state, rules }
    for (const turn of row.turns) {
      const rule = turn.ruleId ?? "down"
      if (turn.event === "opened") open.set(rule, turn.at)
      if (turn.event === "ended") {
        incidents.push(`${from.id} ${rule} ${open.get(rule)} ${turn.at}`)
        open.delete(rule)
      }
    }
  }
  return [...incidents, ...Array.from(open, ([rule, since]) => `${from.id} ${rule} ${since} open`)]
}
