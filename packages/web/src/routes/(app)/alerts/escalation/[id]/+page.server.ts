/** Changing and deleting an escalation policy. */
import { fail, redirect } from "@sveltejs/kit"
import { EscalationPolicyPatch } from "@v-insight/domain/api/EscalationPolicies"
import { Effect } from "effect"
import { changedSteps } from "#lib/escalation/policy.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { policyId } from "#lib/server/ids.ts"
import { read } from "#lib/server/payload.ts"
import { targets } from "#lib/server/people.ts"
import { filledPolicy, policyOf, policyValues } from "#lib/server/policyForm.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const id = policyId(event.params.id)
  const [policy, choices] = await Promise.all([
    ask(event, (api) => api.escalationPolicies.get({ params: { id } })),
    targets(event)
  ])
  return {
    title: policy.name,
    policy,
    values: filledPolicy(policy),
    choices,
    isDeleting: event.url.searchParams.has("delete")
  }
}

export const actions: Actions = {
  save: async (event) => {
    const id = policyId(event.params.id)
    const values = policyValues(await event.request.formData())
    const saved = await attempt(event, (api) =>
      Effect.flatMap(read(EscalationPolicyPatch, policyOf(values)), (payload) =>
        api.escalationPolicies.change({ params: { id }, payload })
      )
    )
    if (!saved.ok) return refuse(event, saved.problem, { ...values })
    setFlash(event.cookies, event.url, { message: `Saved ${saved.value.name}.` })
    redirect(303, "/alerts/escalation")
  },
  change: async ({ request }) => {
    const form = await request.formData()
    const change = text(form, "change")
    return { values: changedSteps(policyValues(form), change), changed: change }
  },
  remove: async (event) => {
    const id = policyId(event.params.id)
    const typed = text(await event.request.formData(), "confirm")
    const policy = await ask(event, (api) => api.escalationPolicies.get({ params: { id } }))
    if (typed !== policy.name) return fail(422, { isMistyped: true })
    const answer = await attempt(event, (api) => api.escalationPolicies.remove({ params: { id } }))
    if (!answer.ok) return fail(answer.problem.status, { problem: answer.problem })
    setFlash(event.cookies, event.url, {
      message: `Deleted ${policy.name}.`,
      undo: { action: "/alerts/escalation?/restore", ids: [id] }
    })
    redirect(303, "/alerts/escalation")
  }
}
