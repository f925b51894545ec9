/** The delivery log: what was told to whom, and what was not. */
import { NotificationRepo } from "@v-insight/database/repo/NotificationRepo"
import { Api } from "@v-insight/domain/api/Api"
import { notificationsLimitDefault } from "@v-insight/domain/api/Notifications"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { boundsOf } from "./instantQuery.ts"
import { cursorOf, decodeCursor } from "./notificationCursor.ts"
import { permit } from "./permit.ts"

export const NotificationsLive = HttpApiBuilder.group(
  Api,
  "notifications",
  Effect.fnUntraced(function* (handlers) {
    const notifications = yield* NotificationRepo
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const { cursor, limit = notificationsLimitDefault, ...filter } = query
        const after = cursor === undefined ? undefined : yield* decodeCursor(cursor)
        const bounds = yield* boundsOf(query)
        const { items, next } = yield* notifications.list({ ...filter, ...bounds }, after, limit)
        return { items, meta: { nextCursor: next === undefined ? null : cursorOf(next), limit } }
      }),
      get: ({ params }) => notifications.get(params.id),
      retry: ({ params }) => Effect.andThen(permit("operate"), notifications.retry(params.id))
    })
  })
)
