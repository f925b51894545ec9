/** A workspace in which every state is to be seen: up, down, paused, told, acknowledged, resolved. */
import type { Workspace } from "./fixtures.ts"
import type { Sink, Target } from "./servers.ts"

interface WithId {
  readonly id: string
}
interface Incident extends WithId {
  readonly monitorName: string
  readonly status: string
}

export interface Furnished {
  readonly monitor: string
  readonly brokenMonitor: string
  readonly incident: string
  readonly resolved: string
  readonly channel: string
  readonly rule: string
}

export const furnish = async ({ call, until }: Workspace, target: Target, sink: Sink): Promise<Furnished> => {
  const monitor = (name: string, path: string, more: object = {}) =>
    call<WithId>("POST", "/monitors", {
      name,
      type: "http",
      settings: { url: `${target.url}${path}` },
      intervalSeconds: 1,
      ...more
    })
  const channel = await call<WithId>("POST", "/alert-channels", {
    name: "#payments-ops",
    type: "webhook",
    settings: { url: sink.url }
  })
  const rule = await call<WithId>("POST", "/alert-rules", {
    name: "Anything down",
    trigger: "down",
    channelIds: [channel.id]
  })
  await call("POST", "/alert-rules", { name: "Nights", trigger: "down", scope: { tags: ["eu"] }, channelIds: [] })
  const site = await monitor("Public site", "/", { tags: ["web", "eu"] })
  const broken = await monitor("Label printing", "/status/503", { tags: ["warehouse"] })
  const passing = await monitor("Checkout API", "/status/500", { tags: ["payments", "eu"] })
  const paused = await monitor("Legacy TMS", "/")
  await call("POST", `/monitors/${paused.id}/pause`)
  const open = (name: string) => (incidents: ReadonlyArray<Incident>) =>
    incidents.some(({ monitorName, status }) => monitorName === name && status === "open")
  const incidents = await until("/incidents", open("Label printing"))
  const incident = incidents.find(({ monitorName }) => monitorName === "Label printing")!
  const others = await until("/incidents", open("Checkout API"))
  const resolved = others.find(({ monitorName }) => monitorName === "Checkout API")!
  await call("PATCH", `/monitors/${passing.id}`, { settings: { url: `${target.url}/` } })
  await until<Incident>(`/incidents/${resolved.id}`, ({ status }) => status === "resolved")
  await until<ReadonlyArray<{ status: string }>>(`/incidents/${incident.id}/notifications`, (sent) =>
    sent.some(({ status }) => status === "sent")
  )
  // Enough checks for charts to say something.
  await until<ReadonlyArray<unknown>>(`/monitors/${site.id}/checks?limit=20`, (checks) => checks.length >= 12)
  return {
    monitor: site.id,
    brokenMonitor: broken.id,
    incident: incident.id,
    resolved: resolved.id,
    channel: channel.id,
    rule: rule.id
  }
}

/** Every page of the app, by name. */
export const pagesOf = (ids: Furnished): Readonly<Record<string, string>> => ({
  monitors: "/monitors",
  "monitors-none": "/monitors?q=nothing-like-this",
  monitor: `/monitors/${ids.monitor}`,
  "monitor-down": `/monitors/${ids.brokenMonitor}`,
  "monitor-new": "/monitors/new",
  "monitor-edit": `/monitors/${ids.monitor}/edit`,
  "monitor-delete": `/monitors/${ids.monitor}?delete`,
  incidents: "/incidents",
  incident: `/incidents/${ids.incident}`,
  "incident-resolved": `/incidents/${ids.resolved}`,
  rules: "/alerts/rules",
  rule: `/alerts/rules/${ids.rule}`,
  "rule-new": "/alerts/rules/new",
  channels: "/alerts/channels",
  channel: `/alerts/channels/${ids.channel}`,
  "channel-new": "/alerts/channels/new",
  settings: "/settings",
  welcome: "/welcome",
  "welcome-told": "/welcome?step=told",
  missing: "/monitors/none"
})
