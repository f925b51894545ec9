/** A new rule. */
import { redirect } from "@sveltejs/kit"
import { AlertRuleInput } from "@v-insight/domain/api/AlertRules"
import { Effect } from "effect"
import { newRule, ruleIn, ruleOf } from "#lib/alerts/ruleValues.ts"
import { attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse } from "#lib/server/forms.ts"
import { isSeeking } from "#lib/server/monitorChoices.ts"
import { read } from "#lib/server/payload.ts"
import { choices, find } from "#lib/server/ruleForm.ts"
import { tryRule } from "#lib/server/trial.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const offered = await choices(event)
  const wanted = event.url.searchParams.get("channel")
  const on = offered.channels.filter(({ enabled }) => enabled).map(({ id }) => id)
  const channelIds: ReadonlyArray<string> =
    wanted === null ? on.slice(0, 1) : offered.channels.map(({ id }) => id).filter((id) => id === wanted)
  return { title: "Add a rule", values: newRule(event.locals.timeZone, channelIds), offered }
}

export const actions: Actions = {
  simulate: (event) => tryRule(event),
  find,
  save: async (event) => {
    const form = await event.request.formData()
    const values = ruleIn(form)
    if (isSeeking(event, form, values.monitorIds)) return { values: { ...values } }
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(AlertRuleInput, ruleOf(values)), (payload) => api.alertRules.create({ payload }))
    )
    if (!created.ok) return refuse(event, created.problem, { ...values })
    setFlash(event.cookies, event.url, { message: `Saved ${created.value.name}.` })
    redirect(303, "/alerts/rules")
  }
}
