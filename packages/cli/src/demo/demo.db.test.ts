/** The demo is one story: what checks, incidents, rollups and states say of it agrees, and telling it again is the same. */
import { assert, layer } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Keys } from "@v-insight/database/Keys"
import { CheckRepo, type CheckCursor } from "@v-insight/database/repo/CheckRepo"
import { HistoryRepo } from "@v-insight/database/repo/HistoryRepo"
import { IncidentRepo } from "@v-insight/database/repo/IncidentRepo"
import { MonitorRepo } from "@v-insight/database/repo/MonitorRepo"
import { SecretBox } from "@v-insight/database/SecretBox"
import { TenantSql } from "@v-insight/database/TenantSql"
import { testSecret } from "@v-insight/database/testing/constants"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { decide, initial, ordinary, type State } from "@v-insight/domain/rules/decide"
import { decideAgain } from "@v-insight/domain/rules/decisionRecord"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import type { SessionId } from "@v-insight/domain/model/Session"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { monitorTypeNames } from "@v-insight/domain/monitor-types/registry"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { policyOf } from "./chronicle.ts"
import { estate as estateAt } from "./estate/estate.ts"
import { fill } from "./fill.ts"
import { type Places, wantedPorts } from "./Places.ts"
import { tell } from "./story.ts"
import { makeAuthority } from "./targets/certificates.ts"
import type { Watched } from "./Watched.ts"

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const days = 4
const seed = 7
const now = Date.now()
const telling = { seed, from: now - days * dayMs, now }

const { ca, shown } = makeAuthority(now)
const places: Places = {
  ports: wantedPorts,
  ca,
  certificates: { good: shown.good.facts, soon: shown.soon.facts, expired: shown.expired.facts },
  database: { port: 5432, name: "nordlicht", user: "watcher", password: "secret" }
}

/** One of each kind, those with trouble of their own, and no check more often than every five minutes. */
const keys = new Set(["images", "feed", "sftp", "suggestions", "reports", "payroll", "search"])
const kinds = new Set<string>()
const estate = estateAt(places)
  .filter(({ key, type }) => keys.has(key) || (!kinds.has(type) && kinds.add(type)))
  .map((watched) => ({ ...watched, intervalSeconds: Math.max(300, watched.intervalSeconds) }))
const story = tell(estate, telling)

const storedKeys = Keys.fromSecret(testSecret)

/** The tables as the API sees them. */
const Api = Layer.mergeAll(CheckRepo.layer, HistoryRepo.layer, IncidentRepo.layer, MonitorRepo.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(TenantSql.layer, SecretBox.layer)),
  Layer.provide(Layer.succeed(Keys, storedKeys)),
  Layer.provideMerge(TestDatabase.api),
  Layer.provideMerge(TestDatabase.layer),
  Layer.provideMerge(NodeServices.layer)
)

/** All checks of a monitor, the oldest first, as the API tells them. */
const checksOf = Effect.fnUntraced(function* (id: MonitorId) {
  const checks = yield* CheckRepo
  const found: Array<MonitorCheck> = []
  let after: CheckCursor | undefined
  do {
    const { items, next } = yield* checks.list(id, after, 1_000)
    found.push(...items)
    after = next
  } while (after !== undefined)
  return found.toReversed()
})

/** What the worker's rule makes of stored checks. In maintenance the demo finds nothing wrong. */
const replay = (watched: Watched, checks: ReadonlyArray<MonitorCheck>) => {
  let state: State = initial
  const turns: Array<{ readonly startedAt: number; code: string; resolvedAt: number | null }> = []
  for (const { attempts, checkedAt, error, status } of checks) {
    const at = Date.parse(checkedAt)
    const found = status === "maintenance" ? "up" : status
    const decision = decide(state, { status: found, attempts, error, totalUs: null }, policyOf(watched), ordinary, at)
    ;({ state } = decision)
    if (decision.event?.kind === "went-down") {
      turns.push({ startedAt: at, code: decision.event.cause.code, resolvedAt: null })
    } else if (decision.event?.kind === "recovered") turns.at(-1)!.resolvedAt = at
  }
  return { state, turns }
}

