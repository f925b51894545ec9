/** Every kind of alert channel there is. A new kind is one file beside this one and one line in `channelTypes`. */
import { Effect, Schema } from "effect"
import type { DeliveryReport } from "../model/Notification.ts"
import { hiding } from "../rules/hide.ts"
import { DeliveryFailed, type Message } from "./ChannelType.ts"
import { discord } from "./discord.ts"
import { email } from "./email.ts"
import { googlechat } from "./googlechat.ts"
import { gotify } from "./gotify.ts"
import { matrix } from "./matrix.ts"
import { mattermost } from "./mattermost.ts"
import { ntfy } from "./ntfy.ts"
import { opsgenie } from "./opsgenie.ts"
import { pagerduty } from "./pagerduty.ts"
import { pushover } from "./pushover.ts"
import { slack } from "./slack.ts"
import { teams } from "./teams.ts"
import { telegram } from "./telegram.ts"
import { twilio } from "./twilio.ts"
import { webhook } from "./webhook.ts"
import { zulip } from "./zulip.ts"

export const channelTypes = {
  webhook,
  email,
  slack,
  discord,
  teams,
  telegram,
  ntfy,
  gotify,
  pushover,
  pagerduty,
  opsgenie,
  mattermost,
  matrix,
  googlechat,
  twilio,
  zulip
} as const

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

/**
 * What receivers say is kept and shown to whoever may read: without the channel's secrets and without the link that
 * acknowledges, should they repeat them.
 */
export const deliver = (
  spec: ChannelSpec,
  message: Message
): Effect.Effect<DeliveryReport, DeliveryFailed, DeliverServices> => {
  const settings: Readonly<Record<string, unknown>> = spec.settings
  const secrets = secretsOf(spec.type).flatMap((name) => partsOf(settings[name]))
  const hide = hiding([...secrets, ...tokenOf(message)])
  const hidden = (answer: string | null): string | null => (answer === null ? null : hide(answer))
  // `never`: TypeScript does not see that these settings are this kind's own.
  const sent: Effect.Effect<DeliveryReport, DeliveryFailed, DeliverServices> = channelTypes[spec.type].deliver(
    spec.settings as never,
    message
  )
  return sent.pipe(
    Effect.map((report) => ({ ...report, answer: hidden(report.answer) })),
    Effect.mapError(
      ({ answer, reason, ...failed }) =>
        new DeliveryFailed({
          permanent: failed.permanent,
          status: failed.status,
          durationMs: failed.durationMs,
          retryAfterMs: failed.retryAfterMs,
          answer: hidden(answer),
          reason: { ...reason, message: hide(reason.message) }
        })
    )
  )
}

/** Whoever has it may acknowledge. */
const tokenOf = ({ event }: Message): ReadonlyArray<string> => event.links?.acknowledge?.split("/").slice(-1) ?? []

/** Of a URL that is a secret, what stands behind its host gives it away as well. */
const partsOf = (secret: unknown): ReadonlyArray<string> => {
  if (typeof secret !== "string") return []
  const url = secret.includes("://") ? URL.parse(secret) : null
  return url === null ? [secret] : [secret, `${url.pathname}${url.search}`]
}

/** To whom a secret is sent that was stored: nobody who was not told it before (monitor-types/audience.ts). */
export const isSigning = (type: ChannelTypeName): boolean => {
  const kind: { readonly isSigning?: boolean } = channelTypes[type]
  return kind.isSigning === true
}

/** The names of a kind's secret settings. */
export const secretsOf = (type: ChannelTypeName): ReadonlyArray<string> => channelTypes[type].secrets
