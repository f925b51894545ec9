/** Which of a tenant's alert rules and maintenance windows concern a monitor. */
import { type AlertRule, maxRulesPerMonitor } from "@v-insight/domain/model/AlertRule"
import type { PlannedWork } from "@v-insight/domain/rules/decide"
import { isOn, type PlannedWindow } from "@v-insight/domain/rules/maintenance"
import { isInScope } from "@v-insight/domain/rules/scope"

/** Of an alert rule, what judging it takes. */
export type JudgedRule = Pick<AlertRule, "id" | "condition" | "severity" | "scope">

/** Those whose turn comes with each check; `down` and `heartbeat_missed` follow the monitor's own incident. */
export interface Watch {
  readonly rules: ReadonlyArray<JudgedRule>
  /** The same objects as long as nothing is edited: what is worked out of them is kept with them. */
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

/**
 * Of one monitor, the oldest: two hundred of them on a thousand monitors were half a gigabyte with each round of checks.
 * Whoever saves one more is told so (repo/judgedRules).
 */
export const watchOf = ({ rules, windows }: Watch, monitor: Watched): Watch => {
  const concerns = ({ scope }: Pick<PlannedWindow, "scope">): boolean => isInScope(scope, monitor)
  const own = { rules: rules.filter(concerns).slice(0, maxRulesPerMonitor), windows: windows.filter(concerns) }
  return own.rules.length === 0 && own.windows.length === 0 ? nothing : own
}

/** The planned work that is on; `at`: epoch milliseconds. */
export const workAt = ({ windows }: Watch, at: number): PlannedWork | null => {
  for (const window of windows) if (isOn(window, at)) return { id: window.id, name: window.name }
  return null
}
