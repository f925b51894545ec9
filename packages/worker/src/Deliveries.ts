/** The rows behind deliveries: the outbox, channels with their secrets, the ledger. All SQL here is cross-tenant. */
import { SecretBox } from "@v-insight/database/SecretBox"
import { ChannelSpec } from "@v-insight/domain/channel-types/registry"
import type { NotificationEvent, NotificationStatus, NotificationType } from "@v-insight/domain/model/Notification"
import { Effect, Option, Schema } from "effect"
import * as LimitedSql from "./LimitedSql.ts"

export interface PendingNotification {
  readonly id: string
  readonly tenantId: string
  readonly incidentId: string | null
  readonly channelId: string
  readonly type: NotificationType
  readonly event: NotificationEvent
}

export interface Ledger {
  readonly status: NotificationStatus
  readonly error: string | null
  readonly responseStatus: number | null
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
    /** Pending notifications that the queue does not know yet, oldest first. */
    unrelayed: (limit: number) =>
      // cross-tenant: the outbox of every tenant
      sql<{ id: string; tenantId: string }>`
        SELECT id, tenant_id AS "tenantId"
        FROM notifications
        WHERE relayed_at IS NULL
        ORDER BY created_at
        LIMIT ${limit}`,
    markRelayed: (ids: ReadonlyArray<string>) =>
      // cross-tenant: as above
      sql`
        UPDATE notifications
        SET relayed_at = now()
        WHERE relayed_at IS NULL
          AND id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)`.pipe(Effect.asVoid),
    /** None when it was delivered, given up, or its channel is gone. */
    findPending: (tenantId: string, id: string) =>
      sql<PendingNotification>`
        SELECT id, tenant_id AS "tenantId", incident_id AS "incidentId", channel_id AS "channelId", type, event
        FROM notifications
        WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'pending'`.pipe(
        Effect.map(([row]) => Option.fromUndefinedOr(row))
      ),
    /** The opening of the same incident for the same channel is still under way. */
    isOpeningPending: (notification: PendingNotification) =>
      sql`
        SELECT 1
        FROM notifications
        WHERE tenant_id = ${notification.tenantId} AND incident_id = ${notification.incidentId}
          AND channel_id = ${notification.channelId} AND type = 'incident.opened' AND status = 'pending'`.pipe(
        Effect.map((rows) => rows.length > 0)
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
    /** One attempt was made; `status` is what follows from it. */
    record: (tenantId: string, id: string, { status, error, responseStatus }: Ledger) =>
      sql`
        UPDATE notifications
        SET status = ${status}, attempts = attempts + 1, last_error = ${error}, response_status = ${responseStatus}::integer,
            sent_at = CASE WHEN ${status} = 'sent' THEN now() END
        WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'pending'`.pipe(Effect.asVoid)
  }
})
