/**
 * Where messages lead: the incident's page and a link that acknowledges, when this installation knows its own address
 * (VINSIGHT_PUBLIC_URL). They are added when a message is sent and are not kept with it: the link is a credential.
 */
import { lifetimeMs, makeToken } from "@v-insight/database/AcknowledgeToken"
import { Keys } from "@v-insight/database/Keys"
import { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { epochMs } from "@v-insight/domain/channel-types/message"
import type { NotificationEvent } from "@v-insight/domain/model/Notification"
import { TenantId } from "@v-insight/domain/model/Tenant"
import { Config, Context, Effect, Layer, Option, Schema } from "effect"

interface Told {
  readonly tenantId: string
  readonly channelId: string
}

/** The same on every attempt. */
export type AddLinks = (event: NotificationEvent, told: Told) => NotificationEvent

export const Links = Context.Reference<AddLinks>("@v-insight/worker/notify/Links", {
  defaultValue: () => (event) => event
})

const PublicUrl = Schema.String.check(
  Schema.makeFilter((text: string) => {
    const url = URL.parse(text)
    const isOrigin = url !== null && /^https?:$/.test(url.protocol) && text.replace(/\/$/, "") === url.origin
    return isOrigin || "VINSIGHT_PUBLIC_URL must be an origin such as https://status.example.org"
  })
)
const setting = (name: string) => Config.option(Config.schema(PublicUrl, name))

/** What people type is what messages lead to, unless they are told apart. */
const publicUrl = Config.all([setting("VINSIGHT_PUBLIC_URL"), setting("VINSIGHT_ORIGIN")]).pipe(
  Config.map(([own, typed]) =>
    Option.map(
      Option.orElse(own, () => typed),
      (text) => new URL(text).origin
    )
  )
)

export const linksTo =
  (origin: string, keys: Keys["Service"]): AddLinks =>
  (event, { channelId, tenantId }) => {
    const { incident } = event.data
    if (event.type === "test") return event
    if (incident === null) return { ...event, links: { incident: `${origin}/incidents`, acknowledge: null } }
    const about = {
      tenantId: TenantId.make(tenantId),
      incidentId: incident.id,
      channelId: AlertChannelId.make(channelId)
    }
    const token = makeToken(keys, about, epochMs(event.timestamp) + lifetimeMs)
    return {
      ...event,
      links: {
        incident: `${origin}/incidents/${incident.id}`,
        acknowledge: incident.status === "open" ? `${origin}/acknowledge/${token}` : null
      }
    }
  }

/** Reads VINSIGHT_PUBLIC_URL, and VINSIGHT_ORIGIN where that is not set. */
export const layer = Layer.effect(
  Links,
  Effect.gen(function* () {
    const keys = yield* Keys
    return Option.match(yield* publicUrl, {
      onNone: () => Links.defaultValue(),
      onSome: (origin) => linksTo(origin, keys)
    })
  })
)
