/**
 * The people of the tests: Alice owns a tenant, Victor may only look at it, Eve works in it, Mallory owns another and
 * must see nothing of it, Olga is the operator in a tenant of her own. Each is signed in.
 */
import { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { type IncidentEvidence, IncidentId } from "@v-insight/domain/model/Incident"
import type { Role } from "@v-insight/domain/model/Membership"
import type { SessionId } from "@v-insight/domain/model/Session"
import type { TenantId } from "@v-insight/domain/model/Tenant"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { UserId } from "@v-insight/domain/model/User"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { levels } from "@v-insight/domain/rules/rollupPlan"
import { Context, Effect, Layer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { hash, randomBytes } from "node:crypto"
import { lifetimeMs, makeToken } from "../AcknowledgeToken.ts"
import { Keys } from "../Keys.ts"
import { testSecret } from "./constants.ts"
import { TestDatabase } from "./TestDatabase.ts"

export interface Person {
  readonly email: string
  readonly token: string
  readonly context: TenantContext["Service"]
}

/** One of each thing that a tenant can have. */
export interface Things {
  readonly monitorId: string
  readonly incidentId: string
  readonly channelId: string
  readonly ruleId: string
  readonly policyId: string
  readonly scheduleId: string
  /** Who stands in for the schedule. */
  readonly overrideId: string
  /** One of its people. */
  readonly memberId: string
  readonly notificationId: string
  /** It can be tried again. */
  readonly failedNotificationId: string
  readonly windowId: string
  readonly silenceId: string
  /** Of the monitor: it is called, too. */
  readonly heartbeatToken: string
  /** Of a link in a message of the channel: it leads to the incident. */
  readonly acknowledgeToken: string
}

interface People {
  readonly alice: Person
  readonly victor: Person
  readonly eve: Person
  readonly mallory: Person
  readonly olga: Person
  /** Of Alice's tenant. */
  readonly things: Things
  /** Of Mallory's. */
  readonly otherThings: Things
}

export class Cast extends Context.Service<Cast, People>()("@v-insight/database/testing/Cast") {
  static readonly layer = Layer.effect(
    Cast,
    Effect.suspend(() => make)
  ).pipe(Layer.provide(TestDatabase.superuser), Layer.orDie)
}

/** Acts as a person where there is no request. */
export const as = ({ context }: Person) => Effect.provideService(TenantContext, context)

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const tenant = Effect.fnUntraced(function* (name: string) {
    const id = uuidV7Unsafe() as TenantId
    yield* sql`INSERT INTO tenants (id, name) VALUES (${id}, ${name})`
    return id
  })

  const person = Effect.fnUntraced(function* (name: string, tenantId: TenantId, role: Role, isOperator = false) {
    const userId = uuidV7Unsafe() as UserId
    const sessionId = uuidV7Unsafe() as SessionId
    const email = `${name}@${tenantId.slice(-6)}.example`
    const token = randomBytes(32).toString("base64url")
    // Nobody signs in with a password here: tests of sign-in make accounts of their own.
    yield* sql`
      INSERT INTO users (id, email, password_hash, is_operator) VALUES (${userId}, ${email}, 'none', ${isOperator})`
    yield* sql`INSERT INTO memberships (tenant_id, user_id, role) VALUES (${tenantId}, ${userId}, ${role})`
    yield* sql`
      INSERT INTO sessions (tenant_id, id, user_id, token_hash, expires_at)
      VALUES (${tenantId}, ${sessionId}, ${userId}, ${hash("sha256", token, "buffer")}, now() + interval '1 day')`
    return { email, token, context: { tenantId, userId, sessionId, role } }
  })

  const acme = yield* tenant("Acme")
  const umbrella = yield* tenant("Umbrella")
  const house = yield* tenant("House")
  const alice = yield* person("alice", acme, "owner")
  const mallory = yield* person("mallory", umbrella, "owner")
  return {
    alice,
    victor: yield* person("victor", acme, "viewer"),
    eve: yield* person("eve", acme, "editor"),
    mallory,
    olga: yield* person("olga", house, "owner", true),
    things: yield* furnish(sql, acme, alice.context.userId),
    otherThings: yield* furnish(sql, umbrella, mallory.context.userId)
  }
})

