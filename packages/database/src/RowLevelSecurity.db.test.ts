/**
 * The second wall: every tenant predicate of every repository is taken out of its SQL on the way to PostgreSQL, and
 * still nobody sees or changes another tenant's rows.
 */
import { assert, layer } from "@effect/vitest"
import type { NotFound } from "@v-insight/domain/api/Failures"
import type { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { alertRuleDefaults, type AlertRuleId } from "@v-insight/domain/model/AlertRule"
import type { EscalationPolicyId } from "@v-insight/domain/model/EscalationPolicy"
import type { IncidentId } from "@v-insight/domain/model/Incident"
import type { MaintenanceWindowId } from "@v-insight/domain/model/MaintenanceWindow"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import type { NotificationId } from "@v-insight/domain/model/Notification"
import type { SilenceId } from "@v-insight/domain/model/Silence"
import type { OnCallOverrideId, OnCallScheduleId } from "@v-insight/domain/model/OnCallSchedule"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { UserId } from "@v-insight/domain/model/User"
import { Clock, Effect, Layer } from "effect"
import { SqlClient, Statement } from "effect/sql"
import { Keys } from "./Keys.ts"
import { AccountRepo } from "./repo/AccountRepo.ts"
import { AlertChannelRepo } from "./repo/AlertChannelRepo.ts"
import { AlertRuleRepo } from "./repo/AlertRuleRepo.ts"
import { CheckRepo } from "./repo/CheckRepo.ts"
import { DecisionRepo } from "./repo/DecisionRepo.ts"
import { ContactRepo } from "./repo/ContactRepo.ts"
import { EscalationPolicyRepo } from "./repo/EscalationPolicyRepo.ts"
import { HeartbeatRepo } from "./repo/HeartbeatRepo.ts"
import { HistoryRepo } from "./repo/HistoryRepo.ts"
import { IncidentRepo } from "./repo/IncidentRepo.ts"
import { IncidentWhyRepo } from "./repo/IncidentWhyRepo.ts"
import { LiveRepo } from "./repo/LiveRepo.ts"
import { MaintenanceWindowRepo } from "./repo/MaintenanceWindowRepo.ts"
import { MonitorRepo } from "./repo/MonitorRepo.ts"
import { NotificationRepo } from "./repo/NotificationRepo.ts"
import { OnCallRepo } from "./repo/OnCallRepo.ts"
import { OverviewRepo } from "./repo/OverviewRepo.ts"
import { SessionRepo } from "./repo/SessionRepo.ts"
import { SilenceRepo } from "./repo/SilenceRepo.ts"
import { type Piece, SimulationRepo } from "./repo/SimulationRepo.ts"
import { SecretBox } from "./SecretBox.ts"
import { as, Cast } from "./testing/Cast.ts"
import { testSecret } from "./testing/constants.ts"
import { TestDatabase } from "./testing/TestDatabase.ts"
import { TenantSql } from "./TenantSql.ts"

const Repositories = Layer.mergeAll(
  AccountRepo.layer,
  AlertChannelRepo.layer,
  AlertRuleRepo.layer,
  CheckRepo.layer,
  ContactRepo.layer,
  EscalationPolicyRepo.layer,
  OnCallRepo.layer,
  DecisionRepo.layer,
  HeartbeatRepo.layer,
  HistoryRepo.layer,
  OverviewRepo.layer,
  IncidentWhyRepo.layer.pipe(Layer.provideMerge(IncidentRepo.layer)),
  LiveRepo.layer,
  MaintenanceWindowRepo.layer,
  MonitorRepo.layer,
  NotificationRepo.layer,
  SessionRepo.layer,
  SilenceRepo.layer,
  SimulationRepo.layer
).pipe(
  Layer.provide(SecretBox.layer),
  Layer.provide(Layer.succeed(Keys, Keys.fromSecret(testSecret))),
  Layer.provide(TenantSql.layer),
  Layer.provideMerge(TestDatabase.api),
  Layer.provideMerge(Cast.layer),
  Layer.provideMerge(TestDatabase.layer)
)

let removed = 0
/** How statements of one round trip name the tenant. */
const inRead = /\w+\.tenant_id = tenant\.id|\w+\.tenant_key = tenant\.key/

/** `m.tenant_id = $1` becomes `(true OR m.tenant_id = $1)`, `m.tenant_id = tenant.id` becomes `(true OR ...)` as well. */
const withoutPredicates: Statement.Transformer = (statement, sql) => {
  const segments: Array<Statement.Segment> = []
  let isOpen = false
  for (const segment of statement.segments) {
    const predicate = segment._tag === "Literal" ? /(\w+\.)?tenant_(id|key) = $/.exec(segment.value) : null
    if (segment._tag === "Literal" && inRead.test(segment.value)) {
      removed++
      segments.push(
        Statement.literal(segment.value.replaceAll(new RegExp(inRead, "g"), "(true OR $&)"), segment.params)
      )
    } else if (segment._tag === "Literal" && predicate !== null) {
      segments.push(Statement.literal(`${segment.value.slice(0, predicate.index)}(true OR ${predicate[0]}`))
    } else segments.push(segment)
    if (isOpen) segments.push(Statement.literal(")"))
    isOpen = predicate !== null
    if (isOpen) removed++
  }
  return Effect.succeed(sql`${Statement.fragment(segments)}`)
}

const unguarded = Effect.provideService(Statement.CurrentTransformer, withoutPredicates)

layer(Repositories, { excludeTestServices: true })("row-level security alone", (it) => {
  it.effect("does take predicates out", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { alice } = yield* Cast
      const before = removed
      const rows =
        yield* sql`SELECT ${1}::int AS one, x.tenant_id FROM (SELECT ${alice.context.tenantId}::uuid AS tenant_id) AS x
        WHERE x.tenant_id = ${alice.context.sessionId} AND true`.pipe(unguarded)
      assert.deepStrictEqual(rows, [{ one: 1, tenant_id: alice.context.tenantId }])
      assert.strictEqual(removed, before + 1)
    })
  )

  it.effect("shows each tenant the same lists as before", () =>
    Effect.gen(function* () {
      const [monitors, incidents, channels, rules] = [
        yield* MonitorRepo,
        yield* IncidentRepo,
        yield* AlertChannelRepo,
        yield* AlertRuleRepo
      ]
      const [live, accounts, sessions] = [yield* LiveRepo, yield* AccountRepo, yield* SessionRepo]
      const [windows, silences, log] = [yield* MaintenanceWindowRepo, yield* SilenceRepo, yield* NotificationRepo]
      const [why, decisions] = [yield* IncidentWhyRepo, yield* DecisionRepo]
      const [policies, schedules, contacts] = [yield* EscalationPolicyRepo, yield* OnCallRepo, yield* ContactRepo]
      const { mallory, otherThings, things } = yield* Cast
      const otherIncidentId = otherThings.incidentId as IncidentId
      const [history, overview, simulations] = [yield* HistoryRepo, yield* OverviewRepo, yield* SimulationRepo]
      const paging = { page: 1, perPage: 50 }
      const now = yield* Clock.currentTimeMillis
      const monthAgo = now - 30 * 86_400_000
      const midnight = now - (now % 86_400_000)
      const ids = [things.monitorId, otherThings.monitorId] as ReadonlyArray<string> as ReadonlyArray<MonitorId>
      const span = { level: "1d", from: monthAgo } as const
      const reads: Readonly<Record<string, Effect.Effect<unknown, NotFound, TenantContext>>> = {
        monitors: monitors.list({}, paging),
        found: monitors.list({ search: "shop", status: "down", tag: "shop" }, paging),
        summary: monitors.summary,
        incidents: incidents.list({}, paging),
        channels: channels.list(paging),
        rules: rules.list(paging),
        policies: policies.list(paging),
        schedules: schedules.list(paging),
        rota: schedules.getRota(otherThings.scheduleId as OnCallScheduleId, monthAgo, now),
        members: contacts.listMembers(paging),
        contacts: contacts.get(otherThings.memberId as UserId),
        windows: windows.list(paging),
        windowsBetween: windows.listBetween(monthAgo, now + 30 * 86_400_000, 100),
        silences: silences.list(undefined, paging),
        silencesWaiting: silences.countWaiting,
        log: log.list({}, undefined, 100),
        notification: log.get(otherThings.failedNotificationId as NotificationId),
        why: why.get(otherIncidentId),
        decisions: decisions.list(ids[1]!, paging),
        timeline: why.list(otherIncidentId, paging),
        changes: live.listChangedSince(0, 100),
        pasts: overview.listPasts(ids, { days: midnight, hours: midnight, to: now }),
        daysOfTenant: overview.listDaysOfTenant(monthAgo, now),
        all: overview.countAll(monthAgo, now),
        leastAvailable: overview.listLeastAvailable(monthAgo, now),
        slowest: overview.listSlowest(monthAgo, now),
        incidentCounts: overview.countIncidents(monthAgo, monthAgo),
        steps: history.listSteps(ids[1]!, { ...span, stepMs: 86_400_000, to: now }),
        past: history.getPast(ids[1]!, [span], now),
        simulated: simulations.listMonitors([{ monitorIds: [...ids], tags: [] }], 10),
        // Whatever key is named, also those of other tenants' monitors.
        simulatedChecks: Effect.flatMap(simulations.listMonitors([{ monitorIds: [], tags: [] }], 10), ([monitor]) =>
          Effect.forEach(
            Array.from({ length: 20 }, (_, key) => ({ ...monitor!, key })),
            (any) => simulations.read(any, now - 86_400_000, now + 60_000, true)
          )
        ),
        me: accounts.findMe,
        session: sessions.isActive
      }
      for (const [name, read] of Object.entries(reads)) {
        const before = removed
        const guarded = yield* read.pipe(as(mallory))
        assert.strictEqual(removed, before)
        assert.deepStrictEqual(yield* read.pipe(as(mallory), unguarded), guarded, name)
        assert.isAbove(removed, before, name)
      }
      const found = (yield* reads["simulatedChecks"]!.pipe(as(mallory), unguarded)) as ReadonlyArray<Piece>
      assert.lengthOf(
        found.filter(({ checks }) => checks.length > 0),
        1
      )
      const { total } = yield* monitors.list({}, paging).pipe(as(mallory), unguarded)
      assert.strictEqual(total, 1)
    })
  )

  it.effect("knows nothing by another tenant's id, and changes nothing", () =>
    Effect.gen(function* () {
      const [monitors, incidents, channels, rules] = [
        yield* MonitorRepo,
        yield* IncidentRepo,
        yield* AlertChannelRepo,
        yield* AlertRuleRepo
      ]
      const [checks, heartbeats, notifications] = [yield* CheckRepo, yield* HeartbeatRepo, yield* NotificationRepo]
      const [windows, silences, why] = [yield* MaintenanceWindowRepo, yield* SilenceRepo, yield* IncidentWhyRepo]
      const [history, decisions] = [yield* HistoryRepo, yield* DecisionRepo]
      const [policies, schedules, contacts] = [yield* EscalationPolicyRepo, yield* OnCallRepo, yield* ContactRepo]
      const { alice, mallory, otherThings, things } = yield* Cast
      const now = yield* Clock.currentTimeMillis
      const span = { level: "1d", from: now - 30 * 86_400_000 } as const
      const monitorId = things.monitorId as MonitorId
      const incidentId = things.incidentId as IncidentId
      const channelId = things.channelId as AlertChannelId
      const ruleId = things.ruleId as AlertRuleId
      const policyId = things.policyId as EscalationPolicyId
      const scheduleId = things.scheduleId as OnCallScheduleId
      const memberId = things.memberId as UserId
      const windowId = things.windowId as MaintenanceWindowId
      const silenceId = things.silenceId as SilenceId
      const notificationId = things.failedNotificationId as NotificationId
      const otherIncidentId = otherThings.incidentId as IncidentId
      const everything = Effect.all([
        monitors.get(monitorId),
        checks.list(monitorId, undefined, 10),
        heartbeats.list(monitorId, undefined, 10),
        heartbeats.getToken(monitorId),
        incidents.get(incidentId),
        notifications.listByIncident(incidentId),
        channels.get(channelId),
        rules.get(ruleId),
        policies.get(policyId),
        schedules.get(scheduleId),
        contacts.get(memberId),
        windows.get(windowId),
        silences.get(silenceId),
        notifications.get(notificationId),
        why.get(incidentId)
      ]).pipe(as(alice))
      const before = yield* everything
      const attacks: Readonly<Record<string, Effect.Effect<unknown, { readonly _tag: string }, TenantContext>>> = {
        get: monitors.get(monitorId),
        getWithSecrets: monitors.getWithSecrets(monitorId),
        update: monitors.update(monitorId, ({ monitor }) => Effect.succeed(monitor)),
        pause: monitors.setPaused(monitorId, true),
        remove: monitors.remove(monitorId),
        restore: monitors.restore(monitorId),
        checks: checks.list(monitorId, undefined, 10),
        steps: history.listSteps(monitorId, { ...span, stepMs: 86_400_000, to: now }),
        past: history.getPast(monitorId, [span], now),
        calls: heartbeats.list(monitorId, undefined, 10),
        token: heartbeats.getToken(monitorId),
        rotate: heartbeats.rotate(monitorId),
        call: heartbeats.insert({ tenantId: mallory.context.tenantId, monitorId }, things.heartbeatToken, {
          kind: "fail",
          exitCode: null,
          method: "GET",
          address: "192.0.2.1",
          userAgent: null,
          body: null,
          isTruncated: false
        }),
        incident: incidents.get(incidentId),
        acknowledge: incidents.acknowledge(incidentId),
        resolve: incidents.resolve(incidentId),
        incidentChange: incidents.change(incidentId, { severity: "info" }),
        note: incidents.addNote(incidentId, "mine"),
        merge: incidents.merge(incidentId, otherIncidentId),
        unmerge: incidents.unmerge(incidentId),
        why: why.get(incidentId),
        decisions: decisions.list(monitorId, { page: 1, perPage: 50 }),
        timeline: why.list(incidentId, { page: 1, perPage: 50 }),
        notifications: notifications.listByIncident(incidentId),
        notification: notifications.get(notificationId),
        retry: notifications.retry(notificationId),
        policy: policies.get(policyId),
        policyUpdate: policies.update(policyId, { name: "mine" }),
        policyRemove: policies.remove(policyId),
        policyRestore: policies.restore(policyId),
        schedule: schedules.get(scheduleId),
        scheduleUpdate: schedules.update(scheduleId, { name: "mine" }),
        scheduleRemove: schedules.remove(scheduleId),
        scheduleRestore: schedules.restore(scheduleId),
        standIn: schedules.insertOverride(scheduleId, {
          userId: mallory.context.userId,
          startsAt: now,
          endsAt: now + 1
        }),
        noStandIn: schedules.removeOverride(scheduleId, things.overrideId as OnCallOverrideId),
        rota: schedules.getRota(scheduleId, now, now + 1),
        contacts: contacts.get(memberId),
        contactsReplace: contacts.replace(memberId, []),
        window: windows.get(windowId),
        windowUpdate: windows.update(windowId, Effect.succeed),
        windowRemove: windows.remove(windowId),
        windowRestore: windows.restore(windowId),
        silence: silences.get(silenceId),
        silenceEnd: silences.end(silenceId),
        channel: channels.get(channelId),
        channelUpdate: channels.update(channelId, Effect.succeed),
        channelRemove: channels.remove(channelId),
        channelRestore: channels.restore(channelId),
        rule: rules.get(ruleId),
        ruleUpdate: rules.update(ruleId, { name: "mine" }),
        ruleRemove: rules.remove(ruleId),
        ruleRestore: rules.restore(ruleId)
      }
      for (const [name, attack] of Object.entries(attacks)) {
        const failure = yield* Effect.flip(attack).pipe(as(mallory), unguarded)
        assert.strictEqual(failure._tag, "NotFound", name)
      }
      const values = {
        ...alertRuleDefaults,
        name: "Spy",
        condition: { trigger: "down" } as const,
        scope: { monitorIds: [monitorId], tags: [] }
      }
      const spying = yield* Effect.flip(rules.insert({ ...values, channelIds: [channelId] })).pipe(
        as(mallory),
        unguarded
      )
      assert.lengthOf(spying._tag === "ValidationFailed" ? spying.issues : [], 2)
      const targets = [
        { type: "channel", channelId },
        { type: "user", userId: memberId },
        { type: "schedule", scheduleId }
      ] as const
      const paging = yield* Effect.flip(
        policies.insert({ name: "Spy", steps: [{ waitSeconds: 0, targets }], repeats: 0 })
      ).pipe(as(mallory), unguarded)
      assert.lengthOf(paging.issues, 3)
      const reaching = yield* Effect.flip(contacts.replace(mallory.context.userId, [channelId])).pipe(
        as(mallory),
        unguarded
      )
      assert.strictEqual(reaching._tag, "ValidationFailed")
      const planning = yield* Effect.flip(
        windows.insert({
          name: "Spy",
          startsAt: "2026-11-21T12:00:00Z",
          endsAt: "2026-11-21T13:00:00Z",
          timeZone: "UTC",
          recurrence: null,
          scope: { monitorIds: [monitorId], tags: [] }
        })
      ).pipe(as(mallory), unguarded)
      assert.lengthOf(planning.issues, 1)
      const silencing = yield* Effect.flip(
        silences.insert({
          matchers: [{ field: "monitor", is: "equal", value: monitorId }],
          reason: "Spy",
          startsAt: "2026-11-21T12:00:00Z",
          endsAt: "2026-11-21T13:00:00Z",
          noticeChannelId: channelId
        })
      ).pipe(as(mallory), unguarded)
      assert.lengthOf(silencing.issues, 2)
      const merging = yield* Effect.flip(incidents.merge(otherIncidentId, incidentId)).pipe(as(mallory), unguarded)
      assert.strictEqual(merging._tag, "ValidationFailed")
      const owning = yield* Effect.flip(incidents.change(otherIncidentId, { ownerId: alice.context.userId })).pipe(
        as(mallory),
        unguarded
      )
      assert.strictEqual(owning._tag, "ValidationFailed")
      const depending = yield* Effect.flip(
        monitors.update(otherThings.monitorId as MonitorId, ({ monitor }) =>
          Effect.succeed({ ...monitor, parentIds: [monitorId] })
        )
      ).pipe(as(mallory), unguarded)
      assert.strictEqual(depending._tag, "ValidationFailed")
      assert.deepStrictEqual(yield* everything, before)
    })
  )
})
