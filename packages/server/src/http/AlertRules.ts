/** Alert rules: who is told of what. */
import { AlertRuleRepo } from "@v-insight/database/repo/AlertRuleRepo"
import { Api } from "@v-insight/domain/api/Api"
import { alertRuleDefaults } from "@v-insight/domain/model/AlertRule"
import { scopeOf } from "@v-insight/domain/rules/scope"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { countOnly, pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"
import { maxRules, within } from "./quota.ts"

export const AlertRulesLive = HttpApiBuilder.group(
  Api,
  "alertRules",
  Effect.fnUntraced(function* (handlers) {
    const rules = yield* AlertRuleRepo
    const quota = within(
      maxRules,
      "alert rules",
      Effect.map(rules.list(countOnly), ({ total }) => total)
    )
    return handlers.handleAll({
      list: ({ query }) => {
        const paging = pagingOf(query)
        return Effect.map(rules.list(paging), (page) => toPage(page, paging))
      },
      get: ({ params }) => rules.get(params.id),
      create: ({ payload }) =>
        permit("write").pipe(
          Effect.andThen(quota),
          Effect.andThen(rules.insert({ ...alertRuleDefaults, ...payload, scope: scopeOf(payload.scope) }))
        ),
      change: ({ params, payload: { scope, ...patch } }) =>
        Effect.andThen(
          permit("write"),
          rules.update(params.id, scope === undefined ? patch : { ...patch, scope: scopeOf(scope) })
        ),
      remove: ({ params }) => Effect.andThen(permit("write"), rules.remove(params.id)),
      restore: ({ params }) => permit("write").pipe(Effect.andThen(quota), Effect.andThen(rules.restore(params.id)))
    })
  })
)
