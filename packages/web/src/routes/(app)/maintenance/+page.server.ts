/** Planned work: what is on, what comes, what is over, and a month of it. */
import { monthOf, monthView, shownOf } from "#lib/calendar/month.ts"
import { maintenanceHeadline, standingOf, whenText } from "#lib/maintenance/words.ts"
import { ask } from "#lib/server/api.ts"
import { attemptEach, named } from "#lib/server/bulk.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, texts } from "#lib/server/forms.ts"
import { windowId } from "#lib/server/ids.ts"
import type { Actions, PageServerLoad } from "./$types"

const perPage = 200
/** More names than these are not looked up. */
const offered = 200

export const load: PageServerLoad = async (event) => {
  const { timeZone } = event.locals
  const now = Date.now()
  const month = monthOf(event.url.searchParams.get("month"), now, timeZone)
  const isCalendar = event.url.searchParams.has("month") || event.url.searchParams.get("view") === "calendar"
  const [windows, ahead, shown, monitors] = await Promise.all([
    ask(event, (api) => api.maintenanceWindows.list({ query: { perPage } })),
    ask(event, (api) => api.maintenanceWindows.calendar({ query: {} })),
    isCalendar ? ask(event, (api) => api.maintenanceWindows.calendar({ query: shownOf(month, timeZone) })) : undefined,
    ask(event, (api) => api.monitors.list({ query: { perPage: offered } }))
  ])
  return {
    title: "Maintenance",
    headline: maintenanceHeadline(ahead.occurrences, now, timeZone),
    windows: windows.items.map(({ id, name, scope, ...window }) => {
      const { occurrence, phase } = standingOf({ id, ...window }, ahead.occurrences, now)
      return {
        id,
        name,
        scope,
        phase,
        when: whenText(window),
        timeZone: window.timeZone,
        next: occurrence?.startsAt ?? (window.recurrence === null ? window.startsAt : null),
        isOverlapping: occurrence?.overlaps ?? false
      }
    }),
    monitors: monitors.items.map(({ id, name }) => ({ id, name })),
    month,
    calendar:
      shown === undefined
        ? null
        : {
            ...monthView(
              month,
              shown.occurrences.map(({ windowId, ...one }) => ({ id: windowId, ...one })),
              { now, timeZone }
            ),
            isCut: shown.isCut
          }
  }
}

export const actions: Actions = {
  restore: async (event) => {
    const ids = texts(await event.request.formData(), "id")
    const done = await attemptEach(event, ids, (api, id) =>
      api.maintenanceWindows.restore({ params: { id: windowId(id) } })
    )
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, { message: `${named(done.value, "window")} is back.` })
    return { done: true }
  }
}
