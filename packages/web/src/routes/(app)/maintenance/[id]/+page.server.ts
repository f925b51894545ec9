/** Changing and deleting a maintenance window. */
import { fail, redirect } from "@sveltejs/kit"
import { MaintenanceWindowPatch } from "@v-insight/domain/api/MaintenanceWindows"
import { Effect } from "effect"
import { standingOf, whenText } from "#lib/maintenance/words.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { windowId } from "#lib/server/ids.ts"
import { isSeeking, monitorChoices } from "#lib/server/monitorChoices.ts"
import { read } from "#lib/server/payload.ts"
import { filledWindow, windowOf, windowValues } from "#lib/server/windowForm.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const id = windowId(event.params.id)
  const [window, ahead] = await Promise.all([
    ask(event, (api) => api.maintenanceWindows.get({ params: { id } })),
    ask(event, (api) => api.maintenanceWindows.calendar({ query: {} }))
  ])
  const { choices, tags } = await monitorChoices(event, window.scope.monitorIds)
  const { occurrence, phase } = standingOf(window, ahead.occurrences, Date.now())
  return {
    title: window.name,
    id,
    name: window.name,
    phase,
    when: whenText(window),
    isOverlapping: occurrence?.overlaps ?? false,
    values: filledWindow(window),
    choices,
    // A tag that no monitor carries any more must still be seen, to be taken out.
    tags: [...new Set([...tags, ...window.scope.tags])].sort(),
    isDeleting: event.url.searchParams.has("delete")
  }
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
    const id = windowId(event.params.id)
    const form = await event.request.formData()
    const values = windowValues(form)
    if (isSeeking(event, form, values.monitorIds)) return { values: { ...values } }
    const saved = await attempt(event, (api) =>
      Effect.flatMap(read(MaintenanceWindowPatch, windowOf(values)), (payload) =>
        api.maintenanceWindows.change({ params: { id }, payload })
      )
    )
    if (!saved.ok) return refuse(event, saved.problem, { ...values })
    setFlash(event.cookies, event.url, { message: `Saved ${saved.value.name}.` })
    redirect(303, "/maintenance")
  },
  remove: async (event) => {
    const id = windowId(event.params.id)
    const typed = text(await event.request.formData(), "confirm")
    const window = await ask(event, (api) => api.maintenanceWindows.get({ params: { id } }))
    if (typed !== window.name) return fail(422, { isMistyped: true })
    const answer = await attempt(event, (api) => api.maintenanceWindows.remove({ params: { id } }))
    if (!answer.ok) return fail(answer.problem.status, { problem: answer.problem })
    setFlash(event.cookies, event.url, {
      message: `Deleted ${window.name}.`,
      undo: { action: "/maintenance?/restore", ids: [id] }
    })
    redirect(303, "/maintenance")
  }
}
