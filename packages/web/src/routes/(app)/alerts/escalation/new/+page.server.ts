/** A new escalation policy. */
import { redirect } from "@sveltejs/kit"
import { EscalationPolicyInput } from "@v-insight/domain/api/EscalationPolicies"
import { Effect } from "effect"
import { changedSteps } from "#lib/escalation/policy.ts"
import { attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { read } from "#lib/server/payload.ts"
import { targets } from "#lib/server/people.ts"
import { emptyPolicy, policyOf, policyValues } from "#lib/server/policyForm.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => ({
  title: "Add an escalation",
  values: emptyPolicy,
  choices: await targets(event)
})

export const actions: Actions = {
  save: async (event) => {
    const values = policyValues(await event.request.formData())
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(EscalationPolicyInput, policyOf(values)), (payload) =>
        api.escalationPolicies.create({ payload })
      )
    )
    if (!created.ok) return refuse(event, created.problem, { ...values })
    setFlash(event.cookies, event.url, { message: `Saved ${created.value.name}.` })
    redirect(303, "/alerts/escalation")
  },
  change: async ({ request }) => {
    const form = await request.formData()
    const change = text(form, "change")
    return { values: changedSteps(policyValues(form), change), changed: change }
  }
}
