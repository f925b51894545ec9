/** What nobody is told of for a while. */
import { ask, attempt } from "#lib/server/api.ts"
import { matchersText } from "#lib/alerts/silences.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { silenceId } from "#lib/server/ids.ts"
import { namesOf } from "#lib/server/monitorNames.ts"
import type { Actions, PageServerLoad } from "./$types"

/** Active ones and those to come are first, so that the newest of those that are over fill the page. */
const perPage = 100

export const load: PageServerLoad = async (event) => {
  const [{ items }, channels] = await Promise.all([
    ask(event, (api) => api.silences.list({ query: { perPage } })),
    ask(event, (api) => api.alertChannels.list({ query: { perPage: 200 } }))
  ])
  const monitors = await namesOf(
    event,
    items.flatMap(({ matchers }) => matchers)
  )
  return {
    title: "Silences",
    silences: items.map(({ id, matchers, reason, startsAt, endsAt, state, noticeChannelId }) => ({
      id,
      reason,
      startsAt,
      endsAt,
      state,
      sentence: matchersText(matchers, monitors),
      notice: channels.items.find((channel) => channel.id === noticeChannelId)?.name ?? null
    }))
  }
}

export const actions: Actions = {
  end: async (event) => {
    const id = silenceId(text(await event.request.formData(), "id"))
    const ended = await attempt(event, (api) => api.silences.end({ params: { id } }))
    if (!ended.ok) return refuse(event, ended.problem, {})
    setFlash(event.cookies, event.url, { message: "The silence is over. What is still wrong is told now." })
    return { done: true }
  }
}
