/** The delivery ledger: what is to be delivered where, and every attempt with what came of it. All SQL here is cross-tenant. */
import { SecretBox } from "@v-insight/database/SecretBox"
import { ChannelSpec } from "@v-insight/domain/channel-types/registry"
import type { StormBudget } from "@v-insight/domain/model/AlertChannel"
import type { CheckError } from "@v-insight/domain/model/CheckOutcome"
import type { NotificationEvent, NotificationType } from "@v-insight/domain/model/Notification"
import { Effect, Option, Schema } from "effect"
import * as LimitedSql from "../sql/LimitedSql.ts"

/** Of an incident: nobody wants to hear of it more often. */
const maxRepeats = 100
/** Of what a receiver answered, bytes. */
const keptAnswerBytes = 2048
const keptErrorLength = 500

export interface Delivery {
  readonly id: string
  readonly tenantId: string
  readonly channelId: string
  readonly type: NotificationType
  /** Of a digest, messages that went before under the same id. */
  readonly sequence: number
  /** Made before this one. */
  readonly attempts: number
  /** Epoch ms: when it was handed on; whoever was handed it at another time is not meant. */
  readonly relayedAt: number
  /** Epoch ms: since when it is tried in vain; null: it has not been tried. */
  readonly failingSince: number | null
  readonly budget: StormBudget
  readonly event: NotificationEvent
}

export type Verdict =
  | { readonly status: "sent" }
  /** Not before `at`, epoch milliseconds. */
  | { readonly status: "pending"; readonly at: number }
  | { readonly status: "failed" }

export interface Attempt {
  /** Epoch milliseconds. */
  readonly attemptedAt: number
  readonly durationMs: number
  readonly responseStatus: number | null
  readonly answer: string | null
  readonly error: CheckError | null
}

interface ChannelRow {
  readonly type: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Uint8Array | null
  readonly enabled: boolean
}

const decodeSpec = Schema.decodeUnknownEffect(ChannelSpec)

