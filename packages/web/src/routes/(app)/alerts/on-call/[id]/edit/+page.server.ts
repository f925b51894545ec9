/** Changing a schedule. */
import { redirect } from "@sveltejs/kit"
import { OnCallSchedulePatch } from "@v-insight/domain/api/OnCallSchedules"
import { Effect } from "effect"
import { changedLayers } from "#lib/oncall/layers.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { scheduleId } from "#lib/server/ids.ts"
import { read } from "#lib/server/payload.ts"
import { members } from "#lib/server/people.ts"
import { filledSchedule, scheduleOf, scheduleValues } from "#lib/server/scheduleForm.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const id = scheduleId(event.params.id)
  const [schedule, people] = await Promise.all([
    ask(event, (api) => api.onCallSchedules.get({ params: { id } })),
    members(event)
  ])
  return { title: `Edit ${schedule.name}`, id, name: schedule.name, people, values: filledSchedule(schedule) }
}

export const actions: Actions = {
  save: async (event) => {
    const id = scheduleId(event.params.id)
    const values = scheduleValues(await event.request.formData())
    const saved = await attempt(event, (api) =>
      Effect.flatMap(read(OnCallSchedulePatch, scheduleOf(values)), (payload) =>
        api.onCallSchedules.change({ params: { id }, payload })
      )
    )
    if (!saved.ok) return refuse(event, saved.problem, { ...values })
    setFlash(event.cookies, event.url, { message: `Saved ${saved.value.name}.` })
    redirect(303, `/alerts/on-call/${id}`)
  },
  change: async ({ request }) => {
    const form = await request.formData()
    const change = text(form, "change")
    return { values: changedLayers(scheduleValues(form), change), changed: change }
  }
}
