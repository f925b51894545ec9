/** The list as it is drawn: grouped by what it asks of the reader, worst first. */
import type { Monitor } from "@v-insight/domain/model/Monitor"
import { type Group, groupOf, order } from "#lib/words/status.ts"
import { spanInWords } from "#lib/words/time.ts"

export interface RowGroup {
  readonly group: Group
  readonly title: string
  readonly monitors: ReadonlyArray<Monitor>
}

const groups: ReadonlyArray<Group> = ["needs you", "planned", "fine"]
const titles: Readonly<Record<Group, (count: number) => string>> = {
  "needs you": (count) => (count === 1 ? "1 needs you" : `${count} need you`),
  planned: (count) => `${count} planned or paused`,
  fine: (count) => `${count} fine`
}

export const grouped = (monitors: ReadonlyArray<Monitor>): ReadonlyArray<RowGroup> => {
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
export const worst = (monitors: ReadonlyArray<Monitor>, now: number): string | undefined => {
  const [first] = monitors
    .filter(
      (monitor): monitor is Monitor & { statusSince: string } =>
        monitor.status === "down" && monitor.statusSince !== null
    )
    .sort((a, b) => Date.parse(a.statusSince) - Date.parse(b.statusSince))
  if (first === undefined) return undefined
  return `${first.name} has been down for ${spanInWords(now - Date.parse(first.statusSince))}.`
}

/** Fewer than this are not worth comparing. */
const fewest = 3

/** A length to compare at a glance: the slowest in sight, microseconds; undefined where there is nothing to compare. */
export const scaleOf = (monitors: ReadonlyArray<Monitor>): number | undefined => {
  const totals = monitors.flatMap(({ status, lastCheck }) =>
    status === "down" || lastCheck?.totalUs == null ? [] : [lastCheck.totalUs]
  )
  return totals.length < fewest ? undefined : Math.max(1, ...totals)
}

/** Tags in sight, the commonest first. */
export const tagsOf = (monitors: ReadonlyArray<Monitor>): ReadonlyArray<string> => {
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
