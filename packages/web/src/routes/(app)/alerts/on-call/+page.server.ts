/** Who is on call, when nobody is, and how people are told. */
import type { OnCallSchedule } from "@v-insight/domain/model/OnCallSchedule"
import { Effect } from "effect"
import { strips } from "#lib/oncall/timeline.ts"
import { gapReport } from "#lib/oncall/words.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { attemptEach, named } from "#lib/server/bulk.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text, texts } from "#lib/server/forms.ts"
import { scheduleId, userId } from "#lib/server/ids.ts"
import { read } from "#lib/server/payload.ts"
import { members } from "#lib/server/people.ts"
import { ContactChannels } from "@v-insight/domain/model/Contacts"
import type { Actions, PageServerLoad } from "./$types"

const perPage = 200
/** Each asks for its own answer: so many are shown whole. */
const shown = 20
const shownPeople = 50
const atOnce = 8

type Event = Parameters<PageServerLoad>[0]

export const load: PageServerLoad = async (event) => {
  const [schedules, people, channels] = await Promise.all([
    ask(event, (api) => api.onCallSchedules.list({ query: { perPage } })),
    members(event),
    ask(event, (api) => api.alertChannels.list({ query: { perPage } }))
  ])
  const [standing, contacts] = await Promise.all([
    Promise.all(schedules.items.slice(0, shown).map((schedule) => standingOf(event, schedule))),
    ask(event, (api) =>
      Effect.forEach(people.slice(0, shownPeople), ({ userId }) => api.members.contacts({ params: { id: userId } }), {
        concurrency: atOnce
      })
    )
  ])
  return {
    title: "On call",
    schedules: standing,
    people: people.slice(0, shownPeople).map(({ email, userId }) => ({
      id: userId,
      email,
      channelIds: contacts.find((one) => one.userId === userId)?.channelIds ?? []
    })),
    channels: channels.items.map(({ id, name }) => ({ id, name })),
    person: event.url.searchParams.get("person")
  }
}

/** Now, and the two weeks that follow. */
const standingOf = async (event: Event, { id, name, timeZone }: OnCallSchedule) => {
  const [now, timeline] = await Promise.all([
    ask(event, (api) => api.onCallSchedules.onCall({ params: { id }, query: {} })),
    ask(event, (api) => api.onCallSchedules.timeline({ params: { id }, query: {} }))
  ])
  return {
    id,
    name,
    timeZone,
    email: now.email,
    until: now.until,
    gaps: gapReport(timeline, timeZone) ?? null,
    strip: strips(timeline, timeZone).at(-1)!
  }
}

export const actions: Actions = {
  contacts: async (event) => {
    const form = await event.request.formData()
    const id = userId(text(form, "id"))
    const answer = await attempt(event, (api) =>
      Effect.flatMap(read(ContactChannels, texts(form, "channelId")), (channelIds) =>
        api.members.replaceContacts({ params: { id }, payload: { channelIds } })
      )
    )
    if (!answer.ok) return refuse(event, answer.problem, {})
    setFlash(event.cookies, event.url, { message: "Saved how they are told." })
    return { done: true }
  },
  restore: async (event) => {
    const ids = texts(await event.request.formData(), "id")
    const done = await attemptEach(event, ids, (api, id) =>
      api.onCallSchedules.restore({ params: { id: scheduleId(id) } })
    )
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, { message: `${named(done.value, "schedule")} is back.` })
    return { done: true }
  }
}