/** What the incident was opened with. */
export const evidence: IncidentEvidence = {
  lastGood: { at: "2026-11-21T12:00:00.000Z", traits: { server: "nginx/1.22.1" } },
  firstBad: {
    at: "2026-11-21T12:01:00.000Z",
    traits: { server: "nginx/1.26.0" },
    detail: {
      tlsVersion: "TLSv1.3",
      redirects: [],
      assertions: [],
      traits: { server: "nginx/1.26.0" },
      response: { headers: [["server", "nginx/1.26.0"]], body: "Back soon.", isTruncated: false }
    }
  }
}

/** A monitor that is down since a minute: its check, its open incident, and a channel that was told of it. */
export const furnish = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenantId: TenantId, memberId: UserId) {
  const monitorId = uuidV7Unsafe()
  const incidentId = uuidV7Unsafe()
  const channelId = uuidV7Unsafe()
  const ruleId = uuidV7Unsafe()
  const notificationId = uuidV7Unsafe()
  const heartbeatToken = randomBytes(24).toString("base64url")
  const fingerprint = hash("sha256", monitorId, "buffer")
  yield* sql`
    INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks, tags)
    VALUES (${tenantId}, ${monitorId}, ${bucketOf(monitorId)}, 'Shop', 'http',
      '{"url":"https://shop.example/","method":"GET","headers":{},"expectedStatus":"200-299","followRedirects":true,"ignoreTlsErrors":false}',
      60, 10, 1, 1, '{shop}')`
  yield* sql`
    INSERT INTO monitor_state (tenant_id, monitor_id, last_slot_ms, status, since_ms, failures, is_incident_open,
      checked_at, total_us, http_status, error_code, error_message)
    VALUES (${tenantId}, ${monitorId}, to_millis(now()), 'down', to_millis(now() - interval '1 minute'), 2, true,
      now(), 1234, 503, 'unexpected_status', 'The status is 503, expected 200-299.')`
  yield* sql`
    INSERT INTO monitor_verdicts (tenant_id, monitor_id, status, since_ms, is_incident_open, region)
    VALUES (${tenantId}, ${monitorId}, 'down', to_millis(now() - interval '1 minute'), true, 'default')`
  yield* sql`
    INSERT INTO certificates (tenant_id, fingerprint, subject, issuer, valid_from, valid_to)
    VALUES (${tenantId}, ${fingerprint}, 'CN=shop.example', 'CN=Example CA', now() - interval '1 day', now() + interval '30 days')`
  // The worker makes these ahead of time; in a test nobody has.
  yield* sql`SELECT ensure_check_partitions(current_date, 2)`
  yield* sql`SELECT ensure_rollup_partitions(current_date - 2, 4)`
  yield* sql`
    INSERT INTO check_peers (tenant_key, address, fingerprint)
    SELECT tenant_key, '', ${fingerprint} FROM monitors WHERE id = ${monitorId}`
  yield* sql`
    INSERT INTO monitor_checks (quarter, after_ms, tenant_key, monitor_key, late_ms, peer_key, region_key, http_status, total,
      attempts, status, error_code, error_message, detail)
    SELECT to_millis(now()) / 900000, to_millis(now()) % 900000, m.tenant_key, m.key, 0, p.key, r.key, 503, 1234,
      2, 'd', 'unexpected_status', 'The status is 503, expected 200-299.',
      ${JSON.stringify({ ...evidence.firstBad.detail, response: null })}
    FROM monitors m
    JOIN check_peers p ON p.tenant_key = m.tenant_key
    JOIN regions r ON r.name = 'default'
    WHERE m.id = ${monitorId}`
  yield* sql`
    INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message, evidence)
    VALUES (${tenantId}, ${incidentId}, ${monitorId}, now() - interval '1 minute', 'unexpected_status', 'The status is 503, expected 200-299.',
      ${JSON.stringify(evidence)}::jsonb)`
  yield* sql`
    INSERT INTO alert_channels (tenant_id, id, name, type, settings)
    VALUES (${tenantId}, ${channelId}, 'Pager', 'webhook', '{"url":"https://pager.example/hook"}')`
  yield* sql`INSERT INTO alert_rules (tenant_id, id, name, trigger) VALUES (${tenantId}, ${ruleId}, 'Everything', 'down')`
  yield* sql`
    INSERT INTO alert_rule_channels (tenant_id, alert_rule_id, channel_id) VALUES (${tenantId}, ${ruleId}, ${channelId})`
  yield* sql`
    INSERT INTO alert_rule_monitors (tenant_id, alert_rule_id, monitor_id) VALUES (${tenantId}, ${ruleId}, ${monitorId})`
  yield* sql`
    INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event, status, attempts, sent_at)
    VALUES (${tenantId}, ${notificationId}, ${incidentId}, ${channelId}, 'incident.opened', '{}', 'sent', 1, now())`
  const planned = yield* furnishAlerting(sql, tenantId, {
    monitorId,
    incidentId,
    channelId,
    ruleId,
    notificationId,
    memberId
  })
  const { overrideId, policyId, scheduleId } = yield* furnishOnCall(sql, tenantId, {
    memberId,
    channelId,
    incidentId,
    ruleId
  })
  yield* sql`
    INSERT INTO work_requests (tenant_id, id, kind, monitor_id, expires_at)
    VALUES (${tenantId}, ${uuidV7Unsafe()}, 'run', ${monitorId}, now() + interval '1 minute')`
  yield* sql`
    INSERT INTO heartbeat_tokens (tenant_id, monitor_id, token) VALUES (${tenantId}, ${monitorId}, ${heartbeatToken})`
  yield* sql`
    INSERT INTO heartbeat_state (tenant_id, monitor_id, calls, last_call_at, last_kind, last_success_at, last_outcome)
    VALUES (${tenantId}, ${monitorId}, 1, now(), 'success', now(), 'success')`
  yield* sql`
    INSERT INTO heartbeats (tenant_id, monitor_id, number, received_at, kind, method, address)
    VALUES (${tenantId}, ${monitorId}, 1, now(), 'success', 'GET', '192.0.2.1')`
  for (const { name, windowMs } of levels) {
    yield* sql`
      INSERT INTO ${sql(`monitor_rollups_${name}`)} (tenant_key, monitor_key, period, region_key, dns, connect, tls, first_byte,
        transfer, total, expected, up, degraded, down, unknown, maintenance, timed, histogram)
      SELECT m.tenant_key, m.key, to_millis(now() - interval '2 days') / ${windowMs}, r.key, 0, 0, 0, 0, 0, 1234, 5, 4, 0, 1, 0, 0, 4,
        '\\xca4b'
      FROM monitors m
      JOIN regions r ON r.name = 'default'
      WHERE m.id = ${monitorId}`
  }
  return {
    monitorId,
    incidentId,
    channelId,
    ruleId,
    policyId,
    scheduleId,
    overrideId,
    memberId,
    notificationId,
    ...planned,
    heartbeatToken,
    acknowledgeToken: makeToken(
      Keys.fromSecret(testSecret),
      {
        tenantId,
        incidentId: IncidentId.make(incidentId),
        channelId: AlertChannelId.make(channelId)
      },
      Date.now() + lifetimeMs
    )
  } satisfies Things
})

