/** Every kind of alert channel there is. A new kind is one file beside this one and one line in `channelTypes`. */
import { type Effect, Schema } from "effect"
import type { DeliveryReport } from "../model/Notification.ts"
import type { DeliveryFailed, Message } from "./ChannelType.ts"
import { webhook } from "./webhook.ts"

export const channelTypes = { webhook } as const

export type ChannelTypes = typeof channelTypes
export type ChannelTypeName = keyof ChannelTypes
export const channelTypeNames = Object.keys(channelTypes) as ReadonlyArray<ChannelTypeName>

export const isChannelTypeName = (type: string): type is ChannelTypeName => Object.hasOwn(channelTypes, type)

type Settings = { readonly [K in ChannelTypeName]: ChannelTypes[K]["settings"] }

/** A schema per kind: `fields` beside the kind's own `type` and `settings`. */
export const withSettings = <const Fields extends Schema.Struct.Fields>(fields: Fields) => {
  const member = <K extends ChannelTypeName>(type: K) =>
    Schema.Struct({ ...fields, type: Schema.Literal(type), settings: channelTypes[type].settings as Settings[K] })
  type Members = { readonly [K in ChannelTypeName]: ReturnType<typeof member<K>> }
  return Schema.Union(channelTypeNames.map(member) as unknown as ReadonlyArray<Members[ChannelTypeName]>)
}

export const ChannelSpec = withSettings({})
export type ChannelSpec = typeof ChannelSpec.Type

/** What deliveries of any kind need from the worker. */
export type DeliverServices = {
  readonly [K in ChannelTypeName]: Effect.Services<ReturnType<ChannelTypes[K]["deliver"]>>
}[ChannelTypeName]

export const deliver = (
  spec: ChannelSpec,
  message: Message
): Effect.Effect<DeliveryReport, DeliveryFailed, DeliverServices> =>
  // `never`: TypeScript does not see that these settings are this kind's own.
  channelTypes[spec.type].deliver(spec.settings as never, message)

/** The names of a kind's secret settings. */
export const secretsOf = (type: ChannelTypeName): ReadonlyArray<string> => channelTypes[type].secrets
