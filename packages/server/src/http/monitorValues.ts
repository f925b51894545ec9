/** From what people send to a whole monitor: defaults, and the rules that look at several fields or at this deployment. */
import type { MonitorValues } from "@v-insight/database/repo/MonitorRepo"
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import type { MonitorInput, MonitorPatch } from "@v-insight/domain/api/Monitors"
import { defaults, type Monitor } from "@v-insight/domain/model/Monitor"
import { MonitorSpec, targetOf } from "@v-insight/domain/monitor-types/registry"
import { Effect, Schema } from "effect"
import { issuesOf } from "./issues.ts"

/** Create and replace: what is left out takes its default. */
export const valuesOf = (input: MonitorInput, minIntervalSeconds: number) => {
  const intervalSeconds = input.intervalSeconds ?? Math.max(defaults.intervalSeconds, minIntervalSeconds)
  return checked(
    {
      name: input.name ?? nameOf(input),
      type: input.type,
      settings: input.settings as unknown as Monitor["settings"],
      intervalSeconds,
      timeoutSeconds: input.timeoutSeconds ?? Math.min(defaults.timeoutSeconds, intervalSeconds),
      confirmations: input.confirmations ?? defaults.confirmations,
      recoveryChecks: input.recoveryChecks ?? defaults.recoveryChecks,
      tags: input.tags ?? []
    },
    minIntervalSeconds
  )
}

/** Change: what is left out stays; settings are merged field by field, then checked as a whole. */
export const changedValues = Effect.fnUntraced(function* (
  current: Monitor,
  { settings, ...patch }: MonitorPatch,
  minIntervalSeconds: number
) {
  const spec =
    settings === undefined
      ? current
      : yield* decodeSpec({ type: current.type, settings: { ...current.settings, ...settings } })
  return yield* checked(
    {
      name: current.name,
      intervalSeconds: current.intervalSeconds,
      timeoutSeconds: current.timeoutSeconds,
      confirmations: current.confirmations,
      recoveryChecks: current.recoveryChecks,
      tags: current.tags,
      ...patch,
      type: spec.type,
      settings: spec.settings as unknown as Monitor["settings"]
    },
    // One that was made under a lower floor may keep its interval.
    patch.intervalSeconds === undefined ? 0 : minIntervalSeconds
  )
})

const maxNameLength = 120
const nameOf = (spec: MonitorInput): string => targetOf(spec).slice(0, maxNameLength)

const checked = (values: MonitorValues, minIntervalSeconds: number): Effect.Effect<MonitorValues, ValidationFailed> => {
  const issues = [
    ...(values.intervalSeconds < minIntervalSeconds
      ? [{ path: "intervalSeconds", message: `Here the shortest interval is ${minIntervalSeconds} s` }]
      : []),
    ...(values.timeoutSeconds > values.intervalSeconds
      ? [{ path: "timeoutSeconds", message: "A check must end before the next one is due: at most the interval" }]
      : [])
  ]
  return issues.length === 0 ? Effect.succeed(values) : Effect.fail(new ValidationFailed({ issues }))
}

/** What is merged is decoded like what is sent: the paths are those of the request's body. */
const decodeSpec = (spec: object) =>
  Schema.decodeUnknownEffect(MonitorSpec, { errors: "all", onExcessProperty: "error" })(spec).pipe(
    Effect.mapError(({ issue }) => new ValidationFailed({ issues: issuesOf(issue) }))
  )
