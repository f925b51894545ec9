/** Incidents: opened and resolved by the worker, acknowledged and resolved by people. */
import { IncidentRepo } from "@v-insight/database/repo/IncidentRepo"
import { IncidentWhyRepo } from "@v-insight/database/repo/IncidentWhyRepo"
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
    const chain = yield* IncidentWhyRepo
    const notifications = yield* NotificationRepo
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const paging = pagingOf(query)
        return toPage(yield* incidents.list({ ...query, ...(yield* boundsOf(query)) }, paging), paging)
      }),
      get: ({ params }) => incidents.get(params.id),
      change: ({ params, payload }) => Effect.andThen(permit("operate"), incidents.change(params.id, payload)),
      why: ({ params }) => chain.get(params.id),
      timeline: ({ params, query }) => {
        const paging = pagingOf(query)
        return Effect.map(chain.list(params.id, paging), (page) => toPage(page, paging))
      },
      note: ({ params, payload }) => Effect.andThen(permit("operate"), incidents.addNote(params.id, payload.text)),
      merge: ({ params, payload }) => Effect.andThen(permit("operate"), incidents.merge(params.id, payload.intoId)),
      unmerge: ({ params }) => Effect.andThen(permit("operate"), incidents.unmerge(params.id)),
      notifications: ({ params }) => notifications.listByIncident(params.id),
      acknowledge: ({ params }) => Effect.andThen(permit("operate"), incidents.acknowledge(params.id)),
      resolve: ({ params }) => Effect.andThen(permit("operate"), incidents.resolve(params.id))
    })
  })
)
