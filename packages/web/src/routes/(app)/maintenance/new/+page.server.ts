/** A new maintenance window. */
import { redirect } from "@sveltejs/kit"
import { MaintenanceWindowInput } from "@v-insight/domain/api/MaintenanceWindows"
import { Effect } from "effect"
import { attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse } from "#lib/server/forms.ts"
import { isSeeking, monitorChoices } from "#lib/server/monitorChoices.ts"
import { read } from "#lib/server/payload.ts"
import { emptyWindow, windowOf, type WindowValues, windowValues } from "#lib/server/windowForm.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const asked = searchParams.get("monitor")
  const { choices, tags } = await monitorChoices(event, asked === null ? [] : [asked])
  const empty = emptyWindow(Date.now(), event.locals.timeZone, searchParams.get("day"))
  const wanted = choices.monitors.filter(({ id }) => id === asked).map(({ id }) => id)
  const values: WindowValues = { ...empty, isEverything: wanted.length === 0, monitorIds: wanted }
  return { title: "Plan maintenance", values, choices, tags }
}

export const actions: Actions = {
  /** The same form with the monitors that were sought. */
  find: async (event) => {
    const form = await event.request.formData()
    const values = windowValues(form)
    isSeeking(event, form, values.monitorIds)
    return { values: { ...values } }
  },
  save: async (event) => {
    const form = await event.request.formData()
    const values = windowValues(form)
    if (isSeeking(event, form, values.monitorIds)) return { values: { ...values } }
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(MaintenanceWindowInput, windowOf(values)), (payload) =>
        api.maintenanceWindows.create({ payload })
      )
    )
    if (!created.ok) return refuse(event, created.problem, { ...values })
    setFlash(event.cookies, event.url, { message: `Planned ${created.value.name}.` })
    redirect(303, "/maintenance")
  }
}
