/** A new silence. `?matcher=monitor:equal:<id>` (any number of them) says what it is about. */
import { redirect } from "@sveltejs/kit"
import { SilenceInput } from "@v-insight/domain/api/Silences"
import { Effect } from "effect"
import { emptyRow, newSilence, rowsOfAddress, silenceIn, silenceOf } from "#lib/alerts/silences.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { everything } from "#lib/server/everything.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { cardsOf, monitorKinds } from "#lib/server/kinds.ts"
import { isSeeking, monitorChoices } from "#lib/server/monitorChoices.ts"
import { monitorsOf } from "#lib/server/monitorNames.ts"
import { read } from "#lib/server/payload.ts"
import type { Actions, PageServerLoad } from "./$types"

const perPage = 200

export const load: PageServerLoad = async (event) => {
  const values = newSilence(rowsOfAddress(event.url.searchParams))
  const [{ choices, tags }, channels] = await Promise.all([
    monitorChoices(event, monitorsOf(values.rows)),
    everything((page) => ask(event, (api) => api.alertChannels.list({ query: { page, perPage } })))
  ])
  return {
    title: "Add a silence",
    values,
    choices,
    tags,
    kinds: cardsOf(monitorKinds).map(({ type, label }) => ({ id: type, name: label })),
    channels: channels.map(({ id, name }) => ({ id, name }))
  }
}

export const actions: Actions = {
  save: async (event) => {
    const form = await event.request.formData()
    const values = silenceIn(form)
    if (isSeeking(event, form, monitorsOf(values.rows))) return { values: { ...values } }
    const said = silenceOf(values, Date.now(), event.locals.timeZone)
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(SilenceInput, said), (payload) => api.silences.create({ payload }))
    )
    if (!created.ok) return refuse(event, created.problem, { ...values })
    setFlash(event.cookies, event.url, { message: "Silenced." })
    redirect(303, "/alerts/silences")
  },
  /** Without JS the server adds and removes rows, offers what fits, and finds monitors. */
  rows: async (event) => {
    const form = await event.request.formData()
    const values = silenceIn(form)
    isSeeking(event, form, monitorsOf(values.rows))
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
