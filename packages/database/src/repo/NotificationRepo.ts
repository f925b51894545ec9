/** The delivery ledger: who was told of what, when, whether it arrived, and who was not told, and why. */
import { Conflict, NotFound } from "@v-insight/domain/api/Failures"
import type { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import type { IncidentId } from "@v-insight/domain/model/Incident"
import type {
  DeliveryAttempt,
  Notification,
  NotificationEvent,
  NotificationId,
  NotificationReport,
  NotificationStatus
} from "@v-insight/domain/model/Notification"
import { byHandCode } from "@v-insight/domain/rules/dispatch"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { memberName } from "./incidentActs.ts"
import { rfc3339 } from "./instant.ts"
import { toError } from "./monitorView.ts"
import { notificationColumnsOf } from "./notificationView.ts"

/** Of an incident: its turns, repeats and escalation, at the channels that rules can name. */
const maxListed = 500
/** Attempts of one notification: retries end before, retries by hand add to them until then, each with its reasons. */
const maxDeliveries = 200

export interface NotificationFilter {
  readonly channelId?: AlertChannelId | undefined
  readonly incidentId?: IncidentId | undefined
  readonly status?: NotificationStatus | undefined
  /** Epoch ms: written from `from` on and before `to`. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Where a stretch of the log ended: microseconds, and the id of the last one. */
export interface NotificationCursor {
  readonly createdAtUs: number
  readonly id: string
}

export interface NotificationStretch {
  readonly items: ReadonlyArray<Notification>
  readonly next: NotificationCursor | undefined
}

export class NotificationRepo extends Context.Service<
  NotificationRepo,
  {
    readonly listByIncident: (id: IncidentId) => Effect.Effect<ReadonlyArray<Notification>, NotFound, TenantContext>
    /** The newest first. */
    readonly list: (
      filter: NotificationFilter,
      after: NotificationCursor | undefined,
      limit: number
    ) => Effect.Effect<NotificationStretch, never, TenantContext>
    /** With its event and every attempt. */
    readonly get: (id: NotificationId) => Effect.Effect<NotificationReport, NotFound, TenantContext>
    /** Tries one again, now, that failed or was not to be told. */
    readonly retry: (id: NotificationId) => Effect.Effect<Notification, NotFound | Conflict, TenantContext>
  }
>()("@v-insight/database/repo/NotificationRepo") {
  static readonly layer = Layer.effect(
    NotificationRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const columns = sql.literal(notificationColumnsOf)
  const nameOf = memberName(sql)

  const getIn = Effect.fnUntraced(function* (tenantId: string, id: NotificationId) {
    const [row] = yield* sql<Notification>`SELECT ${columns} WHERE n.tenant_id = ${tenantId} AND n.id = ${id}`
    return row === undefined ? yield* noNotification : row
  })

  return NotificationRepo.of({
    listByIncident: Effect.fn("NotificationRepo.listByIncident")((id) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const known = yield* sql`SELECT 1 FROM incidents WHERE tenant_id = ${tenantId} AND id = ${id}`
          if (known.length === 0) return yield* new NotFound({ message: "There is no such incident." })
          return yield* sql<Notification>`
            SELECT ${columns}
            WHERE n.tenant_id = ${tenantId} AND n.incident_id = ${id}
            ORDER BY n.created_at, n.id
            LIMIT ${maxListed}`
        })
      )
    ),
    list: Effect.fn("NotificationRepo.list")((filter, after, limit) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const conditions = sql.and([
            sql`n.tenant_id = ${tenantId}`,
            ...(filter.channelId === undefined ? [] : [sql`n.channel_id = ${filter.channelId}`]),
            ...(filter.incidentId === undefined ? [] : [sql`n.incident_id = ${filter.incidentId}`]),
            ...(filter.status === undefined ? [] : [sql`n.status = ${filter.status}`]),
            ...(filter.from === undefined ? [] : [sql`n.created_at >= ${rfc3339(filter.from)}::timestamptz`]),
            ...(filter.to === undefined ? [] : [sql`n.created_at < ${rfc3339(filter.to)}::timestamptz`]),
            ...(after === undefined
              ? []
              : [
                  sql`(n.created_at, n.id) < ('epoch'::timestamptz + ${after.createdAtUs}::float8 * interval '1 microsecond', ${after.id}::uuid)`
                ])
          ])
          // One more than wanted tells whether there are more.
          const rows = yield* sql<Notification & { readonly createdAtUs: number }>`
            SELECT (extract(epoch FROM n.created_at) * 1000000)::float8 AS "createdAtUs", ${columns}
            WHERE ${conditions}
            ORDER BY n.created_at DESC, n.id DESC
            LIMIT ${limit + 1}`
          const last = rows.length > limit ? rows[limit - 1] : undefined
          return {
            items: rows.slice(0, limit).map((row): Notification => {
              const { createdAtUs: _, ...notification } = row
              return notification
            }),
            next: last && { createdAtUs: last.createdAtUs, id: last.id }
          }
        })
      )
    ),
    get: Effect.fn("NotificationRepo.get")((id) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const notification = yield* getIn(tenantId, id)
          const [row] = yield* sql<{ event: NotificationEvent }>`
            SELECT event FROM notifications WHERE tenant_id = ${tenantId} AND id = ${id}`
          const deliveries = yield* sql<DeliveryRow>`
            SELECT attempt, rfc3339(attempted_at) AS "attemptedAt", duration_ms AS "durationMs",
              response_status AS "responseStatus", answer, error_code AS "errorCode", error_message AS "errorMessage"
            FROM delivery_attempts
            WHERE tenant_id = ${tenantId} AND notification_id = ${id}
            ORDER BY attempted_at, attempt
            LIMIT ${maxDeliveries}`
          return { ...notification, event: complete(row!.event), deliveries: deliveries.map(toDelivery) }
        })
      )
    ),
    retry: Effect.fn("NotificationRepo.retry")(function* (id) {
      const { userId } = yield* TenantContext
      const now = yield* Clock.currentTimeMillis
      return yield* scoped(
        Effect.fnUntraced(function* (tenantId) {
          const { attempts, status } = yield* getIn(tenantId, id)
          if (attempts >= maxDeliveries) return yield* triedEnough
          const [user] = yield* nameOf(tenantId, userId)
          const reason = {
            code: byHandCode,
            message: `Retried by ${user?.name ?? "somebody"}.`,
            at: rfc3339(now)
          }
          const changed = yield* sql`
            UPDATE notifications
            SET status = 'pending', due_at = clock_timestamp(), relayed_at = NULL,
              reasons = reasons || ${JSON.stringify([reason])}::jsonb
            WHERE tenant_id = ${tenantId} AND id = ${id} AND status IN ('failed', 'suppressed')
            RETURNING id`
          if (changed.length === 0) return yield* new Conflict({ message: notAgain[status] })
          yield* sql`SELECT pg_notify('notifications_pending', '')`
          return yield* getIn(tenantId, id)
        })
      )
    })
  })
})

/** Events of before incidents had triggers and severities: all were of monitors that went down. */
const complete = (event: NotificationEvent): NotificationEvent =>
  event.data.incident === null
    ? event
    : { ...event, data: { ...event.data, incident: { ...untold, ...event.data.incident } } }

const untold = { trigger: "down", severity: "critical" } as const

type DeliveryRow = Omit<DeliveryAttempt, "error"> & {
  readonly errorCode: string | null
  readonly errorMessage: string | null
}

const toDelivery = ({ errorCode, errorMessage, ...delivery }: DeliveryRow): DeliveryAttempt => ({
  ...delivery,
  error: toError(errorCode, errorMessage)
})

const triedEnough = new Conflict({
  message: `It was tried ${maxDeliveries} times. Mend the channel: the next message finds out whether it works.`
})

const another = "Somebody else retried it at the same moment."
const notAgain: Readonly<Record<NotificationStatus, string>> = {
  pending: "It is on its way already.",
  sent: "It has arrived: there is nothing to retry.",
  digested: "It was told as part of a digest: there is nothing to retry.",
  failed: another,
  suppressed: another
}

const noNotification = new NotFound({ message: "There is no such notification." })