export const make = Effect.gen(function* () {
  const sql = yield* LimitedSql.make()
  const box = yield* SecretBox

  return {
    /** None when it was delivered or given up, or was handed on anew since. */
    findDue: (tenantId: string, id: string, relayedAt: number) =>
      sql<Delivery>`
        SELECT n.id, n.tenant_id AS "tenantId", n.channel_id AS "channelId", n.type, n.sequence, n.attempts, n.event,
          to_millis(n.relayed_at)::float8 AS "relayedAt",
          json_build_object('messages', c.budget_messages, 'seconds', c.budget_seconds) AS budget,
          (SELECT to_millis(min(a.attempted_at))::float8 FROM delivery_attempts a
           WHERE a.tenant_id = n.tenant_id AND a.notification_id = n.id
             AND a.attempted_at > coalesce(n.sent_at, '-infinity')) AS "failingSince"
        FROM notifications n
        JOIN alert_channels c ON c.tenant_id = n.tenant_id AND c.id = n.channel_id
        WHERE n.tenant_id = ${tenantId} AND n.id = ${id} AND n.status = 'pending'
          AND n.relayed_at = from_millis(${relayedAt}::bigint)`.pipe(
        Effect.map(([row]) => Option.fromUndefinedOr(row))
      ),

    /** The channel's settings with its secrets, and whether it wants messages; none when it was removed. */
    findChannel: Effect.fnUntraced(function* (tenantId: string, channelId: string) {
      const [row] = yield* sql<ChannelRow>`
        SELECT type, settings, secrets, enabled
        FROM alert_channels
        WHERE tenant_id = ${tenantId} AND id = ${channelId} AND deleted_at IS NULL`
      if (row === undefined) return Option.none()
      const secrets = row.secrets === null ? {} : yield* box.open(row.secrets, { tenantId, rowId: channelId })
      return yield* decodeSpec({ type: row.type, settings: { ...row.settings, ...secrets } }).pipe(
        Effect.map((spec) => ({ spec, isEnabled: row.enabled })),
        Effect.option
      )
    }),

    /**
     * One attempt was made, and this follows from it, in one statement: repeating it changes nothing. What waits for this
     * one may go now; an opening that nobody has acknowledged is repeated if its rule wants that. A digest that was told
     * is looked at again at `lookAt`. Answers whether anything is due anew.
     */
    record: (delivery: Delivery, attempt: Attempt, verdict: Verdict, lookAt: number) => {
      const { attempts, id, tenantId } = delivery
      const { answer, attemptedAt, durationMs, error, responseStatus } = attempt
      const isOpenDigest = delivery.type === "digest" && verdict.status === "sent"
      const dueAt = verdict.status === "pending" ? verdict.at : isOpenDigest ? lookAt : null
      const endedAt = attemptedAt + durationMs
      return sql<{ due: number }>`
        WITH recorded AS (
          UPDATE notifications
          SET status = ${verdict.status}, attempts = attempts + 1, last_error = ${error?.message.slice(0, keptErrorLength) ?? null},
            response_status = ${responseStatus}::integer,
            sent_at = CASE WHEN ${verdict.status} = 'sent' THEN from_millis(${endedAt}::bigint)
                           WHEN type = 'digest' THEN sent_at END,
            due_at = coalesce(from_millis(${dueAt}::bigint), due_at),
            relayed_at = CASE WHEN ${dueAt}::bigint IS NULL THEN relayed_at END
          WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'pending' AND attempts = ${attempts}
          RETURNING tenant_id, id, incident_id, channel_id, rule_id, type, sequence, event
        ), attempted AS (
          INSERT INTO delivery_attempts (tenant_id, id, notification_id, attempt, attempted_at, duration_ms, response_status,
            answer, error_code, error_message)
          SELECT tenant_id, uuid_v7(), id, ${attempts + 1}, from_millis(${attemptedAt}::bigint), ${durationMs},
            ${responseStatus}::integer, ${clip(answer)}, ${error?.code ?? null}, ${error?.message ?? null}
          FROM recorded
        ), released AS (
          UPDATE notifications n
          SET due_at = from_millis(${endedAt}::bigint)
          FROM recorded r
          WHERE ${verdict.status} <> 'pending'
            -- by the incident, however many the channel has (Outbox.ts)
            AND n.tenant_id = r.tenant_id AND n.incident_id = r.incident_id AND n.channel_id IS NOT DISTINCT FROM r.channel_id
            AND n.id <> r.id
            AND n.status = 'pending' AND n.relayed_at IS NULL AND n.reasons -> -1 ->> 'code' = 'turn'
          RETURNING n.id
        ), repeated AS (
          INSERT INTO notifications (tenant_id, id, incident_id, channel_id, rule_id, type, sequence, due_at, event)
          SELECT r.tenant_id, uuid_v7(), r.incident_id, r.channel_id, r.rule_id, 'incident.repeated', greatest(r.sequence, others.last) + 1,
            at.due, (r.event::jsonb || jsonb_build_object('type', 'incident.repeated', 'timestamp', rfc3339(at.due)))::json
          FROM recorded r
          JOIN alert_rules ru ON ru.tenant_id = r.tenant_id AND ru.id = r.rule_id
          JOIN incidents i ON i.tenant_id = r.tenant_id AND i.id = r.incident_id
          CROSS JOIN LATERAL (SELECT from_millis(${endedAt}::bigint) + make_interval(secs => ru.repeat_seconds) AS due) at
          CROSS JOIN LATERAL (
            SELECT coalesce(max(o.sequence), 0) AS last, coalesce(bool_or(o.status = 'pending'), false) AS "isWaiting"
            FROM notifications o
            WHERE o.tenant_id = r.tenant_id AND o.incident_id = r.incident_id
              AND o.channel_id IS NOT DISTINCT FROM r.channel_id
              AND o.type = 'incident.repeated' AND o.id <> r.id) others
          WHERE ${verdict.status} = 'sent' AND r.type IN ('incident.opened', 'incident.repeated') AND greatest(r.sequence, others.last) < ${maxRepeats} AND NOT others."isWaiting"
            AND ru.repeat_seconds IS NOT NULL AND ru.enabled AND ru.deleted_at IS NULL
            AND i.resolved_at IS NULL AND i.acknowledged_at IS NULL
          ON CONFLICT (tenant_id, incident_id, channel_id, type, sequence) DO NOTHING
          RETURNING id
        )
        SELECT ((SELECT count(*) FROM released) + (SELECT count(*) FROM repeated))::integer AS due`.pipe(
        Effect.map(([row]) => row!.due > 0 || dueAt !== null)
      )
    }
  }
})

/** At most so many bytes, whole characters. PostgreSQL keeps any text but NUL. */
const clip = (answer: string | null): string | null => {
  if (answer === null) return null
  const text = answer.replaceAll("\0", "\u{fffd}")
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= keptAnswerBytes) return text
  return new TextDecoder().decode(bytes.subarray(0, keptAnswerBytes)).replace(/\u{fffd}+$/u, "")
}
