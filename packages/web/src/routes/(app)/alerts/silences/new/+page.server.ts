/** A new silence. `?matcher=monitor:equal:<id>` (any number of them) says what it is about. */
import { redirect } from "@sveltejs/kit"
import { SilenceInput } from "@v-insight/domain/api/Silences"
import { Effect } from "effect"
import { emptyRow, newSilence, rowsOfAddress, silenceIn, silenceOf } from "#lib/alerts/silences.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { cardsOf, monitorKinds } from "#lib/server/kinds.ts"
import { namesOf } from "#lib/server/monitorNames.ts"
import { read } from "#lib/server/payload.ts"
import type { Actions, PageServerLoad } from "./$types"

const offered = 200

export const load: PageServerLoad = async (event) => {
  const values = newSilence(rowsOfAddress(event.url.searchParams))
  const [monitors, channels] = await Promise.all([
    ask(event, (api) => api.monitors.list({ query: { perPage: offered } })),
    ask(event, (api) => api.alertChannels.list({ query: { perPage: offered } }))
  ])
  const named = await namesOf(
    event,
    values.rows,
    monitors.items.map(({ id, name }) => ({ id, name }))
  )
  return {
    title: "Add a silence",
    values,
    monitors: named,
    tags: [...new Set(monitors.items.flatMap(({ tags }) => tags))].sort(),
    kinds: cardsOf(monitorKinds).map(({ type, label }) => ({ id: type, name: label })),
    channels: channels.items.map(({ id, name }) => ({ id, name }))
  }
}

export const actions: Actions = {
  save: async (event) => {
    const values = silenceIn(await event.request.formData())
    const said = silenceOf(values, Date.now(), event.locals.timeZone)
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(SilenceInput, said), (payload) => api.silences.create({ payload }))
    )
    if (!created.ok) return refuse(event, created.problem, { ...values })
    setFlash(event.cookies, event.url, { message: "Silenced." })
    redirect(303, "/alerts/silences")
  },
  /** Without JS the server adds and removes rows, and offers what fits. */
  rows: async (event) => {
    const form = await event.request.formData()
    const values = silenceIn(form)
    const [change, index] = text(form, "change").split(" ")
    const rows =
      change === "add"
        ? [...values.rows, emptyRow]
        : change === "remove"
          ? values.rows.filter((_, place) => place !== Number(index))
          : values.rows
    return { values: { ...values, rows: rows.length === 0 ? [emptyRow] : rows } }
  }
}
