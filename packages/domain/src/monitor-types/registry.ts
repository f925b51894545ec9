/** Every kind of monitor there is. A new kind is one file beside this one and one line in `monitorTypes`. */
import { type Effect, Schema } from "effect"
import type { CheckOutcome } from "../model/CheckOutcome.ts"
import { http } from "./http.ts"
import type { CheckLimits } from "./MonitorType.ts"

export const monitorTypes = { http } as const

export type MonitorTypes = typeof monitorTypes
export type MonitorTypeName = keyof MonitorTypes
export const monitorTypeNames = Object.keys(monitorTypes) as ReadonlyArray<MonitorTypeName>

type Settings = { readonly [K in MonitorTypeName]: MonitorTypes[K]["settings"] }

/** A schema per kind: `fields` beside the kind's own `type` and `settings`. */
export const withSettings = <const Fields extends Schema.Struct.Fields>(fields: Fields) => {
  const member = <K extends MonitorTypeName>(type: K) =>
    Schema.Struct({ ...fields, type: Schema.Literal(type), settings: monitorTypes[type].settings as Settings[K] })
  type Members = { readonly [K in MonitorTypeName]: ReturnType<typeof member<K>> }
  return Schema.Union(monitorTypeNames.map(member) as unknown as ReadonlyArray<Members[MonitorTypeName]>)
}

export const MonitorSpec = withSettings({})
export type MonitorSpec = typeof MonitorSpec.Type

type Needs = {
  readonly [K in MonitorTypeName]: Effect.Services<ReturnType<MonitorTypes[K]["check"]>>
}[MonitorTypeName]

/** What checks of any kind need from the worker. */
export type CheckServices = Needs

export const runCheck = (spec: MonitorSpec, limits: CheckLimits): Effect.Effect<CheckOutcome, never, CheckServices> =>
  // `never`: TypeScript does not see that these settings are this kind's own.
  monitorTypes[spec.type].check(spec.settings as never, limits)

export const targetOf = (spec: MonitorSpec): string => monitorTypes[spec.type].target(spec.settings as never)
