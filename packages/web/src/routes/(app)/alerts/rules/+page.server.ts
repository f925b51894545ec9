/** Who is told of what. */
import { ask, attempt } from "#lib/server/api.ts"
import { attemptEach, named } from "#lib/server/bulk.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text, texts } from "#lib/server/forms.ts"
import { ruleId } from "#lib/server/ids.ts"
import type { Actions, PageServerLoad } from "./$types"

const perPage = 200

export const load: PageServerLoad = async (event) => {
  const [rules, channels] = await Promise.all([
    ask(event, (api) => api.alertRules.list({ query: { perPage } })),
    ask(event, (api) => api.alertChannels.list({ query: { perPage } }))
  ])
  return {
    title: "Alert rules",
    rules: rules.items.map(({ id, name, sentence, severity, enabled, channelIds, escalationPolicyId }) => ({
      id,
      name,
      sentence,
      severity,
      enabled,
      channelIds,
      escalates: escalationPolicyId !== null
    })),
    channels: channels.items.map(({ id, name, enabled }) => ({ id, name, enabled }))
  }
}

export const actions: Actions = {
  toggle: async (event) => {
    const form = await event.request.formData()
    const id = ruleId(text(form, "id"))
    const enabled = text(form, "enabled") === "true"
    const answer = await attempt(event, (api) => api.alertRules.change({ params: { id }, payload: { enabled } }))
    if (!answer.ok) return refuse(event, answer.problem, {})
    setFlash(event.cookies, event.url, { message: `${answer.value.name} is ${enabled ? "on" : "off"}.` })
    return { done: true }
  },
  restore: async (event) => {
    const ids = texts(await event.request.formData(), "id")
    const done = await attemptEach(event, ids, (api, id) => api.alertRules.restore({ params: { id: ruleId(id) } }))
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, { message: `${named(done.value, "rule")} is back.` })
    return { done: true }
  }
}
