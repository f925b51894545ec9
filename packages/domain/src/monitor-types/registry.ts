/** Every kind of monitor there is. A new kind is one file beside this one and one line in `monitorTypes`. */
import { Effect, Record, Schema, SchemaAST } from "effect"
import type { CheckOutcome } from "../model/CheckOutcome.ts"
import { type Hide, hideNothing, hiding } from "../rules/hide.ts"
import { presentable } from "../rules/presentable.ts"
import { dns } from "./dns.ts"
import { grpc } from "./grpc.ts"
import { heartbeat } from "./heartbeat.ts"
import { http } from "./http.ts"
import type { CheckLimits } from "./MonitorType.ts"
import { mysql } from "./mysql.ts"
import { ping } from "./ping.ts"
import { postgres } from "./postgres.ts"
import { redis } from "./redis.ts"
import { smtp } from "./smtp.ts"
import { steps } from "./steps.ts"
import { tcp } from "./tcp.ts"
import { tls } from "./tls.ts"
import { udp } from "./udp.ts"
import { websocket } from "./websocket.ts"

/** In the order of the cards: what most people look for first. */
export const monitorTypes = {
  http,
  steps,
  heartbeat,
  tls,
  ping,
  tcp,
  udp,
  dns,
  websocket,
  grpc,
  smtp,
  postgres,
  mysql,
  redis
} as const

export type MonitorTypes = typeof monitorTypes
export type MonitorTypeName = keyof MonitorTypes
export const monitorTypeNames = Object.keys(monitorTypes) as ReadonlyArray<MonitorTypeName>

export const isMonitorTypeName = (type: string): type is MonitorTypeName => Object.hasOwn(monitorTypes, type)

/** The names of a kind's secret settings. */
export const secretsOf = (type: string): ReadonlyArray<string> =>
  isMonitorTypeName(type) ? monitorTypes[type].secrets : []

type Settings = { readonly [K in MonitorTypeName]: MonitorTypes[K]["settings"] }

/** A schema per kind: `fields` beside the kind's own `type` and `settings`. */
export const withSettings = <const Fields extends Schema.Struct.Fields>(fields: Fields) => {
  const member = <K extends MonitorTypeName>(type: K) =>
    Schema.Struct({ ...fields, type: Schema.Literal(type), settings: monitorTypes[type].settings as Settings[K] })
  type Members = { readonly [K in MonitorTypeName]: ReturnType<typeof member<K>> }
  return Schema.Union(monitorTypeNames.map(member) as unknown as ReadonlyArray<Members[MonitorTypeName]>)
}

/**
 * The same for what people send: secrets may be left out, to keep what is stored, or be null, to remove it. So nobody
 * may read these settings before they are completed and decoded as a `MonitorSpec`.
 */
export const withSentSettings = <const Fields extends Schema.Struct.Fields>(fields: Fields) => {
  const member = <K extends MonitorTypeName>(type: K) =>
    Schema.Struct({ ...fields, type: Schema.Literal(type), settings: sentSettings(type) as Settings[K] })
  type Members = { readonly [K in MonitorTypeName]: ReturnType<typeof member<K>> }
  return Schema.Union(monitorTypeNames.map(member) as unknown as ReadonlyArray<Members[MonitorTypeName]>)
}

const sentSettings = (type: MonitorTypeName): Schema.Top => {
  const settings: Schema.Top & { readonly fields?: Schema.Struct.Fields } = monitorTypes[type].settings
  const secrets = secretsOf(type)
  if (secrets.length === 0 || settings.fields === undefined) return settings
  const fields = Record.map(settings.fields, (field, name) =>
    secrets.includes(name) ? Schema.optionalKey(Schema.NullOr(Schema.toType(field as Schema.Top))) : field
  )
  return Schema.Struct(fields).annotate({ identifier: `${SchemaAST.resolveIdentifier(settings.ast) ?? type}Sent` })
}

export const MonitorSpec = withSettings({})
export type MonitorSpec = typeof MonitorSpec.Type

type Needs = {
  readonly [K in MonitorTypeName]: Effect.Services<ReturnType<MonitorTypes[K]["check"]>>
}[MonitorTypeName]

/** What checks of any kind need from the worker. */
export type CheckServices = Needs

/** What comes out may be stored and shown; what a mistake of ours says may be logged. */
export const runCheck = (spec: MonitorSpec, limits: CheckLimits): Effect.Effect<CheckOutcome, never, CheckServices> => {
  // `never`: TypeScript does not see that these settings are this kind's own.
  const check: Effect.Effect<CheckOutcome, never, CheckServices> = monitorTypes[spec.type].check(
    spec.settings as never,
    limits
  )
  const hide = hidingSecretsOf(spec)
  const shown = Effect.map(check, (outcome) => presentable(outcome, hide))
  return hide === hideNothing ? shown : Effect.catchDefect(shown, (defect) => Effect.die(hidden(defect, hide)))
}

const hidden = (defect: unknown, hide: Hide): unknown => {
  if (!(defect instanceof Error)) return defect
  const { message, stack = "" } = defect
  return Object.assign(new Error(hide(message)), { stack: hide(stack) })
}

/** Made once for settings that are checked again and again. */
const hides = new WeakMap<object, Hide>()

const hidingSecretsOf = ({ settings, type }: MonitorSpec): Hide => {
  const names = secretsOf(type)
  if (names.length === 0) return hideNothing
  const known = hides.get(settings)
  if (known !== undefined) return known
  const hide = hiding(names.flatMap((name) => textsIn((settings as Readonly<Record<string, unknown>>)[name])))
  hides.set(settings, hide)
  return hide
}

/** A secret may be several: the variables of steps. */
const textsIn = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Its first word counts: neither confirmations nor further good checks are waited for. */
export const isConclusive = (type: string): boolean => {
  const found: { readonly isConclusive?: boolean } | undefined = Object.hasOwn(monitorTypes, type)
    ? monitorTypes[type as MonitorTypeName]
    : undefined
  return found?.isConclusive === true
}

export const targetOf = (spec: MonitorSpec): string => monitorTypes[spec.type].target(spec.settings as never)