/** What was decided, done and planned, and a message that did not arrive. */
const furnishAlerting = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenantId: TenantId,
  named: Pick<Things, "monitorId" | "incidentId" | "channelId" | "ruleId" | "notificationId" | "memberId">
) {
  const { channelId, incidentId, memberId, monitorId, notificationId, ruleId } = named
  const ids = {
    failedNotificationId: uuidV7Unsafe(),
    windowId: uuidV7Unsafe(),
    silenceId: uuidV7Unsafe()
  }
  const groupId = uuidV7Unsafe()
  const parentId = uuidV7Unsafe()
  // As it was written before incidents had triggers and severities.
  const event = {
    type: "incident.repeated",
    timestamp: "2026-11-21T12:00:00.000Z",
    data: {
      incident: {
        id: incidentId,
        status: "open",
        startedAt: "2026-11-21T12:00:00.000Z",
        resolvedAt: null,
        cause: { code: "unexpected_status", message: "The status is 503, expected 200-299." }
      },
      monitor: { id: monitorId, name: "Shop", type: "http", tags: ["shop"] },
      check: null
    }
  }
  const reasons = [{ code: "confirmed", message: "2 tries in a row failed: The status is 503, expected 200-299." }]
  yield* sql`
    INSERT INTO incident_groups (tenant_id, id, key, opened_at) VALUES (${tenantId}, ${groupId}, 'tag:shop', now())`
  yield* sql`UPDATE incidents SET group_id = ${groupId} WHERE tenant_id = ${tenantId} AND id = ${incidentId}`
  yield* sql`
    INSERT INTO decisions (tenant_id, id, monitor_id, incident_id, kind, decided_at, reasons, record)
    VALUES (${tenantId}, ${uuidV7Unsafe()}, ${monitorId}, ${incidentId}, 'went-down', now() - interval '1 minute',
      ${JSON.stringify(reasons)}::jsonb, '{}')`
  yield* sql`
    INSERT INTO incident_events (tenant_id, id, incident_id, kind, user_id, message)
    VALUES (${tenantId}, ${uuidV7Unsafe()}, ${incidentId}, 'note', ${memberId}, 'Somebody looks at it.')`
  yield* sql`
    INSERT INTO notifications (tenant_id, id, incident_id, channel_id, rule_id, type, event, status, attempts, last_error, relayed_at)
    VALUES (${tenantId}, ${ids.failedNotificationId}, ${incidentId}, ${channelId}, ${ruleId}, 'incident.repeated', ${JSON.stringify(event)}, 'failed', 9,
      'The receiver answered 500.', now())`
  yield* sql`
    INSERT INTO delivery_attempts (tenant_id, id, notification_id, attempt, attempted_at, duration_ms, response_status)
    VALUES (${tenantId}, ${uuidV7Unsafe()}, ${notificationId}, 1, now(), 12, 200)`
  yield* sql`
    INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations,
      recovery_checks, updated_at, deleted_at)
    VALUES (${tenantId}, ${parentId}, ${bucketOf(parentId)}, 'Router', 'ping', '{"host":"router.example"}', 60, 10, 1, 1,
      now() - interval '1 day', now() - interval '1 day')`
  yield* sql`
    INSERT INTO monitor_parents (tenant_id, monitor_id, parent_id) VALUES (${tenantId}, ${monitorId}, ${parentId})`
  yield* sql`
    INSERT INTO maintenance_windows (tenant_id, id, name, starts_at, ends_at, time_zone, tags)
    VALUES (${tenantId}, ${ids.windowId}, 'Move', now() + interval '1 day', now() + interval '25 hours', 'Europe/Berlin', '{shop}')`
  yield* sql`
    INSERT INTO silences (tenant_id, id, matchers, reason, starts_at, ends_at, created_by)
    VALUES (${tenantId}, ${ids.silenceId}, '[{"field":"tag","is":"equal","value":"quiet"}]', 'Known', now() - interval '1 hour',
      now() + interval '1 day', ${memberId})`
  return ids
})

