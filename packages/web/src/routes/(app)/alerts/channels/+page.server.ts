/** Where people are told. */
import { addressOf } from "#lib/alerts/address.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { attemptEach, named } from "#lib/server/bulk.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text, texts } from "#lib/server/forms.ts"
import { channelId } from "#lib/server/ids.ts"
import { channelKinds, kindOf } from "#lib/server/kinds.ts"
import type { Actions, PageServerLoad } from "./$types"

const perPage = 200

export const load: PageServerLoad = async (event) => {
  const channels = await ask(event, (api) => api.alertChannels.list({ query: { perPage } }))
  return {
    title: "Alert channels",
    channels: channels.items.map(({ id, name, type, settings, enabled, quietHours }) => ({
      id,
      name,
      kind: kindOf(channelKinds, type).label,
      address: addressOf(settings),
      enabled,
      hasQuietHours: quietHours !== null
    }))
  }
}

export const actions: Actions = {
  test: async (event) => {
    const id = channelId(text(await event.request.formData(), "id"))
    const answer = await attempt(event, (api) => api.alertChannels.test({ params: { id } }))
    return answer.ok ? { tested: { id, report: answer.value } } : refuse(event, answer.problem, {})
  },
  toggle: async (event) => {
    const form = await event.request.formData()
    const id = channelId(text(form, "id"))
    const enabled = text(form, "enabled") === "true"
    const answer = await attempt(event, (api) => api.alertChannels.change({ params: { id }, payload: { enabled } }))
    if (!answer.ok) return refuse(event, answer.problem, {})
    setFlash(event.cookies, event.url, { message: `${answer.value.name} is ${enabled ? "on" : "off"}.` })
    return { done: true }
  },
  restore: async (event) => {
    const ids = texts(await event.request.formData(), "id")
    const done = await attemptEach(event, ids, (api, id) =>
      api.alertChannels.restore({ params: { id: channelId(id) } })
    )
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, { message: `${named(done.value, "channel")} is back.` })
    return { done: true }
  }
}
