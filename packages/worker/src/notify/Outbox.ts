/**
 * The outbox: messages that are due and not handed on, with what is to be known of them, and what was decided. All SQL
 * here is cross-tenant.
 */
import { byHandCode, type Earlier, worsenedCode } from "@v-insight/domain/rules/dispatch"
import type { ActiveHours } from "@v-insight/domain/model/ActiveHours"
import type { QuietHours } from "@v-insight/domain/model/AlertChannel"
import type { NotificationType } from "@v-insight/domain/model/Notification"
import type { Reason } from "@v-insight/domain/model/Reason"
import type { SilenceMatcher } from "@v-insight/domain/model/Silence"
import type { SilenceSubject } from "@v-insight/domain/rules/silences"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"

/** Messages that are decided on in one transaction. */
export const batchSize = 500
/** Among so many, the longest due, tenants have their turns. With 20,000 due, 500 take 75 ms, as without turns. */
const maxLookedAt = 20_000
/** Of a tenant, at once. */
const maxSilences = 1000
/** A worker that freezes in the middle must not keep the others from telling anybody, milliseconds. */
const longestMs = 10_000

export interface DueRow {
  readonly id: string
  readonly tenantId: string
  readonly channelId: string
  readonly type: NotificationType
  readonly status: "pending" | "sent"
  readonly sequence: number
  readonly attempts: number
  readonly dueAt: number
  readonly isByHand: boolean
  readonly isWorse: boolean
  readonly lastReason: Reason | null
  /** Null: of no incident. */
  readonly incident: {
    readonly status: "open" | "acknowledged" | "resolved"
    readonly resolvedAt: number | null
    readonly isMerged: boolean
    readonly subject: SilenceSubject
  } | null
  readonly rule: { readonly isInForce: boolean; readonly activeHours: ActiveHours | null } | null
  readonly parentDown: string | null
  readonly earlier: Earlier
  /** Of an earlier message that was digested, where it went. */
  readonly digestId: string | null
}

export interface ChannelRow {
  readonly id: string
  readonly quietHours: QuietHours | null
  readonly messages: number
  readonly seconds: number
  /** Messages handed on within the budget's window, without digests. */
  readonly told: number
  /** Of the newest digest that may still change. */
  readonly digestId: string | null
  /** The newest message of a digest; null: there was none. Epoch ms. */
  readonly digestToldAt: number | null
}

export interface SilenceRow {
  readonly tenantId: string
  readonly matchers: ReadonlyArray<SilenceMatcher>
  readonly reason: string
  readonly startsAt: number
  readonly endsAt: number
}

export interface Decided {
  readonly tenant_id: string
  readonly id: string
  readonly status: "pending" | "suppressed" | "digested" | "sent"
  /** Epoch ms; null: it stays. */
  readonly due_at: number | null
  readonly is_relayed: boolean
  /** Null: none that is new. */
  readonly reason: (Reason & { readonly at: string }) | null
  readonly digest_id: string | null
}

