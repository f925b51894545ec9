/** Which of a tenant's alert rules and maintenance windows concern a monitor. */
import type { AlertRule } from "@v-insight/domain/model/AlertRule"
import type { MaintenanceWindow } from "@v-insight/domain/model/MaintenanceWindow"

/** Of an alert rule, what judging it takes. */
export type JudgedRule = Pick<AlertRule, "id" | "name" | "condition" | "severity" | "scope">
/** Of a maintenance window, what looking at it takes. */
export type PlannedWindow = Omit<MaintenanceWindow, "createdAt" | "updatedAt">

/** Those whose turn comes with each check; `down` and `heartbeat_missed` follow the monitor's own incident. */
export interface Watch {
  readonly rules: ReadonlyArray<JudgedRule>
  readonly windows: ReadonlyArray<PlannedWindow>
}

/** The part of a monitor that scopes look at. */
export interface Watched {
  readonly tenantId: string
  readonly id: string
  readonly tags: ReadonlyArray<string>
}

/** Of monitors that nothing concerns, without making anything. */
export const nothing: Watch = { rules: [], windows: [] }

/** Named, or with one of the tags; an empty scope is every monitor. */
const isInScope =
  ({ id, tags }: Watched) =>
  ({ scope }: { readonly scope: AlertRule["scope"] }): boolean =>
    (scope.monitorIds.length === 0 && scope.tags.length === 0) ||
    scope.monitorIds.some((monitorId) => monitorId === id) ||
    scope.tags.some((tag) => tags.includes(tag))

export const watchOf = (everything: Watch, monitor: Watched): Watch => {
  const rules = everything.rules.filter(isInScope(monitor))
  const windows = everything.windows.filter(isInScope(monitor))
  return rules.length === 0 && windows.length === 0 ? nothing : { rules, windows }
}
