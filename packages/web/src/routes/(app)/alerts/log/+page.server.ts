/** The delivery log: what was told to whom, what was not, and why. Filters stand in the address. */
import { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { IncidentId } from "@v-insight/domain/model/Incident"
import { Schema } from "effect"
import { logFilter, reasonText, sinceOf, subject } from "#lib/alerts/deliveries.ts"
import { ask } from "#lib/server/api.ts"
import type { PageServerLoad } from "./$types"

const limit = 50
/** So many failures of a day are counted, no more. */
const counted = 100
const dayMs = 86_400_000

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const said = logFilter(searchParams)
  const { channel, incident } = said
  const isChannel = Schema.is(AlertChannelId)
  const isIncident = Schema.is(IncidentId)
  const filter = {
    ...said,
    channel: isChannel(channel) ? channel : undefined,
    incident: isIncident(incident) ? incident : undefined
  }
  const now = Date.now()
  const from = sinceOf(filter, now)
  const cursor = searchParams.get("cursor")
  const query = {
    ...(filter.status === undefined ? {} : { status: filter.status }),
    ...(filter.channel === undefined ? {} : { channelId: filter.channel }),
    ...(filter.incident === undefined ? {} : { incidentId: filter.incident }),
    ...(from === undefined ? {} : { from })
  }
  const [list, failed, channels] = await Promise.all([
    ask(event, (api) => api.notifications.list({ query: { ...query, limit, ...(cursor === null ? {} : { cursor }) } })),
    ask(event, (api) =>
      api.notifications.list({
        query: { status: "failed", from: new Date(now - dayMs).toISOString(), limit: counted }
      })
    ),
    ask(event, (api) => api.alertChannels.list({ query: { perPage: 200 } }))
  ])
  return {
    title: "Delivery log",
    filter,
    isOlder: cursor !== null,
    nextCursor: list.meta.nextCursor,
    failed: failed.items.length,
    isMoreFailed: failed.meta.nextCursor !== null,
    channels: channels.items.map(({ id, name }) => ({ id, name })),
    deliveries: list.items.map((one) => ({
      id: one.id,
      ...subject(one),
      status: one.status,
      channelName: one.channelName,
      attempts: one.attempts,
      at: one.sentAt ?? one.createdAt,
      why: reasonText(one)
    }))
  }
}
