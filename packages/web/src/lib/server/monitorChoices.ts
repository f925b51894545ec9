/** The monitors and tags that a form offers to pick from: of many monitors those that were sought, and those chosen. */
import type { RequestEvent } from "@sveltejs/kit"
import { byName, type MonitorChoices, offered } from "#lib/settings/choices.ts"
import { ask } from "./api.ts"
import { text, trimmed } from "./forms.ts"
import { namedOf } from "./monitorNames.ts"

type Event = Pick<RequestEvent, "fetch" | "locals" | "request" | "url">

/** Up to this many are a list to pick from as they are. */
const perPage = 200
/** So far monitors are read for their tags; of workspaces beyond, rare tags are not offered. */
const mostPages = 5
const longest = 200

export const monitorChoices = async (
  event: Event,
  chosen: ReadonlyArray<string> = []
): Promise<{ readonly choices: MonitorChoices; readonly tags: ReadonlyArray<string> }> => {
  const { picking } = event.locals
  const sought = picking?.sought ?? (event.url.searchParams.get("q") ?? "").trim().slice(0, longest)
  const page = (page: number) => ask(event, (api) => api.monitors.list({ query: { page, perPage } }))
  const first = await page(1)
  const { total } = first.meta
  const isMany = total > perPage
  const pages = Math.min(mostPages, Math.ceil(total / perPage))
  const [rest, found] = await Promise.all([
    Promise.all(Array.from({ length: Math.max(0, pages - 1) }, (_, index) => page(index + 2))),
    isMany && sought !== ""
      ? ask(event, (api) => api.monitors.list({ query: { search: sought, perPage: offered } }))
      : undefined
  ])
  const all = [first, ...rest].flatMap(({ items }) => items)
  const known = all.map(({ id, name }) => ({ id, name })).sort(byName)
  const listed =
    found?.items.map(({ id, name }) => ({ id, name })).sort(byName) ?? (isMany ? known.slice(0, offered) : known)
  const missing = [...new Set([...chosen, ...(picking?.chosen ?? [])])].filter((id) =>
    listed.every((monitor) => monitor.id !== id)
  )
  const kept = await namedOf(event, missing, known)
  return {
    choices: {
      monitors: [...kept, ...listed],
      total,
      isMany,
      sought: isMany ? sought : "",
      matches: found?.meta.total ?? total
    },
    tags: [...new Set(all.flatMap(({ tags }) => tags))].sort()
  }
}

/**
 * Remembers what was sought and chosen for the page that answers. True when something is sought that was not before, by
 * Enter where there is no JS: then nothing is to be saved.
 */
export const isSeeking = (event: Event, form: FormData, chosen: ReadonlyArray<string>): boolean => {
  const sought = trimmed(form, "q").slice(0, longest)
  event.locals.picking = { sought, chosen }
  return sought !== text(form, "sought")
}
