/** A new maintenance window. */
import { redirect } from "@sveltejs/kit"
import { MaintenanceWindowInput } from "@v-insight/domain/api/MaintenanceWindows"
import { Effect } from "effect"
import { attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse } from "#lib/server/forms.ts"
import { monitorChoices } from "#lib/server/monitorChoices.ts"
import { read } from "#lib/server/payload.ts"
import { emptyWindow, windowOf, type WindowValues, windowValues } from "#lib/server/windowForm.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const { monitors, tags } = await monitorChoices(event)
  const empty = emptyWindow(Date.now(), event.locals.timeZone, searchParams.get("day"))
  const wanted = monitors.filter(({ id }) => id === searchParams.get("monitor")).map(({ id }) => id)
  const values: WindowValues = { ...empty, isEverything: wanted.length === 0, monitorIds: wanted }
  return { title: "Plan maintenance", values, monitors, tags }
}

export const actions: Actions = {
  save: async (event) => {
    const values = windowValues(await event.request.formData())
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
