/** The people of the workspace, and by which channels each of them is told. */
import { ContactRepo } from "@v-insight/database/repo/ContactRepo"
import { Api } from "@v-insight/domain/api/Api"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"

export const MembersLive = HttpApiBuilder.group(
  Api,
  "members",
  Effect.fnUntraced(function* (handlers) {
    const contacts = yield* ContactRepo
    return handlers.handleAll({
      list: ({ query }) => {
        const paging = pagingOf(query)
        return Effect.map(contacts.listMembers(paging), (page) => toPage(page, paging))
      },
      contacts: ({ params }) => contacts.get(params.id),
      replaceContacts: Effect.fnUntraced(function* ({ params, payload }) {
        const { userId } = yield* TenantContext
        if (params.id.toLowerCase() !== userId) yield* permit("administer")
        return yield* contacts.replace(params.id, payload.channelIds)
      })
    })
  })
)
