/** One schedule: who is on call now and when nobody is, its turns over days, who is paged at any time, who stands in. */
import { fail, redirect } from "@sveltejs/kit"
import { OnCallOverrideInput } from "@v-insight/domain/api/OnCallSchedules"
import { Effect } from "effect"
import { instantAt, instantText } from "#lib/calendar/zoned.ts"
import { rangeOf, spanOf, strips, ticks } from "#lib/oncall/timeline.ts"
import { gapReport, pagedSentence, timelineFinding } from "#lib/oncall/words.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text, trimmed } from "#lib/server/forms.ts"
import { overrideId, scheduleId } from "#lib/server/ids.ts"
import { read } from "#lib/server/payload.ts"
import { members } from "#lib/server/people.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const id = scheduleId(event.params.id)
  const { searchParams } = event.url
  const [schedule, people] = await Promise.all([
    ask(event, (api) => api.onCallSchedules.get({ params: { id } })),
    members(event)
  ])
  const { timeZone } = schedule
  const now = Date.now()
  const span = spanOf(searchParams.get("span"))
  const { from, to, ...range } = rangeOf(searchParams.get("day"), span, now, timeZone)
  const asked = searchParams.get("at") ?? ""
  const at = asked === "" ? undefined : instantAt(asked, timeZone)
  const [onCall, timeline, ahead, paged] = await Promise.all([
    ask(event, (api) => api.onCallSchedules.onCall({ params: { id }, query: {} })),
    ask(event, (api) => api.onCallSchedules.timeline({ params: { id }, query: { from, to } })),
    ask(event, (api) => api.onCallSchedules.timeline({ params: { id }, query: {} })),
    at === undefined
      ? undefined
      : ask(event, (api) => api.onCallSchedules.onCall({ params: { id }, query: { at: new Date(at).toISOString() } }))
  ])
  const share = ((now - Date.parse(from)) / (Date.parse(to) - Date.parse(from))) * 100
  return {
    title: schedule.name,
    schedule,
    people,
    onCall,
    range,
    span,
    finding: timelineFinding(timeline),
    strips: strips(timeline, timeZone),
    ticks: ticks(timeline, timeZone, span),
    nowAt: share >= 0 && share <= 100 ? share : null,
    spans: timeline.spans.map(({ email, from, layer, source, to }) => ({ email, from, layer, source, to })),
    /** Of the next two weeks, whatever is looked at. */
    gaps: gapReport(ahead, timeZone) ?? null,
    asked,
    paged:
      asked === "" ? null : paged === undefined ? "Write a date and a time of day." : pagedSentence(paged, timeZone),
    isDeleting: searchParams.has("delete")
  }
}

export const actions: Actions = {
  standIn: async (event) => {
    const id = scheduleId(event.params.id)
    const form = await event.request.formData()
    const { timeZone } = await ask(event, (api) => api.onCallSchedules.get({ params: { id } }))
    const values = {
      userId: text(form, "userId"),
      startsAt: trimmed(form, "startsAt"),
      endsAt: trimmed(form, "endsAt")
    }
    const said = {
      userId: values.userId,
      startsAt: instantText(values.startsAt, timeZone),
      endsAt: instantText(values.endsAt, timeZone)
    }
    const added = await attempt(event, (api) =>
      Effect.flatMap(read(OnCallOverrideInput, said), (payload) =>
        api.onCallSchedules.addOverride({ params: { id }, payload })
      )
    )
    if (!added.ok) return refuse(event, added.problem, values)
    setFlash(event.cookies, event.url, { message: "They stand in." })
    redirect(303, `/alerts/on-call/${id}`)
  },
  standDown: async (event) => {
    const id = scheduleId(event.params.id)
    const override = overrideId(text(await event.request.formData(), "id"))
    const done = await attempt(event, (api) =>
      api.onCallSchedules.removeOverride({ params: { id, overrideId: override } })
    )
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, { message: "They do not stand in any more." })
    return { done: true }
  },
  remove: async (event) => {
    const id = scheduleId(event.params.id)
    const typed = text(await event.request.formData(), "confirm")
    const schedule = await ask(event, (api) => api.onCallSchedules.get({ params: { id } }))
    if (typed !== schedule.name) return fail(422, { isMistyped: true })
    const answer = await attempt(event, (api) => api.onCallSchedules.remove({ params: { id } }))
    if (!answer.ok) return fail(answer.problem.status, { problem: answer.problem })
    setFlash(event.cookies, event.url, {
      message: `Deleted ${schedule.name}.`,
      undo: { action: "/alerts/on-call?/restore", ids: [id] }
    })
    redirect(303, "/alerts/on-call")
  }
}
