/** Whom to tell when nobody reacts. */
import { ask } from "#lib/server/api.ts"
import { attemptEach, named } from "#lib/server/bulk.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, texts } from "#lib/server/forms.ts"
import { policyId } from "#lib/server/ids.ts"
import { targets } from "#lib/server/people.ts"
import type { Actions, PageServerLoad } from "./$types"

const perPage = 200

export const load: PageServerLoad = async (event) => {
  const [policies, choices] = await Promise.all([
    ask(event, (api) => api.escalationPolicies.list({ query: { perPage } })),
    targets(event)
  ])
  return { title: "Escalation", policies: policies.items, choices }
}

export const actions: Actions = {
  restore: async (event) => {
    const ids = texts(await event.request.formData(), "id")
    const done = await attemptEach(event, ids, (api, id) =>
      api.escalationPolicies.restore({ params: { id: policyId(id) } })
    )
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, { message: `${named(done.value, "escalation")} is back.` })
    return { done: true }
  }
}
