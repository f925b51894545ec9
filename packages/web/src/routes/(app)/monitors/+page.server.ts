/** The list of monitors. Filters are in the URL; what is selected is acted on together. */
import type { Actions, PageServerLoad } from "./$types"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import { Tag } from "@v-insight/domain/model/Monitor"
import { fail } from "@sveltejs/kit"
import { Schema } from "effect"
import { isStatus } from "#lib/words/status.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { attemptEach, named } from "#lib/server/bulk.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse, text, texts } from "#lib/server/forms.ts"
import { rowOf } from "./listed.ts"
import { overviewLine } from "../overview/overview.ts"

const perPage = 100
const mostPages = 100_000

export const load: PageServerLoad = async (event) => {
  event.depends("vinsight:live")
  const { searchParams } = event.url
  const status = searchParams.get("status")
  const search = (searchParams.get("q") ?? "").trim().slice(0, 200)
  const tag = searchParams.get("tag")
  const page = Math.min(mostPages, Math.max(1, Math.trunc(Number(searchParams.get("page"))) || 1))
  const filter = {
    ...(isStatus(status) ? { status } : {}),
    ...(search === "" ? {} : { search }),
    ...(Schema.is(Tag)(tag) ? { tag } : {})
  }
  const isWhole = page === 1 && Object.keys(filter).length === 0
  const [list, overview] = await Promise.all([
    ask(event, (api) => api.monitors.list({ query: { ...filter, page, perPage, include: "history" } })),
    isWhole ? attempt(event, (api) => api.dashboard.get()) : undefined
  ])
  return {
    title: "Monitors",
    monitors: list.items.map(rowOf),
    meta: list.meta,
    filter,
    overview: overview?.ok ? overviewLine(overview.value) : undefined
  }
}

const idOf = (id: string) => id as MonitorId

export const actions: Actions = {
  pause: async (event) => {
    const ids = texts(await event.request.formData(), "id")
    if (ids.length === 0) return nothingSelected()
    const done = await attemptEach(event, ids, (api, id) => api.monitors.pause({ params: { id: idOf(id) } }))
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, {
      message: `Paused ${named(done.value, "monitor")}.`,
      undo: { action: "/monitors?/resume", ids }
    })
    return { done: true }
  },
  resume: async (event) => {
    const ids = texts(await event.request.formData(), "id")
    if (ids.length === 0) return nothingSelected()
    const done = await attemptEach(event, ids, (api, id) => api.monitors.resume({ params: { id: idOf(id) } }))
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, { message: `Resumed ${named(done.value, "monitor")}.` })
    return { done: true }
  },
  /** Asks first: the page then shows what would go, and the word to type. */
  remove: async (event) => {
    const form = await event.request.formData()
    const ids = texts(form, "id")
    if (ids.length === 0) return nothingSelected()
    const chosen = await attemptEach(event, ids, (api, id) => api.monitors.get({ params: { id: idOf(id) } }))
    if (!chosen.ok) return refuse(event, chosen.problem, {})
    const confirm = { ids, names: chosen.value.map(({ name }) => name), phrase: phraseFor(chosen.value) }
    const typed = text(form, "confirm")
    if (typed !== confirm.phrase) return fail(422, { confirm, isMistyped: typed !== "" })
    const done = await attemptEach(event, ids, (api, id) => api.monitors.remove({ params: { id: idOf(id) } }))
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, {
      message: `Deleted ${named(done.value, "monitor")}.`,
      undo: { action: "/monitors?/restore", ids }
    })
    return { done: true }
  },
  restore: async (event) => {
    const ids = texts(await event.request.formData(), "id")
    const done = await attemptEach(event, ids, (api, id) => api.monitors.restore({ params: { id: idOf(id) } }))
    if (!done.ok) return refuse(event, done.problem, {})
    setFlash(event.cookies, event.url, {
      message: `${named(done.value, "monitor")} ${done.value.length === 1 ? "is" : "are"} back.`
    })
    return { done: true }
  }
}

const phraseFor = (monitors: ReadonlyArray<{ readonly name: string }>): string =>
  monitors.length === 1 ? monitors[0]!.name : `delete ${monitors.length}`

const nothingSelected = () => fail(422, { hint: "Select at least one monitor first." })
