/** Changing a monitor. */
import { redirect } from "@sveltejs/kit"
import { TryInput } from "@v-insight/domain/api/Checks"
import { MonitorInput } from "@v-insight/domain/api/Monitors"
import { Effect } from "effect"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse } from "#lib/server/forms.ts"
import { kinds } from "#lib/server/kinds.ts"
import { filledForm, monitorOf, tryOf, typedForm } from "#lib/server/monitorForm.ts"
import { monitorId } from "#lib/server/ids.ts"
import { read } from "#lib/server/payload.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const id = monitorId(event.params.id)
  const monitor = await ask(event, (api) => api.monitors.get({ params: { id } }))
  return { title: `Edit ${monitor.name}`, id: monitor.id, name: monitor.name, kinds, values: filledForm(monitor) }
}

export const actions: Actions = {
  save: async (event) => {
    const form = await event.request.formData()
    const id = monitorId(event.params.id)
    const saved = await attempt(event, (api) =>
      Effect.flatMap(read(MonitorInput, monitorOf(form)), (payload) =>
        api.monitors.replace({ params: { id }, payload })
      )
    )
    if (!saved.ok) return refuse(event, saved.problem, typedForm(form))
    setFlash(event.cookies, event.url, { message: `Saved ${saved.value.name}.` })
    redirect(303, `/monitors/${id}`)
  },
  test: async (event) => {
    const form = await event.request.formData()
    const tried = await attempt(event, (api) =>
      Effect.flatMap(read(TryInput, tryOf(form)), (payload) => api.checks.try({ payload }))
    )
    return tried.ok ? { outcome: tried.value, values: typedForm(form) } : refuse(event, tried.problem, typedForm(form))
  }
}
