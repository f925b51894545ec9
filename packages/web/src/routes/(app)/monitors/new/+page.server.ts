/** A new monitor. */
import { redirect } from "@sveltejs/kit"
import { MonitorInput } from "@v-insight/domain/api/Monitors"
import { Effect } from "effect"
import { attempt } from "#lib/server/api.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { cardsOf, kindOf, monitorKinds } from "#lib/server/kinds.ts"
import { change, curl, find, pastedIn, seeks, test } from "#lib/server/monitorActions.ts"
import { monitorChoices } from "#lib/server/monitorChoices.ts"
import { emptyForm, monitorOf, typedForm } from "#lib/server/monitorForm.ts"
import { read } from "#lib/server/payload.ts"
import { regionNames } from "#lib/server/regions.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const kind = kindOf(monitorKinds, event.url.searchParams.get("type"))
  const [regions, { choices }] = await Promise.all([regionNames(event), monitorChoices(event)])
  return {
    title: "Add a monitor",
    cards: cardsOf(monitorKinds),
    kind,
    regions,
    choices,
    values: emptyForm(kind, event.url.searchParams.get("url") ?? "")
  }
}

export const actions: Actions = {
  save: async (event) => {
    const form = await event.request.formData()
    const pasted = pastedIn(form)
    if (pasted !== undefined) return pasted
    const kind = kindOf(monitorKinds, text(form, "type"))
    if (seeks(event, form)) return { values: typedForm(kind, form) }
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(MonitorInput, monitorOf(kind, form)), (payload) => api.monitors.create({ payload }))
    )
    if (!created.ok) return refuse(event, created.problem, typedForm(kind, form))
    redirect(303, `/monitors/${created.value.id}`)
  },
  test: (event) => test(event),
  change,
  curl,
  find
}
