/** A new monitor. */
import { redirect } from "@sveltejs/kit"
import { TryInput } from "@v-insight/domain/api/Checks"
import { MonitorInput } from "@v-insight/domain/api/Monitors"
import { Effect } from "effect"
import { attempt } from "#lib/server/api.ts"
import { refuse } from "#lib/server/forms.ts"
import { kinds } from "#lib/server/kinds.ts"
import { emptyForm, monitorOf, tryOf, typedForm } from "#lib/server/monitorForm.ts"
import { read } from "#lib/server/payload.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = (event) => ({
  title: "Add a monitor",
  kinds,
  values: emptyForm(event.url.searchParams.get("url") ?? "")
})

export const actions: Actions = {
  save: async (event) => {
    const form = await event.request.formData()
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(MonitorInput, monitorOf(form)), (payload) => api.monitors.create({ payload }))
    )
    if (!created.ok) return refuse(event, created.problem, typedForm(form))
    redirect(303, `/monitors/${created.value.id}`)
  },
  test: async (event) => {
    const form = await event.request.formData()
    const tried = await attempt(event, (api) =>
      Effect.flatMap(read(TryInput, tryOf(form)), (payload) => api.checks.try({ payload }))
    )
    return tried.ok ? { outcome: tried.value, values: typedForm(form) } : refuse(event, tried.problem, typedForm(form))
  }
}