layer(Api, { excludeTestServices: true })("the demo", (it) => {
  it.effect(
    "is one story in checks, incidents, states and rollups",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual([...kinds].toSorted(), [...monitorTypeNames].toSorted())
        const made = yield* fill(yield* TestDatabase, storedKeys, { estate, places, story, telling })
        yield* Effect.provideService(agree(made.monitors), TenantContext, {
          tenantId: made.tenantId,
          userId: made.ownerId,
          sessionId: made.ownerId as string as SessionId,
          role: "owner"
        })
      }),
    60_000
  )
})

const agree = Effect.fnUntraced(function* (ids: Readonly<Record<string, MonitorId>>) {
  const incidents = yield* IncidentRepo
  const monitors = yield* MonitorRepo
  const history = yield* HistoryRepo
  const open: Array<string> = []
  for (const watched of estate) {
    const id = ids[watched.key]!
    const { key } = watched
    const checks = yield* checksOf(id)
    assert.isAbove(checks.length, 0, key)
    const { state, turns } = replay(watched, checks)
    const stored = yield* incidents.list({ monitorId: id }, { page: 1, perPage: 100 })
    assert.deepStrictEqual(
      stored.items.toReversed().map(({ cause, resolvedAt, startedAt }) => ({
        startedAt: Date.parse(startedAt),
        code: cause.code,
        resolvedAt: resolvedAt === null ? null : Date.parse(resolvedAt)
      })),
      turns,
      key
    )
    if (state.isIncidentOpen) open.push(key)
    const monitor = yield* monitors.get(id)
    assert.strictEqual(monitor.status, monitor.paused ? "paused" : state.status, key)

    // Whole hours that are over have been added up.
    const to = Math.floor(now / hourMs) * hourMs - hourMs
    const from = Math.ceil(telling.from / hourMs) * hourMs
    const { totals } = yield* history.getPast(id, [{ level: "1h", from }], to)
    const within = checks.filter(({ checkedAt }) => Date.parse(checkedAt) >= from && Date.parse(checkedAt) < to)
    const count = (status: string) => within.filter((check) => (check.status as string) === status).length
    const { degraded, down, maintenance, up } = totals[0]!.counts
    assert.deepStrictEqual(
      { up, degraded, down, maintenance },
      { up: count("up"), degraded: count("degraded"), down: count("down"), maintenance: count("maintenance") },
      key
    )
  }
  assert.deepStrictEqual(open.toSorted(), ["feed", "images", "sftp"])
  yield* explain
})

/** Each incident has the decision that opened it, which can be made again, and each message the attempts it counts. */
const explain = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  yield* scoped(
    Effect.fnUntraced(function* (tenantId) {
      const decisions = yield* sql<{ record: string }>`
        SELECT record::text AS record FROM decisions WHERE tenant_id = ${tenantId}`
      assert.isAbove(decisions.length, 0)
      for (const { record } of decisions) assert.strictEqual(decideAgain(record), record)
      const unexplained = yield* sql`
        SELECT i.id FROM incidents i
        WHERE i.tenant_id = ${tenantId} AND (
          NOT EXISTS (SELECT 1 FROM decisions d
                      WHERE d.tenant_id = i.tenant_id AND d.incident_id = i.id AND d.kind = 'went-down'
                        AND d.decided_at = i.started_at)
          OR (i.resolved_at IS NOT NULL) <> EXISTS (
            SELECT 1 FROM decisions d
            WHERE d.tenant_id = i.tenant_id AND d.incident_id = i.id AND d.kind = 'recovered'))`
      assert.deepStrictEqual(unexplained, [])
      const miscounted = yield* sql`
        SELECT n.id FROM notifications n
        WHERE n.tenant_id = ${tenantId} AND (jsonb_array_length(n.reasons) < 2 OR n.rule_id IS NULL
          OR n.attempts <> (SELECT count(*) FROM delivery_attempts a
                            WHERE a.tenant_id = n.tenant_id AND a.notification_id = n.id))`
      assert.deepStrictEqual(miscounted, [])
      const [counted] = yield* sql<{ messages: number; silences: number; schedules: number }>`
        SELECT (SELECT count(*)::integer FROM notifications WHERE tenant_id = ${tenantId}) AS messages,
          (SELECT count(*)::integer FROM silences WHERE tenant_id = ${tenantId}) AS silences,
          (SELECT count(*)::integer FROM on_call_schedules WHERE tenant_id = ${tenantId}) AS schedules`
      assert.isAbove(counted!.messages, 0)
      assert.deepInclude(counted, { silences: 2, schedules: 1 })
    })
  )
})
