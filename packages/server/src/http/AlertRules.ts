/** Alert rules: who is told of what. */
import { AlertRuleRepo } from "@v-insight/database/repo/AlertRuleRepo"
import { Api } from "@v-insight/domain/api/Api"
import type { AlertScope } from "@v-insight/domain/model/AlertRule"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"

const everything = { monitorIds: [], tags: [] }
const scopeOf = (scope: AlertScope | undefined) => ({ ...everything, ...scope })

export const AlertRulesLive = HttpApiBuilder.group(
  Api,
  "alertRules",
  Effect.fnUntraced(function* (handlers) {
    const rules = yield* AlertRuleRepo
    return handlers.handleAll({
      list: ({ query }) => {
        const paging = pagingOf(query)
        return Effect.map(rules.list(paging), (page) => toPage(page, paging))
      },
      get: ({ params }) => rules.get(params.id),
      create: ({ payload }) =>
        Effect.andThen(
          permit("write"),
          rules.insert({ ...payload, scope: scopeOf(payload.scope), enabled: payload.enabled ?? true })
        ),
      change: ({ params, payload: { scope, ...patch } }) =>
        Effect.andThen(
          permit("write"),
          rules.update(params.id, scope === undefined ? patch : { ...patch, scope: scopeOf(scope) })
        ),
      remove: ({ params }) => Effect.andThen(permit("write"), rules.remove(params.id)),
      restore: ({ params }) => Effect.andThen(permit("write"), rules.restore(params.id))
    })
  })
)
