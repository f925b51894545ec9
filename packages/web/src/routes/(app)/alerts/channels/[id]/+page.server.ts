/** Changing, testing and deleting one channel. Secrets are write-only: left empty, the present one is kept. */
import { fail, redirect } from "@sveltejs/kit"
import { AlertChannelPatch } from "@v-insight/domain/api/AlertChannels"
import { Effect } from "effect"
import { wholeUrl } from "#lib/try/draft.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text, trimmed } from "#lib/server/forms.ts"
import { channelId } from "#lib/server/ids.ts"
import { read } from "#lib/server/payload.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const id = channelId(event.params.id)
  const channel = await ask(event, (api) => api.alertChannels.get({ params: { id } }))
  return { title: channel.name, channel, isDeleting: event.url.searchParams.has("delete") }
}

export const actions: Actions = {
  save: async (event) => {
    const id = channelId(event.params.id)
    const form = await event.request.formData()
    const secret = trimmed(form, "secret")
    const url = wholeUrl(trimmed(form, "url"))
    const values = { name: trimmed(form, "name"), url }
    const said = {
      name: values.name,
      enabled: form.has("enabled"),
      settings: { url, ...(secret === "" ? {} : { secret }) }
    }
    const saved = await attempt(event, (api) =>
      Effect.flatMap(read(AlertChannelPatch, said), (payload) => api.alertChannels.change({ params: { id }, payload }))
    )
    if (!saved.ok) return refuse(event, saved.problem, values)
    setFlash(event.cookies, event.url, { message: `Saved ${saved.value.name}.` })
    redirect(303, "/alerts/channels")
  },
  test: async (event) => {
    const id = channelId(event.params.id)
    const answer = await attempt(event, (api) => api.alertChannels.test({ params: { id } }))
    return answer.ok ? { report: answer.value } : refuse(event, answer.problem, { name: undefined, url: undefined })
  },
  remove: async (event) => {
    const id = channelId(event.params.id)
    const typed = text(await event.request.formData(), "confirm")
    const channel = await ask(event, (api) => api.alertChannels.get({ params: { id } }))
    if (typed !== channel.name) return fail(422, { isMistyped: true })
    const answer = await attempt(event, (api) => api.alertChannels.remove({ params: { id } }))
    if (!answer.ok) return refuse(event, answer.problem, { name: undefined, url: undefined })
    setFlash(event.cookies, event.url, {
      message: `Deleted ${channel.name}.`,
      undo: { action: "/alerts/channels?/restore", ids: [id] }
    })
    redirect(303, "/alerts/channels")
  }
}