export const make = (sql: SqlClient.SqlClient) => ({
  /** One worker decides at a time, so that budgets hold; until the transaction's end. */
  lock: sql<{ isMine: boolean }>`
    SELECT pg_try_advisory_xact_lock(hashtext('v-insight dispatch')) AS "isMine",
      set_config('statement_timeout', ${String(longestMs)}, true),
      set_config('idle_in_transaction_session_timeout', ${String(longestMs)}, true)`.pipe(
    Effect.map(([row]) => row!.isMine)
  ),

  /**
   * The longest due first, of each tenant as many: what one workspace has by the ten thousand keeps nobody else's message
   * waiting. A digest that was told stays here until it is closed. Earlier messages of the same incident to
   * the same channel are under way as long as they are due or were tried: 500 rows with all of this take some 15 ms.
   */
  takeDue: (now: number) =>
    sql<DueRow>`
      WITH longest AS (
        SELECT tenant_id, id, type, due_at
        FROM notifications
        WHERE relayed_at IS NULL AND due_at <= from_millis(${now}::bigint) AND (status = 'pending' OR type = 'digest')
        ORDER BY due_at
        LIMIT ${maxLookedAt}
      ), chosen AS (
        SELECT tenant_id, id
        FROM (SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY due_at) AS place FROM longest) numbered
        -- a digest waits for all messages anyway
        ORDER BY type = 'digest', place, due_at
        LIMIT ${batchSize}
      ), due AS (
        SELECT n.*
        FROM chosen c
        JOIN notifications n ON n.tenant_id = c.tenant_id AND n.id = c.id
        WHERE n.relayed_at IS NULL
        FOR UPDATE OF n SKIP LOCKED
      )
      SELECT n.id, n.tenant_id AS "tenantId", n.channel_id AS "channelId", n.type, n.status, n.sequence, n.attempts,
        to_millis(n.due_at)::float8 AS "dueAt", coalesce(n.reasons -> -1 ->> 'code' = ${byHandCode}, false) AS "isByHand",
        n.reasons -> -1 AS "lastReason", coalesce(n.reasons -> 0 ->> 'code' = ${worsenedCode}, false) AS "isWorse",
        CASE WHEN i.id IS NOT NULL THEN json_build_object(
          'status', CASE WHEN i.resolved_at IS NOT NULL THEN 'resolved'
                         WHEN i.acknowledged_at IS NOT NULL THEN 'acknowledged' ELSE 'open' END,
          'resolvedAt', to_millis(i.resolved_at), 'isMerged', i.merged_into_id IS NOT NULL,
          'subject', json_build_object('monitorId', mo.id, 'monitorType', mo.type, 'tags', to_json(mo.tags),
            'trigger', i.trigger, 'severity', i.severity, 'cause', i.cause_code)) END AS incident,
        CASE WHEN ru.id IS NOT NULL THEN json_build_object(
          'isInForce', ru.enabled AND ru.deleted_at IS NULL, 'activeHours', ru.active_hours) END AS rule,
        -- from the monitor's parents on, whatever the planner believes of a storm: from the tenant's open incidents on, 500
        -- rows took 5 s where 2,000 are open
        (SELECT p.name
         FROM (SELECT * FROM monitor_parents WHERE tenant_id = n.tenant_id AND monitor_id = i.monitor_id OFFSET 0) mp
         JOIN monitors p ON p.tenant_id = mp.tenant_id AND p.id = mp.parent_id
         WHERE (SELECT true FROM incidents pi
                WHERE pi.tenant_id = mp.tenant_id AND pi.monitor_id = mp.parent_id AND pi.trigger = 'down' AND pi.resolved_at IS NULL
                LIMIT 1)
         ORDER BY p.name
         LIMIT 1) AS "parentDown",
        coalesce(e.earlier, 'none') AS earlier, e.digest_id AS "digestId"
      FROM due n
      LEFT JOIN incidents i ON i.tenant_id = n.tenant_id AND i.id = n.incident_id
      LEFT JOIN monitors mo ON mo.tenant_id = i.tenant_id AND mo.id = i.monitor_id
      LEFT JOIN alert_rules ru ON ru.tenant_id = n.tenant_id AND ru.id = n.rule_id
      LEFT JOIN LATERAL (
        SELECT CASE
            WHEN bool_or(o.status = 'pending' AND (o.relayed_at IS NOT NULL OR o.attempts > 0
              OR o.due_at <= from_millis(${now}::bigint))) THEN 'under_way'
            WHEN bool_or(o.status IN ('sent', 'failed')) THEN 'told'
            WHEN bool_or(o.status = 'digested') THEN 'digested'
            WHEN count(*) > 0 THEN 'untold' END AS earlier,
          (array_agg(o.digest_id ORDER BY o.created_at DESC) FILTER (WHERE o.status = 'digested'))[1] AS digest_id
        FROM notifications o
        -- not "=": in a storm, of which there are no statistics yet, all of the channel's rows might be gone through for each
        WHERE o.tenant_id = n.tenant_id AND o.incident_id = n.incident_id AND o.channel_id IS NOT DISTINCT FROM n.channel_id
          AND o.id <> n.id
          -- of what follows an opening, one does not wait for the other
          AND (o.type = 'incident.opened' OR (n.type = 'incident.resolved' AND o.type <> 'incident.resolved'))
      ) e ON n.incident_id IS NOT NULL
      ORDER BY n.due_at`,

  channelsOf: (ids: ReadonlyArray<string>, now: number) =>
    sql<ChannelRow>`
      SELECT c.id, c.quiet_hours AS "quietHours", c.budget_messages AS messages, c.budget_seconds AS seconds,
        (SELECT count(*)::integer FROM notifications n
         WHERE n.tenant_id = c.tenant_id AND n.channel_id = c.id
           AND n.relayed_at > from_millis(${now}::bigint) - make_interval(secs => c.budget_seconds)
           AND n.status IN ('pending', 'sent', 'failed') AND n.type <> 'digest') AS told,
        d.id AS "digestId", to_millis(d.told_at)::float8 AS "digestToldAt"
      FROM alert_channels c
      LEFT JOIN LATERAL (
        SELECT CASE WHEN n.status = 'pending' OR n.relayed_at IS NULL THEN n.id END AS id, n.sent_at AS told_at
        FROM notifications n
        WHERE n.tenant_id = c.tenant_id AND n.channel_id = c.id AND n.type = 'digest'
        ORDER BY n.created_at DESC
        LIMIT 1
      ) d ON true
      WHERE (c.tenant_id, c.id) IN (
        SELECT (x ->> 0)::uuid, (x ->> 1)::uuid FROM jsonb_array_elements(${JSON.stringify(ids.map((id) => id.split(" ")))}::jsonb) x)`,

  silencesOf: (tenantIds: ReadonlyArray<string>, now: number) =>
    sql<SilenceRow>`
      SELECT s.tenant_id AS "tenantId", s.matchers, s.reason, to_millis(s.starts_at)::float8 AS "startsAt",
        to_millis(s.ends_at)::float8 AS "endsAt"
      FROM (SELECT jsonb_array_elements_text(${JSON.stringify(tenantIds)}::jsonb)::uuid AS id) t
      CROSS JOIN LATERAL (
        SELECT *
        FROM silences
        WHERE tenant_id = t.id AND starts_at <= from_millis(${now}::bigint) AND ends_at > from_millis(${now}::bigint)
        ORDER BY ends_at DESC
        LIMIT ${maxSilences}) s`,

  write: (decided: ReadonlyArray<Decided>, now: number) =>
    sql`
      UPDATE notifications n
      SET status = d.status,
        due_at = coalesce(from_millis(d.due_at), n.due_at),
        relayed_at = CASE WHEN d.is_relayed THEN from_millis(${now}::bigint) END,
        reasons = CASE WHEN d.reason IS NULL THEN n.reasons ELSE n.reasons || d.reason END,
        digest_id = coalesce(d.digest_id, n.digest_id)
      FROM jsonb_to_recordset(${JSON.stringify(decided)}::jsonb)
        AS d(tenant_id uuid, id uuid, status text, due_at bigint, is_relayed boolean, reason jsonb, digest_id uuid)
      WHERE n.tenant_id = d.tenant_id AND n.id = d.id`.pipe(Effect.asVoid),

  /** What waits for messages that will not be told need not wait. */
  release: (decided: ReadonlyArray<Decided>, now: number) =>
    sql`
      UPDATE notifications n
      SET due_at = from_millis(${now}::bigint)
      FROM jsonb_to_recordset(${JSON.stringify(decided.map(({ id, tenant_id }) => ({ id, tenant_id })))}::jsonb)
        AS d(tenant_id uuid, id uuid)
      JOIN notifications o ON o.tenant_id = d.tenant_id AND o.id = d.id
      -- by the incident, as above
      WHERE n.tenant_id = o.tenant_id AND n.incident_id = o.incident_id AND n.channel_id IS NOT DISTINCT FROM o.channel_id
        AND n.id <> o.id
        AND n.status = 'pending' AND n.relayed_at IS NULL AND n.reasons -> -1 ->> 'code' = 'turn'`.pipe(Effect.asVoid),

  /** When there is something to do next, epoch ms: a message, or a silence whose end is to be told; null: never. */
  nextDue: sql<{ at: number | null }>`
    SELECT to_millis(least(
      (SELECT min(due_at) FROM notifications WHERE relayed_at IS NULL),
      (SELECT min(ends_at) FROM silences WHERE notice_channel_id IS NOT NULL AND noticed_at IS NULL)))::float8 AS at`.pipe(
    Effect.map(([row]) => row!.at)
  ),

  /** Tells of silences that have ended, once, whoever asked for that. */
  noticeSilences: (now: number) =>
    sql`
      WITH ended AS (
        UPDATE silences
        SET noticed_at = from_millis(${now}::bigint)
        WHERE ends_at <= from_millis(${now}::bigint) AND notice_channel_id IS NOT NULL AND noticed_at IS NULL
        RETURNING tenant_id, notice_channel_id, reason, ends_at
      )
      INSERT INTO notifications (tenant_id, id, channel_id, type, due_at, event)
      SELECT tenant_id, uuid_v7(), notice_channel_id, 'silence.ended', from_millis(${now}::bigint),
        json_build_object('type', 'silence.ended', 'timestamp', rfc3339(ends_at), 'data', json_build_object(
          'incident', NULL, 'monitor', NULL, 'check', NULL,
          'silence', json_build_object('reason', reason, 'endsAt', rfc3339(ends_at))))
      FROM ended`.pipe(Effect.asVoid),

  /** Channels with something that was handed on so long ago, ms, that nobody may be delivering it any more. */
  lanesLeft: (before: number) =>
    sql<{ tenantId: string; channelId: string }>`
      SELECT DISTINCT tenant_id AS "tenantId", channel_id AS "channelId"
      FROM notifications
      WHERE status = 'pending' AND relayed_at <= from_millis(${before}::bigint)`
})
