/** A new channel. Its secret, if we made it, is in this answer and never again. */
import { AlertChannelInput } from "@v-insight/domain/api/AlertChannels"
import { Effect } from "effect"
import { wholeUrl } from "#lib/try/draft.ts"
import { attempt } from "#lib/server/api.ts"
import { refuse, trimmed } from "#lib/server/forms.ts"
import { read } from "#lib/server/payload.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = () => ({ title: "Add a channel" })

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData()
    const url = wholeUrl(trimmed(form, "url"))
    const secret = trimmed(form, "secret")
    const name = trimmed(form, "name") || (URL.canParse(url) ? new URL(url).host : "")
    const said = { name, type: "webhook", settings: { url, ...(secret === "" ? {} : { secret }) } }
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(AlertChannelInput, said), (payload) => api.alertChannels.create({ payload }))
    )
    if (!created.ok) return refuse(event, created.problem, { name: trimmed(form, "name"), url })
    const made = created.value.settings.secret
    return {
      created: {
        id: created.value.id,
        name: created.value.name,
        secret: typeof made === "string" && secret === "" ? made : null
      }
    }
  }
}
