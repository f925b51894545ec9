/** Incidents: opened and resolved by the worker, acknowledged and resolved by people. */
import { IncidentRepo } from "@v-insight/database/repo/IncidentRepo"
import { NotificationRepo } from "@v-insight/database/repo/NotificationRepo"
import { Api } from "@v-insight/domain/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { boundsOf } from "./instantQuery.ts"
import { pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"

export const IncidentsLive = HttpApiBuilder.group(
  Api,
  "incidents",
  Effect.fnUntraced(function* (handlers) {
    const incidents = yield* IncidentRepo
    const notifications = yield* NotificationRepo
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const paging = pagingOf(query)
        return toPage(yield* incidents.list({ ...query, ...(yield* boundsOf(query)) }, paging), paging)
      }),
      get: ({ params }) => incidents.get(params.id),
      notifications: ({ params }) => notifications.listByIncident(params.id),
      acknowledge: ({ params }) => Effect.andThen(permit("operate"), incidents.acknowledge(params.id)),
      resolve: ({ params }) => Effect.andThen(permit("operate"), incidents.resolve(params.id))
    })
  })
)
