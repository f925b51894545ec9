/** Which monitors a rule, a maintenance window or a silence is about. */

export interface Scope {
  readonly monitorIds: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
}

/** Named, or with one of the tags; an empty scope is every monitor. */
export const isInScope = (
  { monitorIds, tags }: Scope,
  monitor: { readonly id: string; readonly tags: ReadonlyArray<string> }
): boolean =>
  monitorIds.length === 0 && tags.length === 0
    ? true
    : monitorIds.includes(monitor.id) || tags.some((tag) => monitor.tags.includes(tag))
