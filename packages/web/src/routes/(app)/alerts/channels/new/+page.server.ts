/** A new channel. Its secret, if we made it, is in this answer and never again. */
import { AlertChannelInput } from "@v-insight/domain/api/AlertChannels"
import { defaultStormBudget } from "@v-insight/domain/model/AlertChannel"
import { Effect } from "effect"
import { mannersIn, mannersOfChannel } from "#lib/alerts/manners.ts"
import { attempt } from "#lib/server/api.ts"
import { channelOf, emptyChannel, typedChannel } from "#lib/server/channelForm.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { cardsOf, channelKinds, kindOf } from "#lib/server/kinds.ts"
import { read } from "#lib/server/payload.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = (event) => {
  const kind = kindOf(channelKinds, event.url.searchParams.get("type"))
  const manners = mannersOfChannel({ quietHours: null, stormBudget: defaultStormBudget }, event.locals.timeZone)
  return { title: "Add a channel", cards: cardsOf(channelKinds), kind, values: emptyChannel(kind), manners }
}

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData()
    const kind = kindOf(channelKinds, text(form, "type"))
    const said = channelOf(kind, form)
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(AlertChannelInput, said), (payload) => api.alertChannels.create({ payload }))
    )
    if (!created.ok)
      return refuse(event, created.problem, { fields: typedChannel(kind, form), manners: mannersIn(form) })
    const { id, name, settings } = created.value
    const made = settings.secret
    return {
      created: { id, name, secret: typeof made === "string" && said.settings.secret === undefined ? made : null }
    }
  }
}
