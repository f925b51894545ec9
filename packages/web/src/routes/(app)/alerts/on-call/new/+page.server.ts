/** A new schedule. */
import { redirect } from "@sveltejs/kit"
import { OnCallScheduleInput } from "@v-insight/domain/api/OnCallSchedules"
import { Effect } from "effect"
import { changedLayers } from "#lib/oncall/layers.ts"
import { attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text } from "#lib/server/forms.ts"
import { read } from "#lib/server/payload.ts"
import { members } from "#lib/server/people.ts"
import { emptySchedule, scheduleOf, scheduleValues } from "#lib/server/scheduleForm.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const [people, { me }] = await Promise.all([members(event), event.parent()])
  return {
    title: "Add a schedule",
    people,
    values: emptySchedule(me.user.id, Date.now(), event.locals.timeZone)
  }
}

export const actions: Actions = {
  save: async (event) => {
    const values = scheduleValues(await event.request.formData())
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(OnCallScheduleInput, scheduleOf(values)), (payload) =>
        api.onCallSchedules.create({ payload })
      )
    )
    if (!created.ok) return refuse(event, created.problem, { ...values })
    setFlash(event.cookies, event.url, { message: `Saved ${created.value.name}.` })
    redirect(303, `/alerts/on-call/${created.value.id}`)
  },
  change: async ({ request }) => {
    const form = await request.formData()
    const change = text(form, "change")
    return { values: changedLayers(scheduleValues(form), change), changed: change }
  }
}
