/** The list as it is drawn: grouped by what it asks of the reader, worst first. */
import type { Monitor } from "@v-insight/domain/model/Monitor"
import { type Group, groupOf, order } from "#lib/words/status.ts"
import { spanInWords } from "#lib/words/time.ts"

/** What the order of rows depends on. */
type Ordered = Pick<Monitor, "name" | "status">

export interface RowGroup<M> {
  readonly group: Group
  readonly title: string
  readonly monitors: ReadonlyArray<M>
}

const groups: ReadonlyArray<Group> = ["needs you", "planned", "fine"]
const titles: Readonly<Record<Group, (count: number) => string>> = {
  "needs you": (count) => (count === 1 ? "1 needs you" : `${count} need you`),
  planned: (count) => `${count} planned or paused`,
  fine: (count) => `${count} fine`
}

export const grouped = <M extends Ordered>(monitors: ReadonlyArray<M>): ReadonlyArray<RowGroup<M>> => {
  const sorted = monitors.toSorted(
    (a, b) =>
      order.indexOf(a.status) - order.indexOf(b.status) || a.name.localeCompare(b.name, "en", { sensitivity: "base" })
  )
  return groups
    .map((group) => ({ group, monitors: sorted.filter(({ status }) => groupOf(status) === group) }))
    .filter(({ monitors }) => monitors.length > 0)
    .map(({ group, monitors }) => ({ group, monitors, title: titles[group](monitors.length) }))
}

/** The outage to look at first: the longest one. */
export const worst = (
  monitors: ReadonlyArray<Pick<Monitor, "name" | "status" | "statusSince">>,
  now: number
): string | undefined => {
  const [first] = monitors
    .flatMap(({ name, status, statusSince }) =>
      status === "down" && statusSince !== null ? [{ name, statusSince }] : []
    )
    .sort((a, b) => Date.parse(a.statusSince) - Date.parse(b.statusSince))
  if (first === undefined) return undefined
  return `${first.name} has been down for ${spanInWords(now - Date.parse(first.statusSince))}.`
}

/** Tags in sight, the commonest first. */
export const tagsOf = (monitors: ReadonlyArray<Pick<Monitor, "tags">>): ReadonlyArray<string> => {
  const counts = new Map<string, number>()
  for (const tag of monitors.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b, "en")).map(([tag]) => tag)
}

/** The list's address with some parameters changed; an absent value takes the parameter out. */
export const listUrl = (
  present: Pick<URLSearchParams, "get">,
  change: Readonly<Record<string, string | undefined>>
): string => {
  const next = new URLSearchParams(
    ["q", "status", "tag", "page"].flatMap((name) => (present.get(name) ? [[name, present.get(name)!]] : []))
  )
  if (!("page" in change)) next.delete("page")
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === "") next.delete(name)
    else next.set(name, value)
  }
  return next.size === 0 ? "/monitors" : `/monitors?${next}`
}
