/** Changing, testing and deleting one channel. Secrets are write-only: left empty, the present one is kept. */
import { fail, redirect } from "@sveltejs/kit"
import { AlertChannelPatch } from "@v-insight/domain/api/AlertChannels"
import { Effect } from "effect"
import { mannersIn, mannersOfChannel } from "#lib/alerts/manners.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { channelOf, filledChannel, typedChannel } from "#lib/server/channelForm.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { channelId } from "#lib/server/ids.ts"
import { channelKinds, kindOf } from "#lib/server/kinds.ts"
import { read } from "#lib/server/payload.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const id = channelId(event.params.id)
  const channel = await ask(event, (api) => api.alertChannels.get({ params: { id } }))
  const kind = kindOf(channelKinds, channel.type)
  return {
    title: channel.name,
    channel,
    kind,
    values: filledChannel(kind, channel),
    manners: mannersOfChannel(channel, event.locals.timeZone),
    isDeleting: event.url.searchParams.has("delete")
  }
}

export const actions: Actions = {
  save: async (event) => {
    const id = channelId(event.params.id)
    const form = await event.request.formData()
    const kind = kindOf(channelKinds, text(form, "type"))
    const { type: _, ...rest } = channelOf(kind, form)
    const said = { ...rest, enabled: form.has("enabled") }
    const saved = await attempt(event, (api) =>
      Effect.flatMap(read(AlertChannelPatch, said), (payload) => api.alertChannels.change({ params: { id }, payload }))
    )
    if (!saved.ok) return refuse(event, saved.problem, { fields: typedChannel(kind, form), manners: mannersIn(form) })
    setFlash(event.cookies, event.url, { message: `Saved ${saved.value.name}.` })
    redirect(303, "/alerts/channels")
  },
  test: async (event) => {
    const id = channelId(event.params.id)
    const answer = await attempt(event, (api) => api.alertChannels.test({ params: { id } }))
    return answer.ok ? { report: answer.value } : refuse(event, answer.problem, {})
  },
  remove: async (event) => {
    const id = channelId(event.params.id)
    const typed = text(await event.request.formData(), "confirm")
    const channel = await ask(event, (api) => api.alertChannels.get({ params: { id } }))
    if (typed !== channel.name) return fail(422, { isMistyped: true })
    const answer = await attempt(event, (api) => api.alertChannels.remove({ params: { id } }))
    if (!answer.ok) return refuse(event, answer.problem, {})
    setFlash(event.cookies, event.url, {
      message: `Deleted ${channel.name}.`,
      undo: { action: "/alerts/channels?/restore", ids: [id] }
    })
    redirect(303, "/alerts/channels")
  }
}
