/** Changing a monitor. */
import { redirect } from "@sveltejs/kit"
import { MonitorInput } from "@v-insight/domain/api/Monitors"
import { Effect } from "effect"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { monitorId } from "#lib/server/ids.ts"
import { kindOf, monitorKinds } from "#lib/server/kinds.ts"
import { change, curl, find, pastedIn, seeks, test } from "#lib/server/monitorActions.ts"
import { monitorChoices } from "#lib/server/monitorChoices.ts"
import { filledForm, monitorOf, typedForm } from "#lib/server/monitorForm.ts"
import { read } from "#lib/server/payload.ts"
import { regionNames } from "#lib/server/regions.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const id = monitorId(event.params.id)
  const [monitor, regions] = await Promise.all([
    ask(event, (api) => api.monitors.get({ params: { id } })),
    regionNames(event)
  ])
  // What it depends on already is kept, also when it is not among those that are offered.
  const { choices } = await monitorChoices(event, monitor.parentIds)
  const kind = kindOf(monitorKinds, monitor.type)
  return {
    title: `Edit ${monitor.name}`,
    id: monitor.id,
    name: monitor.name,
    kind,
    regions,
    choices,
    values: filledForm(kind, monitor),
    secretsSet: monitor.secretsSet
  }
}

export const actions: Actions = {
  save: async (event) => {
    const form = await event.request.formData()
    const id = monitorId(event.params.id)
    const pasted = pastedIn(form)
    if (pasted !== undefined) return pasted
    const kind = kindOf(monitorKinds, text(form, "type"))
    if (seeks(event, form)) return { values: typedForm(kind, form) }
    const saved = await attempt(event, (api) =>
      Effect.flatMap(read(MonitorInput, monitorOf(kind, form)), (payload) =>
        api.monitors.replace({ params: { id }, payload })
      )
    )
    if (!saved.ok) return refuse(event, saved.problem, typedForm(kind, form))
    setFlash(event.cookies, event.url, { message: `Saved ${saved.value.name}.` })
    redirect(303, `/monitors/${id}`)
  },
  test: (event) => test(event, monitorId(event.params.id)),
  change,
  curl,
  find
}
