/** Which monitors an alert rule or a maintenance window is about. In SQL: worker/turnSql, for rules of `down`. */
import type { AlertScope } from "../model/AlertRule.ts"

export interface Scope {
  readonly monitorIds: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
}

/** What is left out names nothing; both left out are every monitor. */
export const scopeOf = ({ monitorIds = [], tags = [] }: AlertScope = {}) => ({ monitorIds, tags })

/** Named, or with one of the tags; an empty scope is every monitor. */
export const isInScope = (
  { monitorIds, tags }: Scope,
  monitor: { readonly id: string; readonly tags: ReadonlyArray<string> }
): boolean =>
  monitorIds.length === 0 && tags.length === 0
    ? true
    : isNamed(monitorIds, monitor.id) || tags.some((tag) => monitor.tags.includes(tag))

/** Two hundred rules that name a thousand monitors each are asked about with each change of each of them. */
const isNamed = (ids: ReadonlyArray<string>, id: string): boolean => {
  if (ids.length <= fewIds) return ids.includes(id)
  let set = sets.get(ids)
  if (set === undefined) sets.set(ids, (set = new Set(ids)))
  return set.has(id)
}
const fewIds = 8
/** Kept as long as the list is, which nobody changes. */
const sets = new WeakMap<ReadonlyArray<string>, ReadonlySet<string>>()
