/** Changing and deleting one rule. */
import { fail, redirect } from "@sveltejs/kit"
import { AlertRulePatch } from "@v-insight/domain/api/AlertRules"
import { Effect } from "effect"
import { ruleIn, ruleOf, valuesOfRule } from "#lib/alerts/ruleValues.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { ruleId } from "#lib/server/ids.ts"
import { isSeeking } from "#lib/server/monitorChoices.ts"
import { read } from "#lib/server/payload.ts"
import { choices, find } from "#lib/server/ruleForm.ts"
import { tryRule } from "#lib/server/trial.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const id = ruleId(event.params.id)
  const rule = await ask(event, (api) => api.alertRules.get({ params: { id } }))
  const offered = await choices(event, rule.scope.monitorIds)
  // A tag that no monitor carries any more must still be seen, to be taken out.
  const tags = [...new Set([...offered.tags, ...rule.scope.tags])].sort()
  return {
    title: rule.name,
    id,
    name: rule.name,
    values: valuesOfRule(rule, event.locals.timeZone),
    offered: { ...offered, tags },
    isDeleting: event.url.searchParams.has("delete")
  }
}

export const actions: Actions = {
  simulate: (event) => tryRule(event, ruleId(event.params.id)),
  find,
  save: async (event) => {
    const id = ruleId(event.params.id)
    const form = await event.request.formData()
    const values = ruleIn(form)
    if (isSeeking(event, form, values.monitorIds)) return { values: { ...values } }
    const saved = await attempt(event, (api) =>
      Effect.flatMap(read(AlertRulePatch, ruleOf(values)), (payload) =>
        api.alertRules.change({ params: { id }, payload })
      )
    )
    if (!saved.ok) return refuse(event, saved.problem, { ...values })
    setFlash(event.cookies, event.url, { message: `Saved ${saved.value.name}.` })
    redirect(303, "/alerts/rules")
  },
  remove: async (event) => {
    const id = ruleId(event.params.id)
    const typed = text(await event.request.formData(), "confirm")
    const rule = await ask(event, (api) => api.alertRules.get({ params: { id } }))
    if (typed !== rule.name) return fail(422, { isMistyped: true })
    const answer = await attempt(event, (api) => api.alertRules.remove({ params: { id } }))
    if (!answer.ok) return fail(answer.problem.status, { problem: answer.problem })
    setFlash(event.cookies, event.url, {
      message: `Deleted ${rule.name}.`,
      undo: { action: "/alerts/rules?/restore", ids: [id] }
    })
    redirect(303, "/alerts/rules")
  }
}
