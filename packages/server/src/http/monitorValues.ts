/** From what people send to a whole monitor: defaults, and the rules that look at several fields or at this deployment. */
import type { MonitorChange, MonitorValues, StoredMonitor } from "@v-insight/database/repo/MonitorRepo"
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import type { MonitorInput, MonitorPatch } from "@v-insight/domain/api/Monitors"
import { defaults, type Monitor } from "@v-insight/domain/model/Monitor"
import { isConclusive, type MonitorSpec, targetOf } from "@v-insight/domain/monitor-types/registry"
import { plainText } from "@v-insight/domain/rules/plainText"
import { Effect } from "effect"
import { checkedRegions } from "./Regions.ts"
import { completed } from "./sentSettings.ts"

const maxNameLength = 120

/** Create and replace: what is left out takes its default, secrets of the `stored` monitor stay. */
export const valuesOf = Effect.fnUntraced(function* (
  input: MonitorInput,
  minIntervalSeconds: number,
  stored?: StoredMonitor
) {
  const spec = yield* completed(input.type, input.settings, stored)
  const intervalSeconds = input.intervalSeconds ?? Math.max(defaults.intervalSeconds, minIntervalSeconds)
  const values: MonitorValues = {
    name: input.name ?? plainText(targetOf(spec), maxNameLength),
    type: spec.type,
    settings: settingsOf(spec),
    intervalSeconds,
    timeoutSeconds: input.timeoutSeconds ?? Math.min(defaults.timeoutSeconds, intervalSeconds),
    confirmations: input.confirmations ?? defaults.confirmations,
    recoveryChecks: input.recoveryChecks ?? defaults.recoveryChecks,
    inverted: input.inverted ?? defaults.inverted,
    tags: input.tags ?? [],
    regions: input.regions ?? [],
    quorum: input.quorum ?? null,
    degradedAfterMs: input.degradedAfterMs ?? null,
    parentIds: input.parentIds ?? []
  }
  return yield* checkedRegions(yield* checked(values, minIntervalSeconds, values.inverted), true)
})

/** Change: what is left out stays; settings are merged field by field, then checked as a whole. */
export const changedValues = Effect.fnUntraced(function* (
  stored: StoredMonitor,
  { settings, ...patch }: MonitorPatch,
  minIntervalSeconds: number
) {
  const current = stored.monitor
  const spec =
    settings === undefined ? undefined : yield* completed(current.type, { ...current.settings, ...settings }, stored)
  const values: MonitorChange = {
    name: current.name,
    intervalSeconds: current.intervalSeconds,
    timeoutSeconds: current.timeoutSeconds,
    confirmations: current.confirmations,
    recoveryChecks: current.recoveryChecks,
    inverted: current.inverted,
    tags: current.tags,
    regions: current.regions,
    quorum: current.quorum,
    degradedAfterMs: current.degradedAfterMs,
    parentIds: current.parentIds,
    ...patch,
    type: current.type,
    settings: spec && settingsOf(spec)
  }
  // One that was made under a lower floor may keep its interval.
  const minimum = patch.intervalSeconds === undefined ? 0 : minIntervalSeconds
  return yield* checkedRegions(yield* checked(values, minimum, patch.inverted === true), patch.regions !== undefined)
})

const settingsOf = (spec: MonitorSpec) => spec.settings as unknown as Monitor["settings"]

const checked = <V extends Pick<MonitorValues, "type" | "intervalSeconds" | "timeoutSeconds">>(
  values: V,
  minIntervalSeconds: number,
  /** Somebody asks for it. */
  isInverted: boolean
): Effect.Effect<V, ValidationFailed> => {
  const issues = [
    ...(values.intervalSeconds < minIntervalSeconds
      ? [{ path: "intervalSeconds", message: `Here the shortest interval is ${minIntervalSeconds} s` }]
      : []),
    ...(values.timeoutSeconds > values.intervalSeconds
      ? [{ path: "timeoutSeconds", message: "A check must end before the next one is due: at most the interval" }]
      : []),
    ...(isInverted && isConclusive(values.type)
      ? [{ path: "inverted", message: "A monitor of this type cannot be inverted: leave this out, or write false" }]
      : [])
  ]
  return issues.length === 0 ? Effect.succeed(values) : Effect.fail(new ValidationFailed({ issues }))
}
