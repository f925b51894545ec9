/** Escalation policies: whom to tell when nobody reacts. */
import { EscalationPolicyRepo } from "@v-insight/database/repo/EscalationPolicyRepo"
import { Api } from "@v-insight/domain/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { countOnly, pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"
import { maxPolicies, within } from "./quota.ts"

export const EscalationPoliciesLive = HttpApiBuilder.group(
  Api,
  "escalationPolicies",
  Effect.fnUntraced(function* (handlers) {
    const policies = yield* EscalationPolicyRepo
    const quota = within(
      maxPolicies,
      "escalation policies",
      Effect.map(policies.list(countOnly), ({ total }) => total)
    )
    return handlers.handleAll({
      list: ({ query }) => {
        const paging = pagingOf(query)
        return Effect.map(policies.list(paging), (page) => toPage(page, paging))
      },
      get: ({ params }) => policies.get(params.id),
      create: ({ payload }) =>
        permit("write").pipe(
          Effect.andThen(quota),
          Effect.andThen(policies.insert({ ...payload, repeats: payload.repeats ?? 0 }))
        ),
      change: ({ params, payload }) => Effect.andThen(permit("write"), policies.update(params.id, payload)),
      remove: ({ params }) => Effect.andThen(permit("write"), policies.remove(params.id)),
      restore: ({ params }) => permit("write").pipe(Effect.andThen(quota), Effect.andThen(policies.restore(params.id)))
    })
  })
)