/** The member is on call, somebody stands in now, and the incident is escalated to both. */
const furnishOnCall = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenantId: TenantId,
  { channelId, incidentId, memberId, ruleId }: Pick<Things, "channelId" | "incidentId" | "memberId" | "ruleId">
) {
  const policyId = uuidV7Unsafe()
  const scheduleId = uuidV7Unsafe()
  const overrideId = uuidV7Unsafe()
  const layers = [
    {
      name: "Primary",
      userIds: [memberId],
      startsAt: "2026-01-05T08:00:00.000Z",
      turn: { unit: "week", count: 1 },
      hours: null
    }
  ]
  const steps = [{ waitSeconds: 300, targets: [{ type: "schedule", scheduleId }] }]
  yield* sql`
    INSERT INTO on_call_schedules (tenant_id, id, name, time_zone, layers)
    VALUES (${tenantId}, ${scheduleId}, 'Primary', 'Europe/Berlin', ${JSON.stringify(layers)}::jsonb)`
  yield* sql`
    INSERT INTO on_call_overrides (tenant_id, id, schedule_id, user_id, starts_at, ends_at)
    VALUES (${tenantId}, ${overrideId}, ${scheduleId}, ${memberId}, now(), now() + interval '1 day')`
  yield* sql`
    INSERT INTO user_contacts (tenant_id, user_id, channel_id) VALUES (${tenantId}, ${memberId}, ${channelId})`
  yield* sql`
    INSERT INTO escalation_policies (tenant_id, id, name, steps, repeats)
    VALUES (${tenantId}, ${policyId}, 'Wake somebody', ${JSON.stringify(steps)}::jsonb, 0)`
  yield* sql`
    INSERT INTO escalations (tenant_id, incident_id, policy_id, rule_id, starts_at)
    VALUES (${tenantId}, ${incidentId}, ${policyId}, ${ruleId}, now())`
  return { overrideId, policyId, scheduleId }
})
